// Reads the certificate extensions that judging needs (RFC 5280 §4.2.1). Unknown ones, critical or
// not, are ignored here: the TLS library refuses what it does not understand when it builds a
// chain.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_EXTENSIONS_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_EXTENSIONS_H_

#include <cstdint>

#include "asn1/certificate.h"
#include "asn1/der_reader.h"

namespace os_truststore {

// Reads `extensions`, the SEQUENCE OF Extension of a certificate that starts at `der`. Returns
// null, or what is wrong.
const char* ReadExtensions(const uint8_t* der, const DerElement& extensions,
                           CertificateFields* out);

// Turns the contents of a SEQUENCE OF key purposes into a set. False when malformed.
bool ReadKeyPurposes(const DerElement& purposes, Usages* out);

inline DerSpan SpanOfContents(const uint8_t* der, const DerElement& element) {
  return {static_cast<uint32_t>(element.contents - der), static_cast<uint32_t>(element.size)};
}

inline DerSpan SpanOfWhole(const uint8_t* der, const DerElement& element) {
  return {static_cast<uint32_t>(element.start - der), static_cast<uint32_t>(element.TotalSize())};
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_EXTENSIONS_H_
