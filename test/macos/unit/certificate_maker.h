// Makes certificates without a real key or signature: the backend reads only names and extensions.
#ifndef OS_TRUSTSTORE_TEST_MACOS_UNIT_CERTIFICATE_MAKER_H_
#define OS_TRUSTSTORE_TEST_MACOS_UNIT_CERTIFICATE_MAKER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace testing {

struct Shape {
  std::string subject;
  std::string issuer;  // empty: self-issued
  bool ca = true;
  bool client_auth_only = false;  // an EKU without server auth
};

std::vector<uint8_t> MakeDer(const Shape& shape);

}  // namespace testing

#endif  // OS_TRUSTSTORE_TEST_MACOS_UNIT_CERTIFICATE_MAKER_H_
