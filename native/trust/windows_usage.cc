#include "trust/windows_usage.h"

namespace os_truststore {
namespace {

constexpr uint32_t kCryptENotFound = 0x80092004;  // CRYPT_E_NOT_FOUND

constexpr std::string_view kServerAuthOid = "1.3.6.1.5.5.7.3.1";
constexpr std::string_view kClientAuthOid = "1.3.6.1.5.5.7.3.2";
constexpr std::string_view kAnyOid = "2.5.29.37.0";

Usages Allowed(const EkuAnswer& answer) {
  switch (answer.state) {
    case EkuAnswer::State::kAbsent:
      return kAllUsages;
    case EkuAnswer::State::kListed:
      return answer.listed;
    case EkuAnswer::State::kUnreadable:
      return kNoUsages;
  }
  return kNoUsages;
}

// What a list of withdrawn purposes takes away. An empty list names nothing.
Usages Withdrawn(const EkuAnswer& answer) {
  return answer.state == EkuAnswer::State::kUnreadable ? kAllUsages : answer.listed;
}

bool InForce(const DateAnswer& date, int64_t now) {
  switch (date.state) {
    case DateAnswer::State::kAbsent:
      return false;
    case DateAnswer::State::kSet:
      return date.seconds <= now;
    case DateAnswer::State::kUnreadable:
      return true;
  }
  return true;
}

// A date that has come withdraws the purposes listed beside it, or every purpose when none is.
Usages WithdrawnBy(const DateAnswer& date, const EkuAnswer& purposes, int64_t now) {
  if (!InForce(date, now)) return kNoUsages;
  return purposes.listed == kNoUsages ? kAllUsages : Withdrawn(purposes);
}

}  // namespace

Usages UsagesOfOid(std::string_view oid) {
  if (oid == kAnyOid) return kAllUsages;
  if (oid == kServerAuthOid) return kServerAuth;
  if (oid == kClientAuthOid) return kClientAuth;
  return kOtherUsages;
}

// Microsoft, CertGetEnhancedKeyUsage: with no purposes listed, a last error of CRYPT_E_NOT_FOUND
// means good for every use, zero means for no use at all. The call itself fails with
// CRYPT_E_NOT_FOUND where the one source asked for is absent.
EkuAnswer ClassifyEku(bool succeeded, uint32_t error, const std::vector<std::string>& oids) {
  EkuAnswer answer;
  if (succeeded && !oids.empty()) {
    answer.state = EkuAnswer::State::kListed;
    for (const std::string& oid : oids) answer.listed |= UsagesOfOid(oid);
  } else if (error == kCryptENotFound) {
    answer.state = EkuAnswer::State::kAbsent;
  } else {
    answer.state = succeeded ? EkuAnswer::State::kListed : EkuAnswer::State::kUnreadable;
  }
  return answer;
}

// The property and the extension intersect. The programme's withdrawals follow Microsoft's
// deprecation definitions (learn.microsoft.com/security/trusted-root/deprecation): "Disable" ends
// trust in whatever chains to the root, "NotBefore" in what was issued after the date. A list of
// anchors cannot tell by date of issue, so the root is left out once that date has come.
Usages EvaluateWindowsUsages(const WindowsUsageFacts& facts, int64_t now) {
  Usages usages = Allowed(facts.property) & Allowed(facts.extension);
  if (facts.disabled_since.state == DateAnswer::State::kAbsent) {
    usages &= static_cast<Usages>(~Withdrawn(facts.disabled_eku));
  } else {
    usages &= static_cast<Usages>(~WithdrawnBy(facts.disabled_since, facts.disabled_eku, now));
  }
  usages &= static_cast<Usages>(~WithdrawnBy(facts.not_before, facts.not_before_eku, now));
  return usages;
}

// Microsoft's wincrypt.h, CERT_PROT_ROOT_*: values of `Flags` beside the ROOT group policy.
bool IsRootLocationTrusted(WindowsLocation location, uint32_t protected_roots_flags) {
  constexpr uint32_t kDisableCurrentUser = 0x1;      // CERT_PROT_ROOT_DISABLE_CURRENT_USER_FLAG
  constexpr uint32_t kOnlyLocalMachinePolicy = 0x8;  // CERT_PROT_ROOT_ONLY_LM_GPT_FLAG
  switch (location) {
    case WindowsLocation::kCurrentUser:
      return (protected_roots_flags & (kDisableCurrentUser | kOnlyLocalMachinePolicy)) == 0;
    case WindowsLocation::kLocalMachine:
    case WindowsLocation::kCurrentUserGroupPolicy:
      return (protected_roots_flags & kOnlyLocalMachinePolicy) == 0;
    case WindowsLocation::kLocalMachineGroupPolicy:
    case WindowsLocation::kLocalMachineEnterprise:
    case WindowsLocation::kLogical:
      return true;
  }
  return false;
}

bool IsPeerTrustAllowed(uint32_t protected_roots_flags) {
  constexpr uint32_t kDisablePeerTrust = 0x10000;  // CERT_PROT_ROOT_DISABLE_PEER_TRUST
  return (protected_roots_flags & kDisablePeerTrust) == 0;
}

}  // namespace os_truststore
