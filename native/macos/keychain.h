// Reads CA certificates in the user's keychains that have no trust settings.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_

#include "certificate_set.h"
#include "system_store.h"

namespace os_truststore {

// Adds the CA certificates of the default keychain search list (login, System, …) as intermediates,
// and adds the search list as a source of certificates already found. Everything else in a keychain
// is private and skipped. Returns false when the read was cancelled.
bool ReadKeychains(const ReadRequest& request, CertificateSet* found, ReadResult* result);

// The name of the search list in sources and locations.
extern const char kKeychainSearchList[];

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_KEYCHAIN_H_
