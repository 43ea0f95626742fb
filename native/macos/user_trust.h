// Whether the trust settings of users count on this Mac.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_

namespace os_truststore {

// `DisableUserTrustSettings` of /Library/Preferences/com.apple.security.plist, which `security
// user-trust-settings-enable -d` writes; preferences of the user, and managed ones, count as little
// as they do for trustd (tsUserTrustSettingsDisabled in Apple's SecTrustSettings.cpp). trustd looks
// when it starts, and hears of a change when it is started again.
bool AreUserSettingsDisabled();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_USER_TRUST_H_
