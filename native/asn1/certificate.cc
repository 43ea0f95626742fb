#include "asn1/certificate.h"

#include <cstring>

#include "asn1/der_reader.h"
#include "asn1/extensions.h"
#include "asn1/name.h"
#include "asn1/time.h"

namespace os_truststore {

namespace {

// Every reader below returns null, or a few words that say what is wrong.

const char* ReadVersion(DerReader* reader, CertificateFields* out) {
  if (!reader->NextIs(DerContextConstructed(0))) return nullptr;  // DEFAULT v1
  DerElement wrapper, number;
  if (!reader->Read(&wrapper) ||
      !ReadSingleElement(kDerInteger, wrapper.contents, wrapper.size, &number)) {
    return "the version is malformed";
  }
  if (number.size != 1 || number.contents[0] > 2) return "the version is unknown";
  out->version = number.contents[0] + 1;
  return nullptr;
}

// Old roots have negative and over-long serial numbers, so only those that TLS libraries refuse to
// load are refused here.
const char* ReadSerialNumber(const uint8_t* der, DerReader* reader, CertificateFields* out) {
  DerElement serial;
  if (!reader->Read(kDerInteger, &serial) || !IsValidInteger(serial.contents, serial.size)) {
    return "the serial number is malformed";
  }
  out->serial_number = SpanOfContents(der, serial);
  return nullptr;
}

// Algorithms have these kinds of parameters: NULL for RSA, an OID for named curves, a SEQUENCE for
// most others, an OCTET STRING for KEA. TLS libraries refuse malformed parameters of other kinds.
bool IsAlgorithmParameter(const DerElement& element) {
  switch (element.tag) {
    case kDerNull:
      return element.size == 0;
    case kDerOid:
      return IsValidOid(element.contents, element.size);
    default:
      return element.tag == kDerSequence || element.tag == kDerOctetString;
  }
}

// AlgorithmIdentifier ::= SEQUENCE { algorithm OID, parameters ANY OPTIONAL }
bool ReadAlgorithm(DerReader* reader) {
  DerElement sequence, oid, parameters;
  if (!reader->Read(kDerSequence, &sequence)) return false;
  DerReader parts(sequence);
  if (!parts.Read(kDerOid, &oid) || !IsValidOid(oid.contents, oid.size)) return false;
  if (parts.AtEnd()) return true;
  return parts.Read(&parameters) && parts.AtEnd() && IsAlgorithmParameter(parameters);
}

const char* ReadValidity(DerReader* reader, CertificateFields* out) {
  DerElement validity, not_before, not_after;
  if (!reader->Read(kDerSequence, &validity)) return "the validity is malformed";
  DerReader times(validity);
  if (!times.Read(&not_before) || !times.Read(&not_after) || !times.AtEnd() ||
      !ReadTime(not_before, &out->not_before) || !ReadTime(not_after, &out->not_after)) {
    return "the validity is malformed";
  }
  return nullptr;
}

bool SpansEqual(const uint8_t* der, DerSpan a, DerSpan b) {
  return a.size == b.size && std::memcmp(der + a.offset, der + b.offset, a.size) == 0;
}

// `valid` is a name that was checked before, or empty: it saves checking a root's one name twice.
bool ReadName(const uint8_t* der, DerReader* reader, DerSpan valid, DerSpan* out) {
  DerElement name;
  if (!reader->Read(kDerSequence, &name)) return false;
  *out = SpanOfWhole(der, name);
  return SpansEqual(der, *out, valid) || IsValidName(name.start, name.TotalSize());
}

const char* ReadPublicKey(const uint8_t* der, DerReader* reader, CertificateFields* out) {
  DerElement key, bits;
  if (!reader->Read(kDerSequence, &key)) return "the public key is malformed";
  DerReader parts(key);
  if (!ReadAlgorithm(&parts) || !parts.Read(kDerBitString, &bits) || !parts.AtEnd() ||
      !IsOctetBitString(bits.contents, bits.size)) {
    return "the public key is malformed";
  }
  out->public_key = SpanOfWhole(der, key);
  return nullptr;
}

// Skips issuerUniqueID [1] and subjectUniqueID [2], both IMPLICIT BIT STRING.
bool SkipUniqueIds(DerReader* reader) {
  for (const uint8_t number : {uint8_t{1}, uint8_t{2}}) {
    DerElement id;
    if (!reader->NextIs(DerContext(number))) continue;
    if (!reader->Read(&id) || !IsValidBitString(id.contents, id.size)) return false;
  }
  return true;
}

// Extensions in a version 1 or 2 certificate break RFC 5280 §4.1.2.9. They count here because
// OpenSSL honours them.
const char* ReadOptionalFields(const uint8_t* der, DerReader* reader, CertificateFields* out) {
  if (!SkipUniqueIds(reader)) return "a unique identifier is malformed";
  if (!reader->NextIs(DerContextConstructed(3))) return nullptr;
  DerElement wrapper, extensions;
  if (!reader->Read(&wrapper) ||
      !ReadSingleElement(kDerSequence, wrapper.contents, wrapper.size, &extensions)) {
    return "the extensions are malformed";
  }
  return ReadExtensions(der, extensions, out);
}

const char* ReadSignedPart(const uint8_t* der, const DerElement& tbs, CertificateFields* out) {
  DerReader reader(tbs);
  if (const char* fault = ReadVersion(&reader, out)) return fault;
  if (const char* fault = ReadSerialNumber(der, &reader, out)) return fault;
  if (!ReadAlgorithm(&reader)) return "the signature algorithm is malformed";
  if (!ReadName(der, &reader, DerSpan(), &out->issuer)) return "the issuer name is malformed";
  if (const char* fault = ReadValidity(&reader, out)) return fault;
  if (!ReadName(der, &reader, out->issuer, &out->subject)) return "the subject name is malformed";
  if (const char* fault = ReadPublicKey(der, &reader, out)) return fault;
  if (const char* fault = ReadOptionalFields(der, &reader, out)) return fault;
  return reader.AtEnd() ? nullptr : "unknown fields follow the extensions";
}

const char* ReadWhole(const uint8_t* der, size_t size, CertificateFields* out) {
  if (size > UINT32_MAX) return "too large for a certificate";
  DerReader reader(der, size);
  DerElement certificate, tbs, signature;
  if (!reader.Read(kDerSequence, &certificate)) return "not a certificate, or cut short";
  if (!reader.AtEnd()) return "bytes follow the certificate";
  DerReader parts(certificate);
  if (!parts.Read(kDerSequence, &tbs)) return "not a certificate";
  if (const char* fault = ReadSignedPart(der, tbs, out)) return fault;
  if (!ReadAlgorithm(&parts) || !parts.Read(kDerBitString, &signature) || !parts.AtEnd() ||
      !IsOctetBitString(signature.contents, signature.size)) {
    return "the signature is malformed";
  }
  return nullptr;
}

}  // namespace

bool ParseCertificate(const uint8_t* der, size_t size, CertificateFields* out,
                      std::string* reason) {
  *out = CertificateFields();
  const char* fault = ReadWhole(der, size, out);
  if (fault == nullptr) return true;
  *reason = fault;
  return false;
}

CertificateIdentity IdentityOf(const uint8_t* der, const CertificateFields& fields) {
  const char* text = reinterpret_cast<const char*>(der);
  return {{text + fields.issuer.offset, fields.issuer.size},
          {text + fields.serial_number.offset, fields.serial_number.size}};
}

bool IsSelfIssued(const uint8_t* der, const CertificateFields& fields) {
  return NamesMatch(der + fields.subject.offset, fields.subject.size, der + fields.issuer.offset,
                    fields.issuer.size);
}

// Follows OpenSSL's X509_check_akid: an identifier that only one side has contradicts nothing.
bool LooksSelfSigned(const uint8_t* der, const CertificateFields& fields) {
  if (!IsSelfIssued(der, fields)) return false;
  const bool both_key_ids = fields.authority_key_id.size > 0 && fields.subject_key_id.size > 0;
  if (both_key_ids && !SpansEqual(der, fields.authority_key_id, fields.subject_key_id)) {
    return false;
  }
  return fields.authority_serial.size == 0 ||
         SpansEqual(der, fields.authority_serial, fields.serial_number);
}

// Follows check_ca() in OpenSSL (crypto/x509/v3_purp.c): key usage, when present, must allow
// signing certificates; then basicConstraints decide (result 1). A certificate without them passes
// if it is of version 1 (result 3), has key usage (4) or has Netscape's type (5, where
// check_ssl_ca() wants the bit for TLS), but check_extensions() (x509_vfy.c) accepts these only at
// the end of a chain.
bool IsCertificateAuthority(const uint8_t* der, const CertificateFields& fields) {
  if (fields.has_key_usage && !fields.key_cert_sign) return false;
  if (fields.has_basic_constraints) return fields.is_ca_flag;
  const bool says_so = fields.version == 1 || fields.has_key_usage || fields.netscape_ssl_ca;
  return says_so && LooksSelfSigned(der, fields);
}

}  // namespace os_truststore
