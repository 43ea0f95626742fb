// Reads elements as DerReader does, and also elements of indefinite length, which BER allows (X.690
// §8.1.3.6).
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_BER_READER_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_BER_READER_H_

#include <cstddef>
#include <cstdint>

#include "asn1/der_reader.h"

namespace os_truststore {

class BerReader {
 public:
  BerReader(const uint8_t* bytes, size_t size) : next_(bytes), left_(size) {}
  explicit BerReader(const DerElement& element) : BerReader(element.contents, element.size) {}

  bool AtEnd() const { return left_ == 0; }
  bool NextIs(uint8_t tag) const { return left_ > 0 && *next_ == tag; }

  // `out->size` does not count the end-of-contents marker. An indefinite element costs one pass
  // over its contents.
  bool Read(DerElement* out);
  bool Read(uint8_t tag, DerElement* out) { return NextIs(tag) && Read(out); }

 private:
  const uint8_t* next_;
  size_t left_;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_BER_READER_H_
