// UTF-8 (RFC 3629): never surrogates, never more than U+10FFFF, never longer than needed. Nor the
// noncharacters of Unicode, which BoringSSL takes for no text.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace os_truststore {

bool IsValidUtf8(const uint8_t* bytes, size_t size);

// False, and nothing appended, when `character` is no such character.
bool AppendUtf8(uint32_t character, std::string* out);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_UTF8_H_
