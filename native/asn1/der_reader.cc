#include "asn1/der_reader.h"

namespace os_truststore {

namespace {

constexpr uint8_t kTagNumberMask = 0x1F;
constexpr uint8_t kLongForm = 0x80;
constexpr size_t kMaxLengthBytes = 4;  // 4 GiB: larger than any input that is read

// Reads a length (X.690 §8.1.3, §10.1). Returns how many bytes it took, or 0 when it is not DER.
size_t ReadLength(const uint8_t* bytes, size_t left, size_t* length) {
  if (left == 0) return 0;
  if (bytes[0] < kLongForm) {
    *length = bytes[0];
    return 1;
  }
  const size_t count = bytes[0] & 0x7F;
  if (count == 0 || count > kMaxLengthBytes || count >= left || bytes[1] == 0) return 0;
  size_t value = 0;
  for (size_t i = 1; i <= count; i++) value = (value << 8) | bytes[i];
  if (value < kLongForm) return 0;
  *length = value;
  return 1 + count;
}

// OpenSSL has this limit (CVE-2023-2650) because converting a huge number to decimal takes time
// that grows with the square of its length. A key whose algorithm has a longer OID does not load.
constexpr size_t kMaxOidSize = 586;

}  // namespace

bool DerReader::Read(DerElement* out) {
  if (left_ == 0 || (*next_ & kTagNumberMask) == kTagNumberMask) return false;
  size_t length = 0;
  const size_t length_bytes = ReadLength(next_ + 1, left_ - 1, &length);
  if (length_bytes == 0) return false;
  const size_t header = 1 + length_bytes;
  if (length > left_ - header) return false;
  out->tag = *next_;
  out->start = next_;
  out->contents = next_ + header;
  out->size = length;
  next_ += header + length;
  left_ -= header + length;
  return true;
}

bool ReadSingleElement(uint8_t tag, const uint8_t* bytes, size_t size, DerElement* out) {
  DerReader reader(bytes, size);
  return reader.Read(tag, out) && reader.AtEnd();
}

bool IsValidOid(const uint8_t* contents, size_t size) {
  if (size == 0 || size > kMaxOidSize || (contents[size - 1] & 0x80) != 0) return false;
  for (size_t i = 0; i < size; i++) {
    const bool starts_subidentifier = i == 0 || (contents[i - 1] & 0x80) == 0;
    if (starts_subidentifier && contents[i] == 0x80) return false;
  }
  return true;
}

bool IsValidInteger(const uint8_t* contents, size_t size) {
  if (size == 0) return false;
  if (size == 1) return true;
  const bool second_negative = (contents[1] & 0x80) != 0;
  return !(contents[0] == 0x00 && !second_negative) && !(contents[0] == 0xFF && second_negative);
}

bool IsBitString(const uint8_t* contents, size_t size) {
  if (size == 0 || contents[0] > 7) return false;
  return size > 1 || contents[0] == 0;
}

bool IsValidBitString(const uint8_t* contents, size_t size) {
  if (!IsBitString(contents, size)) return false;
  return size == 1 || (contents[size - 1] & ((1u << contents[0]) - 1)) == 0;
}

bool IsOctetBitString(const uint8_t* contents, size_t size) { return size > 0 && contents[0] == 0; }

}  // namespace os_truststore
