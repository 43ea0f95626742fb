// Finds the CAs that Debian's administrator took out of the store with a line in
// /etc/ca-certificates.conf that begins with "!".
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_DESELECTED_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_DESELECTED_H_

#include <string>
#include <vector>

#include "linux/store_files.h"
#include "system_store.h"

namespace os_truststore {

extern const char* const kDeselectionFile;

// Appends the deselected certificates, each with trust kDistrusted and its file as the source.
void ReadDeselected(StoreFiles* files, std::vector<StoreError>* errors,
                    std::vector<StoreCertificate>* deselected);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_DESELECTED_H_
