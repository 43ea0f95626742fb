// Reads OpenSSL's TRUSTED CERTIFICATE: a certificate followed by X509_CERT_AUX, which says what it
// is and is not trusted for.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_

#include <cstddef>
#include <cstdint>

#include "trust/usages.h"

namespace os_truststore {

struct OpensslTrustSettings {
  Usages trusted = kAllUsages;  // everything when there is no list; nothing for an empty one
  Usages rejected = kNoUsages;
  // Set when there are settings that name no trusted purpose they do not also reject.
  bool trusts_no_purpose = false;
  bool has_trust_list = false;
};

// Reads what follows the certificate, if anything does. Returns false when it is malformed: the
// certificate must then not be used, because what was rejected is unknown.
bool ReadOpensslTrustSettings(const uint8_t* bytes, size_t size, OpensslTrustSettings* out);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_TRUST_SETTINGS_H_
