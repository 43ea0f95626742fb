// Validity times of certificates (RFC 5280 §4.1.2.5).
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_

#include <cstdint>

#include "asn1/der_reader.h"

namespace os_truststore {

// Seconds since 1970-01-01T00:00:00Z of a UTCTime or GeneralizedTime. Besides the one form RFC 5280
// allows, the older ones found in real CAs are read: no seconds, fractional seconds (dropped), an
// offset instead of Z.
bool ReadTime(const DerElement& element, int64_t* seconds);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
