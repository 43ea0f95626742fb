// Says what went wrong with one place or one certificate. Reading goes on; the caller sees the
// list.
#ifndef OS_TRUSTSTORE_NATIVE_STORE_ERROR_H_
#define OS_TRUSTSTORE_NATIVE_STORE_ERROR_H_

#include <cstdint>
#include <string>
#include <utility>

namespace os_truststore {

enum class StoreErrorCode {
  kReadFailed,  // ERR_TRUSTSTORE_READ_FAILED: the operating system refused a call; os_status is set
  kNotRegularFile,  // ERR_TRUSTSTORE_NOT_REGULAR_FILE: a FIFO, device or socket; never opened for
                    // reading
  kFileTooLarge,    // ERR_TRUSTSTORE_FILE_TOO_LARGE
  kBadCertificate,  // ERR_TRUSTSTORE_BAD_CERTIFICATE: a block or file that is no certificate
  kUnsupported,     // ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM
  kCancelled,       // ERR_TRUSTSTORE_CANCELLED
};

// An empty error message would not help, so the constructor replaces empty texts by saying that
// they were empty.
struct StoreError {
  StoreError(StoreErrorCode code, std::string operation, std::string message)
      : code(code),
        operation(operation.empty() ? "unnamed operation" : std::move(operation)),
        message(message.empty() ? "no reason given" : std::move(message)) {}

  StoreErrorCode code;
  std::string operation;       // the call that failed: "open", "CertOpenStore", …
  std::string message;         // one sentence without the path
  std::string path;            // file, store or trust domain; may be empty
  int64_t os_status = 0;       // errno, GetLastError(), OSStatus; 0 when there is none
  std::string os_status_text;  // its symbolic name or the system's text
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_STORE_ERROR_H_
