#include "trust/judge.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "trust/orphans.h"
#include "trust/shape.h"

namespace os_truststore {

namespace {

Usages AskedUsages(Purpose purpose) {
  switch (purpose) {
    case Purpose::kServerAuth:
      return kServerAuth;
    case Purpose::kClientAuth:
      return kClientAuth;
    case Purpose::kAny:
      return kAllUsages;
  }
  return kNoUsages;
}

// A bundle says nothing of its entries, so their shape decides: OpenSSL ends chains at self-signed
// certificates (openssl-verification-options(1), "Trust Anchors") and at certificates whose own
// settings list the purpose (check_trust() in crypto/x509/x509_vfy.c). Windows and macOS say what
// an entry is; but a certificate that is no CA cannot issue, whatever store it is in.
Role RoleOf(const StoreCertificate& certificate, const Shape& shape, Purpose purpose) {
  const Placement placement = certificate.placement;
  if (placement == Placement::kLeaf || !shape.is_ca) return Role::kLeaf;
  if (placement == Placement::kAnchor) return Role::kAnchor;
  if (placement == Placement::kIntermediate) return Role::kIntermediate;
  const Usages asked = AskedUsages(purpose);
  return shape.looks_self_signed || (certificate.vouched & asked) == asked ? Role::kAnchor
                                                                           : Role::kIntermediate;
}

// Distrust as a whole wins over everything; a rejected purpose wins over the same purpose in a
// trust list (openssl-x509(1), -addreject).
bool IsDistrusted(const StoreCertificate& certificate, Purpose purpose) {
  const Usages asked = AskedUsages(purpose);
  return certificate.trust == TrustStatus::kDistrusted || (certificate.rejected & asked) == asked;
}

// Finds the distrusted certificates independent of their encoding. Empty for most stores, which
// saves looking their certificates up.
std::set<CertificateIdentity> DistrustedIdentities(
    const std::vector<StoreCertificate>& certificates, Purpose purpose) {
  std::set<CertificateIdentity> distrusted;
  for (const StoreCertificate& certificate : certificates) {
    if (!certificate.parsed || !IsDistrusted(certificate, purpose)) continue;
    distrusted.insert(IdentityOf(certificate.der.data(), certificate.fields));
  }
  return distrusted;
}

bool IsIn(const std::set<CertificateIdentity>& identities, const StoreCertificate& certificate) {
  return !identities.empty() && certificate.parsed &&
         identities.count(IdentityOf(certificate.der.data(), certificate.fields)) > 0;
}

// Where the store has no other sign of trust, a certificate is trusted by being in a bundle or in a
// place for anchors.
TrustStatus TrustOf(const StoreCertificate& certificate) {
  const bool by_presence =
      certificate.placement == Placement::kByShape || certificate.placement == Placement::kAnchor;
  const bool says_nothing = certificate.trust == TrustStatus::kUnspecified;
  return by_presence && says_nothing ? TrustStatus::kTrusted : certificate.trust;
}

// A peer trusted as itself, wherever the store says so. It must be self-signed, because nothing
// else can end its chain, and no CA, so that OpenSSL accepts nothing it has issued.
bool IsTrustedPeer(const StoreCertificate& certificate, const Shape& shape) {
  return !shape.is_ca && shape.looks_self_signed &&
         certificate.placement != Placement::kIntermediate &&
         TrustOf(certificate) == TrustStatus::kTrusted;
}

// RFC 5280 §4.2.1.9 and §6.1.4 (k), (n).
bool IsNotCa(const StoreCertificate& certificate, const Shape& shape) {
  return !shape.is_ca && !IsTrustedPeer(certificate, shape);
}

// "The certificate MUST only be used for one of the purposes indicated" (RFC 5280 §4.2.1.12). The
// certificate and the store both indicate purposes; CertGetEnhancedKeyUsage intersects them the
// same way.
bool LacksPurpose(const StoreCertificate& certificate, Purpose purpose) {
  const Usages allowed =
      certificate.fields.eku & certificate.usages & static_cast<Usages>(~certificate.rejected);
  return (allowed & AskedUsages(purpose)) == kNoUsages;
}

// Every TLS library takes a self-issued certificate in a list for an anchor, which a store of
// intermediates (Windows CA, the keychains of macOS) does not mean it to be. The same goes for a
// peer that is not trusted.
bool IsNotTrusted(const StoreCertificate& certificate, const Shape& shape) {
  if (certificate.placement == Placement::kIntermediate) return shape.is_self_issued;
  return certificate.placement == Placement::kLeaf && !IsTrustedPeer(certificate, shape);
}

// "The validity period for a certificate is the period of time from notBefore through notAfter,
// inclusive" (RFC 5280 §4.1.2.5).
bool IsExpired(const CertificateFields& fields, int64_t now) { return now > fields.not_after; }
bool IsNotYetValid(const CertificateFields& fields, int64_t now) { return now < fields.not_before; }

// Applies every rule that looks at one certificate alone, in the order of SkipReason. Distrust is
// already known, because it may come from another encoding.
SkipReason SkipReasonOf(const StoreCertificate& certificate, const Shape& shape,
                        const Policy& policy) {
  if (IsNotCa(certificate, shape)) return SkipReason::kNotCa;
  if (LacksPurpose(certificate, policy.purpose)) return SkipReason::kPurpose;
  if (IsNotTrusted(certificate, shape)) return SkipReason::kNotTrusted;
  if (!policy.expired && IsExpired(certificate.fields, policy.now)) return SkipReason::kExpired;
  if (!policy.expired && IsNotYetValid(certificate.fields, policy.now)) {
    return SkipReason::kNotYetValid;
  }
  return SkipReason::kNone;
}

Judgement JudgeOne(const StoreCertificate& certificate, const Shape& shape, const Policy& policy,
                   const std::set<CertificateIdentity>& distrusted) {
  const bool is_distrusted = IsDistrusted(certificate, policy.purpose);
  Judgement judgement;
  judgement.distrusted_as_twin = !is_distrusted && IsIn(distrusted, certificate);
  const bool is_refused = is_distrusted || judgement.distrusted_as_twin;
  judgement.trust = is_refused ? TrustStatus::kDistrusted : TrustOf(certificate);
  if (!certificate.parsed) {
    judgement.skip = SkipReason::kUnparsable;
    return judgement;
  }
  judgement.role = RoleOf(certificate, shape, policy.purpose);
  judgement.skip = is_refused ? SkipReason::kDistrusted : SkipReasonOf(certificate, shape, policy);
  return judgement;
}

// OpenSSL ignores that a store calls a certificate an anchor: it ends chains only at self-signed
// ones, unless partial chains are allowed (openssl-verification-options(1), "-partial_chain").
void MarkOrphans(const std::vector<StoreCertificate>& certificates,
                 const std::vector<Shape>& shapes, std::vector<Judgement>* judgements) {
  std::vector<uint32_t> roots, issued;
  for (uint32_t i = 0; i < judgements->size(); i++) {
    const Judgement& judgement = (*judgements)[i];
    if (judgement.skip != SkipReason::kNone || judgement.role == Role::kLeaf) continue;
    const bool is_root = judgement.role == Role::kAnchor && shapes[i].looks_self_signed;
    (is_root ? roots : issued).push_back(i);
  }
  for (const uint32_t index : FindOrphans(certificates, roots, issued)) {
    (*judgements)[index].skip = SkipReason::kOrphan;
  }
}

// Sorts by group, then by the place of the name's first bearer in its group, then bearers of one
// name by how new they are.
struct OrderKey {
  bool is_not_root = false;
  uint32_t first_of_name = 0;
  bool is_outside_validity = false;
  int64_t age = 0;        // negated notBefore
  int64_t remaining = 0;  // negated notAfter
  uint32_t index = 0;

