// Turns OSStatus values into errors that people can act on.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_OS_STATUS_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_OS_STATUS_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <string>

#include "store_error.h"

namespace os_truststore {

// Empty when the text is longer than any of Apple's messages.
std::string ToUtf8(CFStringRef text);

// Returns the constant's name if known and Apple's text if there is one: "errSecAuthFailed: …".
// Never empty.
std::string OsStatusText(OSStatus status);

// `operation` failed with `status`; `path` names the trust domain or keychain.
StoreError OsStatusError(const char* operation, OSStatus status, std::string path);

// `operation` reported success but returned nothing, or something of another type.
StoreError BadResultError(const char* operation, const char* what, std::string path);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_OS_STATUS_H_
