// Walks, checks and compares distinguished names (RFC 5280 §4.1.2.4).
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_NAME_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_NAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "asn1/der_reader.h"

namespace os_truststore {

// One type and value; those with the same `rdn` belong to one multi-valued
// RelativeDistinguishedName.
struct NameAttribute {
  int rdn = 0;
  DerElement type;   // the OBJECT IDENTIFIER
  DerElement value;  // any string type
};

class NameReader {
 public:
  // `name` is the Name, tag and length included.
  NameReader(const uint8_t* name, size_t size);

  // Returns false at the end and when the rest is malformed; malformed() tells which.
  bool Next(NameAttribute* out);
  bool malformed() const { return malformed_; }

 private:
  bool Fail();

  DerReader rdns_;
  DerReader attributes_;
  int rdn_ = 0;
  bool malformed_ = false;
};

// Converts a value to UTF-8. False when its bytes are not text of their type. Types without a
// character set of their own are read as Latin-1, as OpenSSL does (a T61String in practice is one).
bool ValueToUtf8(const DerElement& value, std::string* out);

// Checks what TLS libraries demand before they load a certificate: known structure, string types
// that a name may have, readable text.
bool IsValidName(const uint8_t* name, size_t size);

// Names are equal by RFC 5280 §7.1, as OpenSSL reads it, when these strings are equal: string type,
// ASCII case and the amount of white space do not count.
std::string CanonicalName(const uint8_t* name, size_t size);

// True when the bytes or the canonical forms are the same.
bool NamesMatch(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_NAME_H_
