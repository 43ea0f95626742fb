#include "macos/trust_domains.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <atomic>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "macos/certificate_data.h"
#include "macos/os_status.h"
#include "macos/scoped_cf.h"
#include "macos/trust_settings.h"
#include "macos/user_trust.h"

namespace os_truststore {
namespace {

using std::chrono::steady_clock;

struct TrustDomain {
  SecTrustSettingsDomain id;
  const char* name;
};

// These are in order of precedence.
constexpr TrustDomain kAdmin = {kSecTrustSettingsDomainAdmin, "admin"};
constexpr TrustDomain kUser = {kSecTrustSettingsDomainUser, "user"};
constexpr TrustDomain kSystem = {kSecTrustSettingsDomainSystem, "system"};

constexpr char kListing[] = "SecTrustSettingsCopyCertificates";

// The last listing of the system domain.
struct SystemDomain {
  std::vector<StoreCertificate> certificates;
  steady_clock::time_point listed_at;
  bool is_whole = false;
};

constexpr std::chrono::hours kLongestUse(24);

// Call it under SecurityLock. Never destroyed: an abandoned read may use it while the process
// exits.
SystemDomain& LastSystemDomain() {
  static SystemDomain* const domain = new SystemDomain;
  return *domain;
}

// Set by any thread.
std::atomic<bool> system_domain_changed{false};

// A certificate and the answers of all domains that have settings for it.
struct DomainCertificate {
  StoreCertificate certificate;
  MacAnswers admin;
  MacAnswers user;
  bool has_answers = false;
  bool in_system_domain = false;
};

class TrustDomainReader {
 public:
  TrustDomainReader(const ReadRequest& request, ReadResult* result)
      : request_(request), result_(result) {}

  // False when the read was cancelled.
  bool Read();
  void MoveTo(CertificateSet* found);

 private:
  bool ReadDomain(const TrustDomain& domain, const CertificateVisitor& visit);
  bool ReadSystemDomain();
  LocationState List(const TrustDomain& domain, ScopedCf<CFArrayRef>* list);
  StoreLocation* AddLocation(const TrustDomain& domain, LocationState state);
  void AskForSettings(SecCertificateRef item, StoreCertificate certificate);
  DomainCertificate* Remember(StoreCertificate certificate);

