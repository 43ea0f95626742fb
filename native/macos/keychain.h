// CA certificates that lie in the user's keychains without anybody having said that they are
// trusted.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_

#include "certificate_set.h"
#include "system_store.h"

namespace os_truststore {

// Adds the CA certificates of the default keychain search list (login, System, …) as intermediates,
// and the search list as a further source of those already found. Everything else in a keychain is
// somebody's own and none of our business. False when the read was cancelled.
bool ReadKeychains(const ReadRequest& request, CertificateSet* found, ReadResult* result);

// How the search list is called in sources and locations.
extern const char kKeychainSearchList[];

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_
