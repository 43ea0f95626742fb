// Describes what a certificate may be used for, as a set. Extended key usage of the certificate, of
// the Windows property and of OpenSSL's TRUSTED CERTIFICATE all become such sets, and combining
// them is an intersection.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_USAGES_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_USAGES_H_

#include <cstdint>

namespace os_truststore {

using Usages = uint8_t;

constexpr Usages kNoUsages = 0;
constexpr Usages kServerAuth = 1;   // 1.3.6.1.5.5.7.3.1
constexpr Usages kClientAuth = 2;   // 1.3.6.1.5.5.7.3.2
constexpr Usages kOtherUsages = 4;  // anything else: e-mail, code signing, …
constexpr Usages kAllUsages = kServerAuth | kClientAuth | kOtherUsages;  // also anyExtendedKeyUsage

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_USAGES_H_
