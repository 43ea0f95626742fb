// Finds what the error codes of a refused chain depend on besides the platform's own status. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace os_truststore {

using Der = std::vector<uint8_t>;

struct ChainShape {
  size_t size = 0;
  bool ends_self_signed = false;  // judged by its names and key identifiers
  // Set when the first certificate outside its validity period is not valid yet.
  bool not_yet_valid = false;
};

// `now` is in seconds since the epoch. A chain that cannot be parsed has the default shape.
ChainShape ShapeOf(const std::vector<Der>& chain, int64_t now);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_
