// Tells whether the trust settings of users count on this Mac.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_

namespace os_truststore {

// Reads `DisableUserTrustSettings` of /Library/Preferences/com.apple.security.plist, which
// `security user-trust-settings-enable -d` writes. Preferences of the user and managed ones do not
// count, as for trustd (tsUserTrustSettingsDisabled in Apple's SecTrustSettings.cpp). trustd reads
// it when it starts, so it notices a change only after a restart.
bool AreUserSettingsDisabled();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_
