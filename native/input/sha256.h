// SHA-256 (FIPS 180-4), for fingerprints only: they name certificates to people; no decision here
// depends on them.
#ifndef OS_TRUSTSTORE_NATIVE_INPUT_SHA256_H_
#define OS_TRUSTSTORE_NATIVE_INPUT_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace os_truststore {

std::array<uint8_t, 32> Sha256(const uint8_t* bytes, size_t size);

// Node's fingerprint256: upper-case hexadecimal pairs joined by ':'.
std::string Fingerprint256(const uint8_t* der, size_t size);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_INPUT_SHA256_H_
