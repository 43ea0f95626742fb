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

// Returns the purposes a date is for: all of them when none is listed or the list cannot be read.
Usages PurposesOf(const EkuAnswer& answer) {
  return answer.listed == kNoUsages ? kAllUsages : answer.listed;
}

bool IsPast(const DateAnswer& date, int64_t now) { return date.seconds <= now; }

// Nothing below a disabled root is trusted, except signatures with an older timestamp, which TLS
// does not have. Purposes without a date are withdrawn at once.
void Disable(const WindowsUsageFacts& facts, int64_t now, WindowsUsages* found) {
  using State = EkuAnswer::State;
  const DateAnswer& date = facts.disabled_since;
  const EkuAnswer& purposes = facts.disabled_eku;
  if (date.state == DateAnswer::State::kSet) {
    if (IsPast(date, now)) found->rejected = PurposesOf(purposes);
  } else if (purposes.state == State::kListed) {
    found->rejected = purposes.listed;
  }
  // This does not distrust copies in other lists, because an unreadable property does not say so
  // much.
  const bool unreadable =
      date.state == DateAnswer::State::kUnreadable ||
      (date.state == DateAnswer::State::kAbsent && purposes.state == State::kUnreadable);
  Usages withdrawn = found->rejected;
  if (unreadable) withdrawn |= PurposesOf(purposes);
  found->usages &= static_cast<Usages>(~withdrawn);
}

// Certificates issued before the date stay trusted, later ones do not. The issuing date is known
// only for certificates of servers.
void ApplyNotBefore(const WindowsUsageFacts& facts, int64_t now, WindowsUsages* found) {
  const DateAnswer& date = facts.not_before;
  if (date.state == DateAnswer::State::kAbsent) return;
  Usages withdrawn = PurposesOf(facts.not_before_eku);
  if (date.state == DateAnswer::State::kSet) {
    if ((withdrawn & kServerAuth) != 0) found->distrust_after = date.seconds;
    withdrawn = IsPast(date, now) ? withdrawn & static_cast<Usages>(~kServerAuth) : kNoUsages;
  }
  found->usages &= static_cast<Usages>(~withdrawn);
}

}  // namespace

Usages UsagesOfOid(std::string_view oid) {
  if (oid == kAnyOid) return kAllUsages;
  if (oid == kServerAuthOid) return kServerAuth;
  if (oid == kClientAuthOid) return kClientAuth;
  return kOtherUsages;
}

// Microsoft's CertGetEnhancedKeyUsage: when no purposes are listed, a last error of
// CRYPT_E_NOT_FOUND means good for every use, and zero means good for none. The call itself fails
// with CRYPT_E_NOT_FOUND where the one source asked for is absent.
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
// deprecation definitions (learn.microsoft.com/security/trusted-root/deprecation).
WindowsUsages EvaluateWindowsUsages(const WindowsUsageFacts& facts, int64_t now) {
  WindowsUsages found;
  found.usages = Allowed(facts.property) & Allowed(facts.extension);
  Disable(facts, now, &found);
  ApplyNotBefore(facts, now, &found);
  return found;
}

}  // namespace os_truststore
