// Reads the stores through a given table of calls; ReadSystemStore uses it with the real one.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_READER_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_READER_H_

#include "system_store.h"
#include "windows/windows_api.h"

namespace os_truststore {

ReadResult ReadWindowsStore(const WindowsApi& api, const ReadRequest& request);

VerifyPaths ReadWindowsLocations(const WindowsApi& api);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_STORE_READER_H_
