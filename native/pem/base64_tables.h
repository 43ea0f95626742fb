// Tables for base64. They are made when the addon is loaded, in a few microseconds: as constants
// they would add 12 KB to each binary, and one package carries those of all platforms.
#ifndef OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_
#define OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_

#include <array>
#include <cstdint>

namespace os_truststore {

constexpr uint32_t kNotInAlphabet = 0x80000000;

// The values are already shifted to their place in a group of four, so decoding a group takes three
// ORs and one test.
struct Base64DecodeTables {
  std::array<std::array<uint32_t, 256>, 4> place;
};

// Holds two characters for every twelve bits.
struct Base64EncodeTable {
  std::array<std::array<char, 2>, 4096> pair;
};

extern const Base64DecodeTables kBase64Decode;
extern const Base64EncodeTable kBase64Encode;

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_
