// Which stores are read, and where.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_

#include <string>
#include <vector>

#include "trust/windows_trust.h"
#include "windows/scoped_cert.h"

namespace os_truststore {

// One store at one location.
struct StorePlace {
  WindowsStore store;
  WindowsLocation location;

  const char* StoreText() const;     // "ROOT"
  const char* LocationText() const;  // "LOCAL_MACHINE"
  std::string Path() const;          // "LOCAL_MACHINE\ROOT"
};

// Lists the places in reading order.
std::vector<StorePlace> AllStorePlaces();

// Opens an existing store for reading, or returns null with GetLastError(). It only reads the
// registry: opening or enumerating a store builds no chain, makes no network request and shows no
// prompt.
ScopedCertStore OpenStorePlace(const WindowsApi& api, const StorePlace& place);

// Whether an error of OpenStorePlace means that the store was never created.
bool IsMissingStore(DWORD status);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_LAYOUT_H_
