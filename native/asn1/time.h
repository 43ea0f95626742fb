// Validity times of certificates (RFC 5280 §4.1.2.5).
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_

#include <cstdint>

#include "asn1/der_reader.h"

namespace os_truststore {

// Seconds since 1970-01-01T00:00:00Z of a UTCTime or GeneralizedTime in the one form RFC 5280
// allows: with seconds, without fractions, in UTC. The older forms of BER are refused: OpenSSL 3.5
// does not load them, and before that none passed X509_cmp_time when a chain was verified.
bool ReadTime(const DerElement& element, int64_t* seconds);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
