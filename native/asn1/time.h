// Reads the validity times of certificates (RFC 5280 §4.1.2.5).
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_

#include <cstdint>

#include "asn1/der_reader.h"

namespace os_truststore {

// Reads a UTCTime or GeneralizedTime as seconds since 1970-01-01T00:00:00Z, in the one form RFC
// 5280 allows: with seconds, without fractions, in UTC. BER's older forms are refused: OpenSSL 3.5
// does not load them, and in older versions X509_cmp_time rejected them when it verified a chain.
bool ReadTime(const DerElement& element, int64_t* seconds);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_TIME_H_
