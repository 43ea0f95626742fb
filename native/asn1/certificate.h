// The fields of an X.509 certificate (RFC 5280) that judging it needs, read from DER by a small
// bounded reader. No signature is checked here: the TLS library of the host does that when a chain
// is built.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_CERTIFICATE_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_CERTIFICATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trust/usages.h"

namespace os_truststore {

// A range of the DER that a field was read from; empty when the field is absent.
struct DerSpan {
  uint32_t offset = 0;
  uint32_t size = 0;
};

// The positions and flags of a certificate's fields. Valid only together with the DER they were
// read from.
struct CertificateFields {
  int version = 1;         // 1, 2 or 3
  DerSpan serial_number;   // contents of the INTEGER
  DerSpan issuer;          // the Name, tag and length included
  DerSpan subject;         // the Name, tag and length included
  int64_t not_before = 0;  // seconds since 1970-01-01T00:00:00Z
  int64_t not_after = 0;
  bool has_basic_constraints = false;
  bool basic_constraints_critical = false;
  bool is_ca_flag = false;  // cA of basicConstraints
  bool has_key_usage = false;
  bool key_cert_sign = false;
  bool netscape_ssl_ca = false;  // nsCertType, which is older than basicConstraints
  Usages eku =
      kAllUsages;          // what the EKU extension allows; kAllUsages when the extension is absent
  DerSpan subject_key_id;  // contents of the OCTET STRING
  DerSpan authority_key_id;  // keyIdentifier of the AKI
  DerSpan authority_serial;  // authorityCertSerialNumber of the AKI
  DerSpan public_key;        // SubjectPublicKeyInfo, tag and length included
};

// False when `der` is not one complete certificate; `reason` then says why, in a few plain words.
bool ParseCertificate(const uint8_t* der, size_t size, CertificateFields* out, std::string* reason);

// Issuer and serial number, as views into the DER.
using CertificateIdentity = std::pair<std::string_view, std::string_view>;

// Says which certificate this is: "the issuer name and serial number identify a unique certificate"
// (RFC 5280 §4.1.2.2). All encodings of a certificate have the same identity. Anybody can make
// another encoding: the ECDSA signature (r, n − s) is as good as (r, s).
CertificateIdentity IdentityOf(const uint8_t* der, const CertificateFields& fields);

// True when subject and issuer match: they are the same bytes, or the same name in another string
// type, case or spacing (RFC 5280 §7.1).
bool IsSelfIssued(const uint8_t* der, const CertificateFields& fields);

// True when self-issued and not contradicted by the authority key identifier. No signature is
// checked.
bool LooksSelfSigned(const uint8_t* der, const CertificateFields& fields);

// Whether it may issue certificates by OpenSSL's rule. Without basicConstraints only a self-signed
// one may, because OpenSSL then accepts it at the end of a chain only.
bool IsCertificateAuthority(const uint8_t* der, const CertificateFields& fields);

// Writes a Name as Node prints X509Certificate#subject: one `SHORTNAME=value` per line, in the
// order of the certificate.
std::string NameToText(const uint8_t* name, size_t size);

// Upper-case hexadecimal without separators, as X509Certificate#serialNumber.
std::string SerialToText(const uint8_t* bytes, size_t size);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_CERTIFICATE_H_
