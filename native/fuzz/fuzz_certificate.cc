// Fuzzes the reader of one DER certificate and everything derived from its fields.
#include <string>

#include "asn1/certificate.h"
#include "asn1/name.h"
#include "asn1/utf8.h"
#include "fuzz/fuzz.h"

using namespace os_truststore;

namespace {

void RequireInside(DerSpan span, size_t size) {
  Require(span.offset <= size && span.size <= size - span.offset);
}

void RequireGoodName(const uint8_t* der, DerSpan span) {
  const uint8_t* name = der + span.offset;
  Require(IsValidName(name, span.size));
  const std::string text = NameToText(name, span.size);
  Require(IsValidUtf8(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  Require(NamesMatch(name, span.size, name, span.size));
  Require(CanonicalName(name, span.size) == CanonicalName(name, span.size));
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  CertificateFields fields;
  std::string reason;
  if (!ParseCertificate(bytes, size, &fields, &reason)) {
    Require(!reason.empty());
    return 0;
  }
  for (const DerSpan span :
       {fields.serial_number, fields.issuer, fields.subject, fields.subject_key_id,
        fields.authority_key_id, fields.authority_serial, fields.public_key}) {
    RequireInside(span, size);
  }
  Require(fields.version >= 1 && fields.version <= 3);
  Require(fields.not_before < 253402387200 && fields.not_after < 253402387200);
  RequireGoodName(bytes, fields.issuer);
  RequireGoodName(bytes, fields.subject);
  const DerSpan serial = fields.serial_number;
  Require(!SerialToText(bytes + serial.offset, serial.size).empty());
  Require(!LooksSelfSigned(bytes, fields) || IsSelfIssued(bytes, fields));
  if (IsCertificateAuthority(bytes, fields)) {
    Require(fields.is_ca_flag || (!fields.has_basic_constraints && IsSelfIssued(bytes, fields)));
    Require(!fields.has_key_usage || fields.key_cert_sign);
  }
  return 0;
}
