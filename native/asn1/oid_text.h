// Prints object identifiers for people.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_OID_TEXT_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_OID_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace os_truststore {

// Prints contents that IsValidOid accepts, such as "2.5.4.3", however large the numbers are.
std::string OidToText(const uint8_t* contents, size_t size);

// OpenSSL's short name for a name attribute, such as "CN" for 2.5.4.3; empty when it has none.
std::string_view ShortNameOf(std::string_view oid_text);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_OID_TEXT_H_
