// Names errno values by their symbols: strerror() is not thread-safe, and its text depends on the
// locale.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_ERRNO_NAME_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_ERRNO_NAME_H_

#include <string>

#include "store_error.h"

namespace os_truststore {

// Returns "EACCES", or "errno 123" for one that no file system call is known to set.
std::string ErrnoName(int error);

// Describes a call on `path` that failed with `error`; the message says what that means for people.
StoreError ErrnoError(const char* operation, int error, std::string path);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_ERRNO_NAME_H_
