// OpenSSL's TRUSTED CERTIFICATE: a certificate followed by X509_CERT_AUX, what it is and is not
// trusted for.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_

#include <cstddef>
#include <cstdint>

#include "trust/usages.h"

namespace os_truststore {

struct OpensslTrustSettings {
  Usages trusted = kAllUsages;  // everything when there is no list; nothing for an empty one
  Usages rejected = kNoUsages;
  // There are settings, and they name no purpose as trusted that they do not reject as well.
  bool trusts_no_purpose = false;
  bool has_trust_list = false;
};

// Reads what follows the certificate, which may be nothing. False when malformed: then nobody knows
// what was rejected, and the certificate must not be used.
bool ReadOpensslTrustSettings(const uint8_t* bytes, size_t size, OpensslTrustSettings* out);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_
