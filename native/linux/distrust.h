// Finds what the system's administrator or vendor took out of the store. A PEM bundle cannot say so
// itself, and a certificate that is merely missing from it would come back with Node's bundled
// roots.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_DISTRUST_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_DISTRUST_H_

#include <string>
#include <vector>

#include "linux/store_files.h"
#include "system_store.h"
#include "trust/distrusted_names.h"

namespace os_truststore {

struct Distrust {
  // distrusted, or rejected for some purposes, or distrusted from a date on
  std::vector<StoreCertificate> certificates;
  DistrustedNames names;
};

// Reports as an error everything that cannot be read or understood.
Distrust ReadDistrust(StoreFiles* files, std::vector<StoreError>* errors);

// The files and directories ReadDistrust() looks at, existing or not.
std::vector<std::string> DistrustPaths();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_DISTRUST_H_
