// The Windows backend: CryptoAPI's system stores.
#include "system_store.h"

#include "windows/store_reader.h"
#include "windows/windows_api.h"

namespace os_truststore {

const char* BackendName() { return "windows"; }

ReadResult ReadSystemStore(const ReadRequest& request) {
  return ReadWindowsStore(SystemWindowsApi(), request);
}

VerifyPaths ReadVerifyPaths(const ReadRequest&) { return ReadWindowsLocations(SystemWindowsApi()); }

}  // namespace os_truststore
