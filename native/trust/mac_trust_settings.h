// What macOS trust settings say of a certificate, as a pure rule over plain facts: no Apple header
// is needed, so the rule is compiled and tested on every operating system. The backend in macos/
// gathers the facts.
//
// Sources: Apple, "SecTrustSettingsCopyTrustSettings" (the keys, the default result, the empty
// array), and Chromium's net/cert/internal/trust_store_mac.cc, whose reading of the entries is
// followed here.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_

#include <cstdint>
#include <vector>

#include "system_store.h"

namespace os_truststore {

// kSecTrustSettingsPolicy of an entry.
enum class MacPolicy {
  kAbsent,      // the entry holds for every policy
  kSsl,         // kSecPolicyAppleSSL
  kBasicX509,   // kSecPolicyAppleX509Basic
  kOther,       // S/MIME, code signing, EAP, …
  kUnreadable,  // no SecPolicy, or one that names no policy
};

// kSecTrustSettingsKeyUsage of an entry.
enum class MacKeyUsage {
  kAbsent,
  kSignsCertificates,  // kSecTrustSettingsKeyUseSignCert or kSecTrustSettingsKeyUseAny
  kOther,              // the entry is about other uses of the key
  kUnreadable,
};

// kSecTrustSettingsResult of an entry.
enum class MacResultKind { kAbsent, kNumber, kUnreadable };

// SecTrustSettingsResult, by Apple's numbers.
constexpr int32_t kMacResultTrustRoot = 1;
constexpr int32_t kMacResultTrustAsRoot = 2;
constexpr int32_t kMacResultDeny = 3;
constexpr int32_t kMacResultUnspecified = 4;

// One dictionary of a trust settings array ("usage constraints").
struct MacTrustEntry {
  bool is_dictionary = true;
  bool has_application = false;  // kSecTrustSettingsApplication: limited to one program
  bool has_policy_string =
      false;  // kSecTrustSettingsPolicyString: limited to one host, address or network
  MacPolicy policy = MacPolicy::kAbsent;
  MacKeyUsage key_usage = MacKeyUsage::kAbsent;
  MacResultKind result_kind = MacResultKind::kAbsent;
  int32_t result = 0;  // when result_kind is kNumber
};

// What one trust domain says of a certificate.
enum class MacAnswer {
  kUnspecified,  // nothing about TLS servers: the next domain is asked
  kTrusted,
  kDistrusted,
  kUnreadable,  // it says something that could not be read
};

// The trust settings of a certificate in one domain. Entries are looked at in order and the first
// definite one wins, those for TLS servers or for every policy before those for basic X.509 checks.
MacAnswer EvaluateMacTrustSettings(const std::vector<MacTrustEntry>& entries, bool is_self_issued);

// What all domains say. kUnspecified also stands for a domain that does not list the certificate.
struct MacDomainAnswers {
  MacAnswer user = MacAnswer::kUnspecified;
  MacAnswer admin = MacAnswer::kUnspecified;
  bool in_system_domain = false;  // shipped by Apple as a trusted root
};

// The user's settings come before the administrator's, and both before Apple's; the first definite
// answer wins. So a user's "Always Trust" overrides an administrator's "Never Trust", as it does in
// Safari and Chromium: Apple documents this override, and an administrator who wants otherwise can
// switch user trust settings off. What could not be read may have been a distrust: it never ends as
// trusted, but a distrust of another domain still counts.
TrustStatus CombineMacDomains(const MacDomainAnswers& answers);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_
