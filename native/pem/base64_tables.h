// Base64 by table. Both tables are made when the addon is loaded, in a few microseconds: written
// out they would be 12 KB of each binary, and those of all platforms travel in one package.
#ifndef OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_
#define OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_

#include <array>
#include <cstdint>

namespace os_truststore {

constexpr uint32_t kNotInAlphabet = 0x80000000;

// Values already shifted to their place in a group of four: decoding a group is three ORs and one
// test.
struct Base64DecodeTables {
  std::array<std::array<uint32_t, 256>, 4> place;
};

// Two characters for every twelve bits.
struct Base64EncodeTable {
  std::array<std::array<char, 2>, 4096> pair;
};

extern const Base64DecodeTables kBase64Decode;
extern const Base64EncodeTable kBase64Encode;

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_PEM_BASE64_TABLES_H_
