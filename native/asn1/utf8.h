// Checks and writes UTF-8 (RFC 3629): no surrogates, nothing above U+10FFFF, no overlong forms, and
// no noncharacters of Unicode, which BoringSSL does not accept as text.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace os_truststore {

bool IsValidUtf8(const uint8_t* bytes, size_t size);

// Returns false and appends nothing when `character` is not allowed.
bool AppendUtf8(uint32_t character, std::string* out);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_