  auto Fields() const {
    return std::tie(is_not_root, first_of_name, is_outside_validity, age, remaining, index);
  }
  bool operator<(const OrderKey& other) const { return Fields() < other.Fields(); }
};

std::vector<uint32_t> OrderOf(const std::vector<StoreCertificate>& certificates,
                              const std::vector<Shape>& shapes,
                              const std::vector<Judgement>& judgements, int64_t now) {
  std::map<std::pair<bool, std::string_view>, uint32_t> first_of_name;
  std::vector<OrderKey> keys(certificates.size());
  for (uint32_t i = 0; i < certificates.size(); i++) {
    const StoreCertificate& certificate = certificates[i];
    OrderKey& key = keys[i];
    key.index = key.first_of_name = i;
    key.is_not_root = judgements[i].role != Role::kAnchor || !shapes[i].looks_self_signed;
    if (!certificate.parsed) continue;
    const CertificateFields& fields = certificate.fields;
    const std::string_view subject(
        reinterpret_cast<const char*>(certificate.der.data()) + fields.subject.offset,
        fields.subject.size);
    key.first_of_name = first_of_name.try_emplace({key.is_not_root, subject}, i).first->second;
    key.is_outside_validity = IsExpired(fields, now) || IsNotYetValid(fields, now);
    key.age = -fields.not_before;
    key.remaining = -fields.not_after;
  }
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> order;
  order.reserve(keys.size());
  for (const OrderKey& key : keys) order.push_back(key.index);
  return order;
}

int64_t NextChange(const std::vector<StoreCertificate>& certificates, int64_t now) {
  int64_t next = kEndOfTime;
  for (const StoreCertificate& certificate : certificates) {
    if (!certificate.parsed) continue;
    const CertificateFields& fields = certificate.fields;
    if (IsNotYetValid(fields, now)) next = std::min(next, fields.not_before);
    if (!IsExpired(fields, now)) next = std::min(next, fields.not_after + 1);
  }
  return next;
}

}  // namespace

bool IsUsable(const Judgement& judgement, bool intermediates) {
  return judgement.skip == SkipReason::kNone &&
         (intermediates || judgement.role != Role::kIntermediate);
}

Judged Judge(const std::vector<StoreCertificate>& certificates, const Policy& policy) {
  Judged judged;
  const auto distrusted = DistrustedIdentities(certificates, policy.purpose);
  std::vector<Shape> shapes(certificates.size());
  judged.judgements.reserve(certificates.size());
  for (size_t i = 0; i < certificates.size(); i++) {
    shapes[i] = ShapeOf(certificates[i]);
    judged.judgements.push_back(JudgeOne(certificates[i], shapes[i], policy, distrusted));
  }
  MarkOrphans(certificates, shapes, &judged.judgements);
  judged.order = OrderOf(certificates, shapes, judged.judgements, policy.now);
  judged.valid_until = NextChange(certificates, policy.now);
  return judged;
}

}  // namespace os_truststore
