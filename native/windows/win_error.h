// Converts Windows' error numbers and strings for the seam.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_WIN_ERROR_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_WIN_ERROR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "store_error.h"
#include "windows/windows_api.h"

namespace os_truststore {

// Describes a call that Windows refused. `status` is GetLastError() or what a registry call
// returned.
StoreError WindowsError(std::string operation, std::string message, std::string path, DWORD status);

// `size` counts UTF-16 units. Unpaired surrogates become U+FFFD.
std::string WideToUtf8(const wchar_t* text, size_t size);

// Seconds since 1970-01-01T00:00:00Z.
int64_t FileTimeToSeconds(const FILETIME& time);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_WIN_ERROR_H_
