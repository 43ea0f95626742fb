#include "trust/mac_trust_settings.h"

namespace os_truststore {
namespace {

// Whether an entry speaks of TLS servers in general. An entry for one program or one host is
// narrower than a list of CAs can express, so it neither trusts nor distrusts (Chromium does the
// same). kSecTrustSettingsAllowedError is not looked at: it loosens single checks of Apple's own
// verifier.
bool IsInScope(const MacTrustEntry& entry) {
  return !entry.has_application && !entry.has_policy_string && entry.policy != MacPolicy::kOther &&
         entry.key_usage != MacKeyUsage::kOther;
}

bool IsReadable(const MacTrustEntry& entry) {
  return entry.is_dictionary && entry.policy != MacPolicy::kUnreadable &&
         entry.key_usage != MacKeyUsage::kUnreadable &&
         entry.result_kind != MacResultKind::kUnreadable;
}

// Apple: a missing result means TrustRoot. TrustRoot is for self-signed certificates and
// TrustAsRoot for the others, and SecTrustSettingsSetTrustSettings refuses to mix them up.
// Self-issued certificates get the benefit of both, as in Chromium: telling self-signed from
// self-issued takes a signature check that may not be available for old roots.
MacAnswer AnswerOf(int32_t result, bool is_self_issued) {
  switch (result) {
    case kMacResultDeny:
      return MacAnswer::kDistrusted;
    case kMacResultTrustRoot:
      return is_self_issued ? MacAnswer::kTrusted : MacAnswer::kUnspecified;
    case kMacResultTrustAsRoot:
      return MacAnswer::kTrusted;
    default:
      return MacAnswer::kUnspecified;
  }
}

MacAnswer EvaluateEntry(const MacTrustEntry& entry, bool is_self_issued) {
  if (!entry.is_dictionary) return MacAnswer::kUnreadable;
  if (!IsInScope(entry)) return MacAnswer::kUnspecified;
  if (!IsReadable(entry)) return MacAnswer::kUnreadable;
  const bool has_result = entry.result_kind == MacResultKind::kNumber;
  return AnswerOf(has_result ? entry.result : kMacResultTrustRoot, is_self_issued);
}

bool IsDefinite(MacAnswer answer) {
  return answer == MacAnswer::kTrusted || answer == MacAnswer::kDistrusted;
}

TrustStatus ToStatus(MacAnswer definite) {
  return definite == MacAnswer::kTrusted ? TrustStatus::kTrusted : TrustStatus::kDistrusted;
}

}  // namespace

MacAnswer EvaluateMacTrustSettings(const std::vector<MacTrustEntry>& entries, bool is_self_issued) {
  // Apple: "An empty trust settings array means 'always trust this certificate' with an overall
  // trust setting for the certificate of kSecTrustSettingsResultTrustRoot."
  if (entries.empty()) return AnswerOf(kMacResultTrustRoot, is_self_issued);
  bool unreadable = false;
  for (const bool basic_x509 : {false, true}) {
    for (const MacTrustEntry& entry : entries) {
      if ((entry.policy == MacPolicy::kBasicX509) != basic_x509) continue;
      const MacAnswer answer = EvaluateEntry(entry, is_self_issued);
      if (IsDefinite(answer)) return answer;
      unreadable = unreadable || answer == MacAnswer::kUnreadable;
    }
  }
  return unreadable ? MacAnswer::kUnreadable : MacAnswer::kUnspecified;
}

TrustStatus CombineMacDomains(const MacDomainAnswers& answers) {
  if (IsDefinite(answers.user)) return ToStatus(answers.user);
  if (answers.admin == MacAnswer::kDistrusted) return TrustStatus::kDistrusted;
  if (answers.user == MacAnswer::kUnreadable) return TrustStatus::kUnspecified;
  if (answers.admin == MacAnswer::kTrusted) return TrustStatus::kTrusted;
  if (answers.admin == MacAnswer::kUnreadable) return TrustStatus::kUnspecified;
  return answers.in_system_domain ? TrustStatus::kTrusted : TrustStatus::kUnspecified;
}

}  // namespace os_truststore
