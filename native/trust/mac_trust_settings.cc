#include "trust/mac_trust_settings.h"

namespace os_truststore {
namespace {

enum class Match { kNo, kYes, kUnreadable };

// Follows SecPVCContainsPolicy. Names may stand without a policy, and older settings have no names.
bool IsForPolicy(const MacTrustEntry& entry, MacPolicyName end) {
  return entry.policy != MacPolicy::kOther &&
         (entry.policy_name == MacPolicyName::kAbsent || entry.policy_name == end);
}

// Follows SecPVCContainsTrustSettingsKeyUsage: the SSL policy asks for no key usage of its own, and
// only a certificate that issued another one is used for signing certificates.
bool IsForKeyUsage(const MacTrustEntry& entry, const Shape& shape) {
  return entry.key_usage == MacKeyUsage::kAny || entry.key_usage == MacKeyUsage::kUnreadable ||
         (entry.key_usage == MacKeyUsage::kSignsCertificates && shape.is_ca);
}

bool IsReadable(const MacTrustEntry& entry) {
  return entry.policy != MacPolicy::kUnreadable && entry.key_usage != MacKeyUsage::kUnreadable &&
         entry.result_kind != MacResultKind::kUnreadable;
}

// A list of CAs cannot express an entry for one program or one host, so such an entry neither
// trusts nor distrusts. kSecTrustSettingsAllowedError is ignored: it loosens single checks of
// Apple's own verifier and does not keep the entry from deciding.
Match MatchOf(const MacTrustEntry& entry, MacPolicyName end, const Shape& shape) {
  if (!entry.is_dictionary) return Match::kUnreadable;
  if (entry.has_application || entry.has_policy_string || !IsForPolicy(entry, end) ||
      !IsForKeyUsage(entry, shape)) {
    return Match::kNo;
  }
  return IsReadable(entry) ? Match::kYes : Match::kUnreadable;
}

// Follows SecPVCIsAnchorPerConstraints, and TrustSettings::validateApiTrustSettings, which stores
// TrustRoot only for self-signed certificates and TrustAsRoot only for others. Signatures are not
// checked here, so a self-issued certificate that may not be self-signed is an anchor by neither.
MacAnswer AnswerOf(int32_t result, const Shape& shape) {
  switch (result) {
    case kMacResultDeny:
      return MacAnswer::kDistrusted;
    case kMacResultTrustRoot:
      return shape.looks_self_signed ? MacAnswer::kTrusted : MacAnswer::kUnspecified;
    case kMacResultTrustAsRoot:
      return shape.is_self_issued ? MacAnswer::kUnspecified : MacAnswer::kTrusted;
    default:
      return MacAnswer::kUnspecified;
  }
}

// Chromium makes a trusted certificate anchor or leaf, depending on where it turns up in a chain.
// Here the shape decides (trust/judge.cc): a self-signed one that is no CA vouches for itself only.
Placement PlacementOf(TrustStatus trust, const Shape& shape) {
  if (trust == TrustStatus::kDistrusted) return Placement::kByShape;
  if (trust == TrustStatus::kUnspecified) return Placement::kIntermediate;
  const bool vouches_for_itself = shape.is_self_issued && !shape.is_ca;
  return vouches_for_itself ? Placement::kLeaf : Placement::kAnchor;
}

}  // namespace

MacAnswer EvaluateMacTrustSettings(const std::vector<MacTrustEntry>& entries, MacPolicyName end,
                                   const Shape& shape) {
  // Apple: "An empty trust settings array means 'always trust this certificate' with an overall
  // trust setting for the certificate of kSecTrustSettingsResultTrustRoot."
  if (entries.empty()) return AnswerOf(kMacResultTrustRoot, shape);
  bool unreadable = false;
  for (const MacTrustEntry& entry : entries) {
    const Match match = MatchOf(entry, end, shape);
    unreadable = unreadable || match == Match::kUnreadable;
    if (match != Match::kYes) continue;
    // Apple: a missing result means TrustRoot.
    const bool has_result = entry.result_kind == MacResultKind::kNumber;
    const MacAnswer answer = AnswerOf(has_result ? entry.result : kMacResultTrustRoot, shape);
    if (unreadable && answer != MacAnswer::kDistrusted) break;
    return answer;
  }
  return unreadable ? MacAnswer::kUnreadable : MacAnswer::kUnspecified;
}

bool AreUserSettingsHidden(const MacAnswers& admin) {
  return admin.server != MacAnswer::kAbsent && admin.server != MacAnswer::kUnreadable &&
         admin.client != MacAnswer::kUnreadable;
}

TrustStatus CombineMacDomains(MacAnswer admin, MacAnswer user, bool in_system_domain) {
  const MacAnswer answer = admin == MacAnswer::kAbsent ? user : admin;
  if (answer == MacAnswer::kTrusted) return TrustStatus::kTrusted;
  if (answer == MacAnswer::kDistrusted) return TrustStatus::kDistrusted;
  if (answer == MacAnswer::kUnreadable) {
    return user == MacAnswer::kDistrusted ? TrustStatus::kDistrusted : TrustStatus::kUnspecified;
  }
  // trustd then looks at what Apple ships (SecPathBuilderIsAnchor).
  return in_system_domain ? TrustStatus::kTrusted : TrustStatus::kUnspecified;
}

void SetMacTrust(TrustStatus server, TrustStatus client, StoreCertificate* certificate) {
  certificate->trust = server;
  if (server == client) return;
  const auto ends = [&](TrustStatus status) {
    return static_cast<Usages>((server == status ? kServerAuth : kNoUsages) |
                               (client == status ? kClientAuth : kNoUsages));
  };
  const Usages trusted = ends(TrustStatus::kTrusted);
  if (trusted != kNoUsages) certificate->usages = trusted;
  certificate->trust = trusted != kNoUsages ? TrustStatus::kTrusted : TrustStatus::kUnspecified;
  certificate->rejected = ends(TrustStatus::kDistrusted);
}

void SetMacTrust(const MacAnswers& admin, const MacAnswers& user, bool in_system_domain,
                 const Shape& shape, StoreCertificate* certificate) {
  SetMacTrust(CombineMacDomains(admin.server, user.server, in_system_domain),
              CombineMacDomains(admin.client, user.client, in_system_domain), certificate);
  certificate->placement = PlacementOf(certificate->trust, shape);
}

bool IsListedFromKeychain(bool is_parsed, const Shape& shape) { return !is_parsed || shape.is_ca; }

}  // namespace os_truststore