  const ReadRequest& request_;
  ReadResult* const result_;
  const bool has_user_settings_ = !AreUserSettingsDisabled();
  std::vector<DomainCertificate> certificates_;
  CertificateSet::DerIndex by_der_;
};

bool TrustDomainReader::Read() {
  const auto ask = [this](SecCertificateRef item, StoreCertificate certificate) {
    AskForSettings(item, std::move(certificate));
  };
  if (!ReadDomain(kAdmin, ask)) return false;
  if (!has_user_settings_) {
    AddLocation(kUser, LocationState::kNotNeeded);
  } else if (!ReadDomain(kUser, ask)) {
    return false;
  }
  return ReadSystemDomain();
}

LocationState TrustDomainReader::List(const TrustDomain& domain, ScopedCf<CFArrayRef>* list) {
  const OSStatus status = SecTrustSettingsCopyCertificates(domain.id, list->out());
  if (status == errSecNoTrustSettings) {
    list->reset();
    return LocationState::kRead;
  }
  if (status != errSecSuccess) {
    list->reset();
    result_->errors.push_back(OsStatusError(kListing, status, domain.name));
    return LocationState::kFailed;
  }
  if (!*list || CFGetTypeID(list->get()) != CFArrayGetTypeID()) {
    list->reset();
    result_->errors.push_back(
        BadResultError(kListing, "gave no list of certificates", domain.name));
    return LocationState::kFailed;
  }
  return LocationState::kRead;
}

StoreLocation* TrustDomainReader::AddLocation(const TrustDomain& domain, LocationState state) {
  result_->locations.push_back({SourceKind::kMacTrustDomain, domain.name, "", "macos", state});
  return &result_->locations.back();
}

bool TrustDomainReader::ReadDomain(const TrustDomain& domain, const CertificateVisitor& visit) {
  if (request_.IsCancelled()) return false;
  ScopedCf<CFArrayRef> list;
  StoreLocation* location = AddLocation(domain, List(domain, &list));
  if (!list) return true;
  const CertificateSource source{SourceKind::kMacTrustDomain, domain.name, "", ""};
  return ForEachCertificate(list.get(), kListing, source, request_, result_,
                            [&](SecCertificateRef item, StoreCertificate found) {
                              ++location->certificates;
                              visit(item, std::move(found));
                            });
}

// In SecTrustSettingsCopyCertificates_internal, and for this domain only, Apple's code lets trustd
// evaluate each root it ships for basic X.509, and lists those that are not refused fatally.
bool TrustDomainReader::ReadSystemDomain() {
  SystemDomain& last = LastSystemDomain();
  const bool is_recent = steady_clock::now() - last.listed_at < kLongestUse;
  // Read before the listing, so that a change during it is not missed.
  const bool has_changed = system_domain_changed.exchange(false);
  if (has_changed || request_.fresh || !last.is_whole || !is_recent) {
    last = {{}, steady_clock::now()};
    const size_t errors = result_->errors.size();
    const bool complete = ReadDomain(kSystem, [&](SecCertificateRef, StoreCertificate found) {
      last.certificates.push_back(std::move(found));
    });
    const bool has_all = complete && result_->errors.size() == errors;
    // Apple always ships some; an empty list means that a keychain could not be opened.
    last.is_whole = has_all && !last.certificates.empty();
    if (!complete) return false;
  } else {
    AddLocation(kSystem, LocationState::kRead)->certificates =
        static_cast<uint32_t>(last.certificates.size());
  }
  for (const StoreCertificate& certificate : last.certificates) {
    Remember(certificate)->in_system_domain = true;
  }
  return true;
}

// The user's settings only where the administrator's do not hide them: the admin domain is asked
// also about what the user's lists, see AskAdminDomain().
void TrustDomainReader::AskForSettings(SecCertificateRef item, StoreCertificate certificate) {
  const Shape shape = ShapeOf(certificate);
  DomainCertificate* entry = Remember(std::move(certificate));
  if (std::exchange(entry->has_answers, true)) return;
  entry->admin = ReadTrustSettings(item, kAdmin.id, kAdmin.name, shape, &result_->errors);
  if (AreUserSettingsHidden(entry->admin) || !has_user_settings_) return;
  entry->user = ReadTrustSettings(item, kUser.id, kUser.name, shape, &result_->errors);
}

DomainCertificate* TrustDomainReader::Remember(StoreCertificate certificate) {
  const std::string_view der(reinterpret_cast<const char*>(certificate.der.data()),
                             certificate.der.size());
  const auto [known, is_new] = by_der_.emplace(der, certificates_.size());
  if (is_new) {
    certificates_.push_back({std::move(certificate), {}, {}});
  } else {
    std::vector<CertificateSource>& sources = certificates_[known->second].certificate.sources;
    sources.insert(sources.end(), certificate.sources.begin(), certificate.sources.end());
  }
  return &certificates_[known->second];
}

void TrustDomainReader::MoveTo(CertificateSet* found) {
  for (DomainCertificate& entry : certificates_) {
    SetMacTrust(entry.admin, entry.user, entry.in_system_domain, ShapeOf(entry.certificate),
                &entry.certificate);
    found->Add(std::move(entry.certificate));
  }
}

}  // namespace

bool ReadTrustDomains(const ReadRequest& request, CertificateSet* found, ReadResult* result) {
  TrustDomainReader reader(request, result);
  if (!reader.Read()) return false;
  reader.MoveTo(found);
  return true;
}

void AskAdminDomain(SecCertificateRef item, StoreCertificate* certificate,
                    std::vector<StoreError>* errors) {
  const Shape shape = ShapeOf(*certificate);
  SetMacTrust(ReadTrustSettings(item, kAdmin.id, kAdmin.name, shape, errors), {}, false, shape,
              certificate);
}

void ForgetSystemDomain() { system_domain_changed = true; }

}  // namespace os_truststore
