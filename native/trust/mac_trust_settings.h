// Evaluates macOS trust settings of a certificate as a pure rule over plain facts. It needs no
// Apple header, so it is compiled and tested on every operating system; the backend in macos/
// gathers the facts.
//
// Sources, all from apple-oss-distributions/Security: trustd's behaviour since macOS 11
// (Security-59754) in trust/trustd/SecPolicyServer.c (SecPVCMeetsConstraint,
// SecPVCGetTrustSettingsResult, SecPVCIsAnchorPerConstraints) and
// trust/trustd/SecCertificateSource.c (SecLegacyAnchorSourceCopyUsageConstraints), and what can be
// stored in OSX/libsecurity_keychain/lib/TrustSettings.cpp. Apple's header, Chromium and Go still
// describe macOS 10.15.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_

#include <cstdint>
#include <vector>

#include "system_store.h"
#include "trust/shape.h"

namespace os_truststore {

// kSecTrustSettingsPolicy of an entry.
enum class MacPolicy {
  kAbsent,  // the entry holds for every policy, unless its name says otherwise
  kSsl,     // kSecPolicyAppleSSL
  // S/MIME, code signing, …, and basic X.509, which does not match because an evaluation for TLS
  // has the SSL policy alone.
  kOther,
  kUnreadable,  // no SecPolicy, or one that names no policy
};

// kSecTrustSettingsPolicyName of an entry: which end of a TLS connection shows the certificate.
// Apple stores it beside the policy, which is the same for both.
enum class MacPolicyName { kAbsent, kSslServer, kSslClient, kOther };

// kSecTrustSettingsKeyUsage of an entry.
enum class MacKeyUsage {
  kAny,  // absent as well
  kSignsCertificates,
  kOther,  // the entry is about other uses of the key, or others besides: trustd compares as a
           // whole
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
  MacPolicyName policy_name = MacPolicyName::kAbsent;
  MacKeyUsage key_usage = MacKeyUsage::kAny;
  MacResultKind result_kind = MacResultKind::kAbsent;
  int32_t result = 0;  // when result_kind is kNumber
};

// The answer of one trust domain for a certificate, for one end of TLS connections.
enum class MacAnswer {
  kAbsent,       // the domain has no settings for it: the next one is asked
  kUnspecified,  // it has, and they say nothing about TLS
  kTrusted,
  kDistrusted,
  kUnreadable,  // it says something that could not be read
};

// Evaluates the trust settings of a certificate in one domain, for certificates that servers show
// (kSslServer) or clients (kSslClient). The first entry that matches decides, even an Unspecified
// one. After an entry that cannot be read only distrust counts, because that entry might have
// matched.
MacAnswer EvaluateMacTrustSettings(const std::vector<MacTrustEntry>& entries, MacPolicyName end,
                                   const Shape& shape);

// What a domain says of a certificate that servers show and of one that clients show.
struct MacAnswers {
  MacAnswer server = MacAnswer::kAbsent;
  MacAnswer client = MacAnswer::kAbsent;
};

// Whether the administrator's settings, whatever they say, hide the user's, which then need not be
// read. Where they cannot be read, the user's distrust counts.
bool AreUserSettingsHidden(const MacAnswers& admin);

// Combines the domains' answers. Any settings of the administrator hide the user's; a root that
// Apple ships is trusted where neither domain says anything about TLS. Unreadable settings never
// end as trusted and do not remove the user's distrust.
TrustStatus CombineMacDomains(MacAnswer admin, MacAnswer user, bool in_system_domain);

// Stores the answers for a certificate that servers show and one that clients show. Trust for one
// end allows no other use; distrust for one end rejects that use alone.
void SetMacTrust(TrustStatus server, TrustStatus client, StoreCertificate* certificate);

// Everything the domains say of a certificate: trust and placement.
void SetMacTrust(const MacAnswers& admin, const MacAnswers& user, bool in_system_domain,
                 const Shape& shape, StoreCertificate* certificate);

// Whether something in a keychain is listed: CAs, which may complete chains, and bytes that are no
// certificate, for their reason.
bool IsListedFromKeychain(bool is_parsed, const Shape& shape);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_MAC_TRUST_SETTINGS_H_
