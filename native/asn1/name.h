// Distinguished names (RFC 5280 §4.1.2.4): walking them, checking them, comparing them.
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

  // False at the end and when what follows is malformed; malformed() tells which.
  bool Next(NameAttribute* out);
  bool malformed() const { return malformed_; }

 private:
  bool Fail();

  DerReader rdns_;
  DerReader attributes_;
  int rdn_ = 0;
  bool malformed_ = false;
};

// The text of a value in UTF-8. False when its bytes are not text of their type. Types without a
// character set of their own are read as Latin-1, as OpenSSL does (a T61String in practice is one).
bool ValueToUtf8(const DerElement& value, std::string* out);

// What TLS libraries demand before they load a certificate: known structure, string types a name
// may have, readable text.
bool IsValidName(const uint8_t* name, size_t size);

// Equal strings are equal names under RFC 5280 §7.1, in OpenSSL's reading of it: the string type
// does not count, nor does ASCII case, nor the amount of white space.
std::string CanonicalName(const uint8_t* name, size_t size);

// The same bytes, or the same canonical form.
bool NamesMatch(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_NAME_H_
