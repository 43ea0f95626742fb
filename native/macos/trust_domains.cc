#include "macos/trust_domains.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "macos/certificate_data.h"
#include "macos/os_status.h"
#include "macos/scoped_cf.h"
#include "macos/trust_settings.h"

namespace os_truststore {
namespace {

struct TrustDomain {
  SecTrustSettingsDomain id;
  const char* name;
};

// In order of precedence.
constexpr TrustDomain kTrustDomains[] = {
    {kSecTrustSettingsDomainUser, "user"},
    {kSecTrustSettingsDomainAdmin, "admin"},
    {kSecTrustSettingsDomainSystem, "system"},
};

// A certificate and the answers of the domains that list it.
struct DomainCertificate {
  StoreCertificate certificate;
  MacDomainAnswers answers;
};

class TrustDomainReader {
 public:
  TrustDomainReader(const ReadRequest& request, ReadResult* result)
      : request_(request), result_(result) {}

  bool Read(const TrustDomain& domain);
  void MoveTo(CertificateSet* found);

 private:
  LocationState List(const TrustDomain& domain, ScopedCf<CFArrayRef>* list);
  void Add(const TrustDomain& domain, SecCertificateRef item, StoreCertificate certificate);
  MacDomainAnswers* Remember(StoreCertificate certificate);

  const ReadRequest& request_;
  ReadResult* const result_;
  std::vector<DomainCertificate> certificates_;
  std::unordered_map<std::string_view, size_t> by_der_;  // views into the DER of certificates_
};

LocationState TrustDomainReader::List(const TrustDomain& domain, ScopedCf<CFArrayRef>* list) {
  constexpr char kOperation[] = "SecTrustSettingsCopyCertificates";
  const OSStatus status = SecTrustSettingsCopyCertificates(domain.id, list->out());
  if (status == errSecNoTrustSettings) {
    list->reset();
    return LocationState::kRead;
  }
  if (status != errSecSuccess) {
    list->reset();
    result_->errors.push_back(OsStatusError(kOperation, status, domain.name));
    return LocationState::kFailed;
  }
  if (!*list || CFGetTypeID(list->get()) != CFArrayGetTypeID()) {
    list->reset();
    result_->errors.push_back(
        BadResultError(kOperation, "gave no list of certificates", domain.name));
    return LocationState::kFailed;
  }
  return LocationState::kRead;
}

bool TrustDomainReader::Read(const TrustDomain& domain) {
  StoreLocation location{SourceKind::kMacTrustDomain, domain.name, "", "macos"};
  ScopedCf<CFArrayRef> list;
  location.state = List(domain, &list);
  bool complete = true;
  if (list) {
    const CertificateSource source{SourceKind::kMacTrustDomain, domain.name, "", ""};
    complete = ForEachCertificate(list.get(), "SecTrustSettingsCopyCertificates", source, request_,
                                  result_, [&](SecCertificateRef item, StoreCertificate found) {
                                    ++location.certificates;
                                    Add(domain, item, std::move(found));
                                  });
  }
  result_->locations.push_back(std::move(location));
  return complete;
}

void TrustDomainReader::Add(const TrustDomain& domain, SecCertificateRef item,
                            StoreCertificate certificate) {
  const bool self_issued =
      certificate.parsed && IsSelfIssued(certificate.der.data(), certificate.fields);
  MacDomainAnswers* answers = Remember(std::move(certificate));
  if (domain.id == kSecTrustSettingsDomainSystem) {
    answers->in_system_domain = true;
    return;
  }
  MacAnswer& answer = domain.id == kSecTrustSettingsDomainUser ? answers->user : answers->admin;
  answer = ReadTrustSettings(item, domain.id, domain.name, self_issued, &result_->errors);
}

MacDomainAnswers* TrustDomainReader::Remember(StoreCertificate certificate) {
  const std::string_view der(reinterpret_cast<const char*>(certificate.der.data()),
                             certificate.der.size());
  const auto [known, is_new] = by_der_.try_emplace(der, certificates_.size());
  if (is_new) {
    certificates_.push_back({std::move(certificate), {}});
  } else {
    std::vector<CertificateSource>& sources = certificates_[known->second].certificate.sources;
    sources.insert(sources.end(), certificate.sources.begin(), certificate.sources.end());
  }
  return &certificates_[known->second].answers;
}

// Chromium makes a trusted certificate anchor or leaf, depending on where it turns up in a chain.
// Here the shape decides (trust/judge.cc): a self-signed one that is no CA vouches for itself only.
Placement PlacementOf(const StoreCertificate& certificate) {
  if (certificate.trust != TrustStatus::kTrusted) {
    return certificate.trust == TrustStatus::kDistrusted ? Placement::kByShape
                                                         : Placement::kIntermediate;
  }
  if (!certificate.parsed) return Placement::kAnchor;
  const uint8_t* der = certificate.der.data();
  const bool vouches_for_itself =
      IsSelfIssued(der, certificate.fields) && !IsCertificateAuthority(der, certificate.fields);
  return vouches_for_itself ? Placement::kLeaf : Placement::kAnchor;
}

void TrustDomainReader::MoveTo(CertificateSet* found) {
  for (DomainCertificate& entry : certificates_) {
    entry.certificate.trust = CombineMacDomains(entry.answers);
    entry.certificate.placement = PlacementOf(entry.certificate);
    found->Add(std::move(entry.certificate));
  }
}

}  // namespace

bool ReadTrustDomains(const ReadRequest& request, CertificateSet* found, ReadResult* result) {
  TrustDomainReader reader(request, result);
  for (const TrustDomain& domain : kTrustDomains) {
    if (request.IsCancelled() || !reader.Read(domain)) return false;
  }
  reader.MoveTo(found);
  return true;
}

}  // namespace os_truststore
