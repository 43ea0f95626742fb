#include "trust/file_trust.h"

#include <string_view>

namespace os_truststore {
namespace {

// update-ca-trust(8) writes every certificate that p11-kit knows to this file, with OpenSSL's trust
// settings. A certificate that the TLS bundle leaves out because its key is distrusted, or because
// it is no CA, has no settings and so looks trusted (write_trust_and_rejects in
// trust/extract-openssl.c of p11-kit).
bool IsTrustBundle(std::string_view path) {
  constexpr std::string_view kName = "/ca-bundle.trust.crt";
  return path.size() > kName.size() && path.substr(path.size() - kName.size()) == kName;
}

// What is said against a certificate makes no anchor of one that no bundle holds, hence no usages
// and the weakest place.
void Limit(StoreCertificate* certificate) {
  certificate->usages = certificate->vouched = kNoUsages;
  certificate->placement = Placement::kIntermediate;
}

}  // namespace

void SetOpensslTrust(const OpensslTrustSettings& settings, bool is_readable,
                     StoreCertificate* certificate) {
  certificate->usages = is_readable ? settings.trusted : kNoUsages;
  if (settings.has_trust_list) certificate->vouched = settings.trusted;
  certificate->rejected = is_readable ? settings.rejected : kAllUsages;
  certificate->trusts_no_purpose = settings.trusts_no_purpose;
}

// OpenSSL does not read that bundle in a directory, where it is no hash link: what it rejects
// counts, and what it trusts does where there is nothing else.
bool IsReasonToTrust(const CertificateSource& source, bool is_first) {
  return is_first || source.kind != SourceKind::kDirectory || !IsTrustBundle(source.location);
}

void SetListed(bool is_reason_to_trust, StoreCertificate* certificate) {
  if (!is_reason_to_trust) certificate->usages = certificate->vouched = kNoUsages;
  // On these systems a certificate is trusted by being there.
  if (certificate->trust == TrustStatus::kUnspecified) certificate->trust = TrustStatus::kTrusted;
}

// To p11-kit one without a trusted purpose is distrusted, where OpenSSL asks for a list that is
// empty (build_openssl_extensions in trust/parser.c).
bool SetRejected(StoreCertificate* certificate) {
  if (certificate->trusts_no_purpose) {
    certificate->trust = TrustStatus::kDistrusted;
    return true;
  }
  certificate->rejected |= kAllUsages & ~certificate->usages;
  if (certificate->rejected == kNoUsages) return false;
  Limit(certificate);
  return true;
}

// Follows Firefox's reading of this attribute: isDistrustedCertificateChain() in
// NSSCertDBTrustDomain.cpp.
void SetDated(int64_t distrust_after, StoreCertificate* certificate) {
  certificate->distrust_after = distrust_after;
  Limit(certificate);
}

// Rejected purposes are not distrust. The tool that made a bundle already decided which file's
// purposes count, so these count only for a certificate that no bundle holds.
bool CountsBeside(const StoreCertificate* held, const StoreCertificate& against) {
  return against.trust == TrustStatus::kDistrusted || held == nullptr ||
         (held->usages & against.rejected) == kNoUsages;
}

}  // namespace os_truststore
