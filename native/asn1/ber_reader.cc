#include "asn1/ber_reader.h"

namespace os_truststore {

namespace {

constexpr size_t kIndefiniteHeader = 2;
constexpr size_t kEndOfContents = 2;
constexpr uint8_t kConstructed = 0x20;
constexpr int kMaxDepth = 32;  // levels of nested indefinite elements; real files have five

bool StartsIndefinite(const uint8_t* bytes, size_t left) {
  return left >= kIndefiniteHeader && (bytes[0] & kConstructed) != 0 && (bytes[0] & 0x1F) != 0x1F &&
         bytes[1] == 0x80;
}

// Finds how many bytes of contents start at `bytes`, without the marker that ends them.
bool FindEndOfContents(const uint8_t* bytes, size_t left, size_t* size) {
  size_t position = 0;
  for (int depth = 1; depth > 0;) {
    const uint8_t* next = bytes + position;
    const size_t rest = left - position;
    if (StartsIndefinite(next, rest)) {
      if (++depth > kMaxDepth) return false;
      position += kIndefiniteHeader;
    } else if (rest >= kEndOfContents && next[0] == 0 && next[1] == 0) {
      depth--;
      position += kEndOfContents;
    } else {
      DerElement element;
      if (!DerReader(next, rest).Read(&element)) return false;
      position += element.TotalSize();
    }
  }
  *size = position - kEndOfContents;
  return true;
}

}  // namespace

bool BerReader::Read(DerElement* out) {
  size_t total = 0;
  if (StartsIndefinite(next_, left_)) {
    out->tag = *next_;
    out->start = next_;
    out->contents = next_ + kIndefiniteHeader;
    if (!FindEndOfContents(out->contents, left_ - kIndefiniteHeader, &out->size)) return false;
    total = out->TotalSize() + kEndOfContents;
  } else {
    if (!DerReader(next_, left_).Read(out)) return false;
    total = out->TotalSize();
  }
  next_ += total;
  left_ -= total;
  return true;
}

}  // namespace os_truststore
