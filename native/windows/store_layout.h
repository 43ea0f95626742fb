// Which stores are read, where, and what a place makes of the certificates in it.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_

#include <string>
#include <vector>

#include "trust/windows_usage.h"
#include "windows/scoped_cert.h"

namespace os_truststore {

enum class StoreName { kRoot, kCa, kTrustedPeople, kDisallowed };

// One store at one location.
struct StorePlace {
  StoreName store;
  WindowsLocation location;

  const char* StoreText() const;     // "ROOT"
  const char* LocationText() const;  // "LOCAL_MACHINE"
  std::string Path() const;          // "LOCAL_MACHINE\ROOT"
};

// In reading order.
std::vector<StorePlace> AllStorePlaces();

// Opens an existing store for reading. Null with GetLastError() otherwise. Reads the registry and
// nothing else: opening or enumerating a store builds no chain, makes no network request and shows
// no prompt.
ScopedCertStore OpenStorePlace(const WindowsApi& api, const StorePlace& place);

// Whether an error of OpenStorePlace means that nobody ever put anything there.
bool IsMissingStore(DWORD status);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_
