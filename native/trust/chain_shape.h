// What the error codes of a refused chain depend on beside the platform's own status. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace os_truststore {

using Der = std::vector<uint8_t>;

struct ChainShape {
  size_t size = 0;
  bool ends_self_signed = false;  // by its names and key identifiers
  // The first certificate outside its validity is so because that has not begun.
  bool not_yet_valid = false;
};

// `now` in seconds since the epoch. What cannot be parsed has no shape to speak of.
ChainShape ShapeOf(const std::vector<Der>& chain, int64_t now);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_CHAIN_SHAPE_H_
