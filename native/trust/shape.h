// What the rules ask of a certificate's shape. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_SHAPE_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_SHAPE_H_

#include "system_store.h"

namespace os_truststore {

struct Shape {
  bool is_ca = false;
  bool is_self_issued = false;
  bool looks_self_signed = false;
};

// What does not parse has none of it.
inline Shape ShapeOf(const StoreCertificate& certificate) {
  if (!certificate.parsed) return {};
  const uint8_t* der = certificate.der.data();
  const CertificateFields& fields = certificate.fields;
  const bool is_self_issued = IsSelfIssued(der, fields);
  return {IsCertificateAuthority(der, fields), is_self_issued,
          is_self_issued && LooksSelfSigned(der, fields)};
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_SHAPE_H_
