// A bounded reader of DER elements (X.690 §10). It walks one level of (pointer, size) at a time and
// never recurses, so hostile depth or length costs no more than the bytes of the input.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_DER_READER_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_DER_READER_H_

#include <cstddef>
#include <cstdint>

namespace os_truststore {

enum DerTag : uint8_t {
  kDerBoolean = 0x01,
  kDerInteger = 0x02,
  kDerBitString = 0x03,
  kDerOctetString = 0x04,
  kDerNull = 0x05,
  kDerOid = 0x06,
  kDerUtf8String = 0x0C,
  kDerNumericString = 0x12,
  kDerPrintableString = 0x13,
  kDerT61String = 0x14,
  kDerIa5String = 0x16,
  kDerUtcTime = 0x17,
  kDerGeneralizedTime = 0x18,
  kDerVisibleString = 0x1A,
  kDerUniversalString = 0x1C,
  kDerBmpString = 0x1E,
  kDerSequence = 0x30,
  kDerSet = 0x31,
};

// Context-specific tags [n], primitive and constructed.
constexpr uint8_t DerContext(uint8_t number) { return static_cast<uint8_t>(0x80 | number); }
constexpr uint8_t DerContextConstructed(uint8_t number) {
  return static_cast<uint8_t>(0xA0 | number);
}

// One element. The pointers point into the bytes that the reader was given.
struct DerElement {
  uint8_t tag = 0;
  const uint8_t* start = nullptr;     // of the tag
  const uint8_t* contents = nullptr;  // after tag and length
  size_t size = 0;                    // of the contents

  size_t TotalSize() const { return static_cast<size_t>(contents - start) + size; }
};

class DerReader {
 public:
  DerReader(const uint8_t* bytes, size_t size) : next_(bytes), left_(size) {}
  // Reads what is inside `element`.
  explicit DerReader(const DerElement& element) : DerReader(element.contents, element.size) {}

  bool AtEnd() const { return left_ == 0; }
  bool NextIs(uint8_t tag) const { return left_ > 0 && *next_ == tag; }

  // Reads the next element, whatever its tag. Returns false and consumes nothing when no complete
  // DER element follows: it refuses indefinite or non-minimal lengths and tag numbers above 30, as
  // strict readers do.
  bool Read(DerElement* out);
  // Reads the next element if it has this tag.
  bool Read(uint8_t tag, DerElement* out) { return NextIs(tag) && Read(out); }

 private:
  const uint8_t* next_;
  size_t left_;
};

// Reads the element that `bytes` consists of.
bool ReadSingleElement(uint8_t tag, const uint8_t* bytes, size_t size, DerElement* out);

// Checks the contents of an OBJECT IDENTIFIER: complete subidentifiers without leading zeros (X.690
// §8.19.2), and no more bytes than OpenSSL takes.
bool IsValidOid(const uint8_t* contents, size_t size);

// Checks the contents of an INTEGER: not empty, no superfluous leading byte (X.690 §8.3.2).
bool IsValidInteger(const uint8_t* contents, size_t size);

// Checks the contents of a BIT STRING: the count of unused bits fits (X.690 §8.6.2).
bool IsBitString(const uint8_t* contents, size_t size);

// Also checks that the unused bits are zero (X.690 §11.2.1): BoringSSL refuses others, and OpenSSL
// overwrites them with zeros, which makes a different certificate.
bool IsValidBitString(const uint8_t* contents, size_t size);

// Checks for a BIT STRING of whole octets, as keys and signatures are (RFC 3279 §2.2, §2.3).
bool IsOctetBitString(const uint8_t* contents, size_t size);

// Compares the contents of an element with a constant, such as the encoding of an OID.
template <size_t N>
bool ContentsEqual(const DerElement& element, const uint8_t (&expected)[N]) {
  if (element.size != N) return false;
  for (size_t i = 0; i < N; i++) {
    if (element.contents[i] != expected[i]) return false;
  }
  return true;
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_DER_READER_H_
