// Reads p11-kit's own file format, in which the trust stores of RHEL, Fedora, SUSE and Arch keep
// certificates together with their trust data. Pure: bytes in, objects out. Format:
// doc/internal/persist-format.txt of p11-kit.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_P11_KIT_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_P11_KIT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store_error.h"
#include "system_store.h"

namespace os_truststore {

struct P11KitObject {
  bool is_certificate = false;
  bool is_distrusted = false;  // x-distrusted: true
  // nss-server-distrust-after; see StoreCertificate. When it cannot be read, it is set to before
  // all certificates of servers.
  int64_t distrust_after = kNeverDistrusted;
  std::string label;
  std::vector<uint8_t> der;     // the certificate; empty when only issuer and serial number name it
  std::vector<uint8_t> issuer;  // an encoded Name
  std::vector<uint8_t> serial_number;  // an encoded INTEGER
  std::vector<uint8_t> public_key;     // a SubjectPublicKeyInfo that the object names itself
};

struct P11KitFile {
  std::vector<P11KitObject> objects;
  std::vector<StoreError> errors;  // the path is left empty: the caller knows it
};

bool LooksLikeP11Kit(const uint8_t* bytes, size_t size);

constexpr int64_t kUnreadableDate = 0;

// With `only_distrusted`, objects that do not mention distrust are skipped unparsed: vendor files
// hold a hundred certificates and more, and few of them are distrusted.
P11KitFile ParseP11Kit(const uint8_t* bytes, size_t size, bool only_distrusted);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_P11_KIT_H_
