#include "asn1/name.h"

#include <cstring>

#include "asn1/utf8.h"

namespace os_truststore {

namespace {

// OpenSSL's X509_NAME_MAX; also keeps comparing names cheap.
constexpr size_t kMaxNameSize = 1024 * 1024;

DerReader ReaderOfName(const uint8_t* name, size_t size) {
  DerElement sequence;
  if (!ReadSingleElement(kDerSequence, name, size, &sequence)) return DerReader(name, size);
  return DerReader(sequence);
}

size_t BytesPerCharacter(uint8_t tag) {
  if (tag == kDerBmpString) return 2;
  if (tag == kDerUniversalString) return 4;
  return 1;
}

// String types whose text takes part in comparison (OpenSSL's ASN1_MASK_CANON); all others compare
// as bytes.
bool HasComparableText(uint8_t tag) {
  switch (tag) {
    case kDerUtf8String:
    case kDerPrintableString:
    case kDerT61String:
    case kDerIa5String:
    case kDerVisibleString:
    case kDerUniversalString:
    case kDerBmpString:
      return true;
    default:
      return false;
  }
}

// Whether OpenSSL accepts this as the value of a name attribute: DirectoryString, NumericString and
// IA5String as the standard says, and the BIT STRING (unique identifiers) and SEQUENCE (postal
// addresses) that old directories use.
bool IsAllowedValue(const DerElement& value) {
  switch (value.tag) {
    case kDerBitString:
      return IsValidBitString(value.contents, value.size);
    case kDerNumericString:
    case kDerSequence:
      return true;
    case kDerVisibleString:
      return false;
    default:
      return HasComparableText(value.tag);
  }
}

bool IsAsciiSpace(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// Trims, collapses inner white space to one blank, lowers ASCII letters.
void AppendFolded(const std::string& text, std::string* out) {
  bool pending_space = false;
  bool started = false;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (IsAsciiSpace(byte)) {
      pending_space = started;
      continue;
    }
    if (pending_space) out->push_back(' ');
    pending_space = false;
    started = true;
    out->push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 'a' - 'A') : c);
  }
}

void AppendSize(size_t size, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(size >> shift));
}

void AppendCanonical(const NameAttribute& attribute, std::string* out) {
  AppendSize(static_cast<size_t>(attribute.rdn), out);
  AppendSize(attribute.type.size, out);
  out->append(reinterpret_cast<const char*>(attribute.type.contents), attribute.type.size);
  std::string value;
  std::string text;
  value.reserve(attribute.value.size + 1);
  if (HasComparableText(attribute.value.tag) && ValueToUtf8(attribute.value, &text)) {
    value.push_back(static_cast<char>(kDerUtf8String));
    AppendFolded(text, &value);
  } else {
    value.push_back(static_cast<char>(attribute.value.tag));
    value.append(reinterpret_cast<const char*>(attribute.value.contents), attribute.value.size);
  }
  AppendSize(value.size(), out);
  out->append(value);
}

}  // namespace

NameReader::NameReader(const uint8_t* name, size_t size)
    : rdns_(ReaderOfName(name, size)), attributes_(name, 0) {
  DerElement sequence;
  malformed_ = size > kMaxNameSize || !ReadSingleElement(kDerSequence, name, size, &sequence);
}

bool NameReader::Fail() {
  malformed_ = true;
  return false;
}

bool NameReader::Next(NameAttribute* out) {
  if (malformed_) return false;
  if (attributes_.AtEnd()) {
    if (rdns_.AtEnd()) return false;
    DerElement rdn;
    // RelativeDistinguishedName ::= SET SIZE (1..MAX) (RFC 5280 §4.1.2.4).
    if (!rdns_.Read(kDerSet, &rdn) || rdn.size == 0) return Fail();
    attributes_ = DerReader(rdn);
    rdn_++;
  }
  DerElement attribute;
  if (!attributes_.Read(kDerSequence, &attribute)) return Fail();
  DerReader parts(attribute);
  if (!parts.Read(kDerOid, &out->type) || !IsValidOid(out->type.contents, out->type.size) ||
      !parts.Read(&out->value) || !parts.AtEnd()) {
    return Fail();
  }
  out->rdn = rdn_;
  return true;
}

bool ValueToUtf8(const DerElement& value, std::string* out) {
  out->clear();
  if (value.tag == kDerUtf8String) {
    if (!IsValidUtf8(value.contents, value.size)) return false;
    out->assign(reinterpret_cast<const char*>(value.contents), value.size);
    return true;
  }
  const size_t width = BytesPerCharacter(value.tag);
  if (value.size % width != 0) return false;
  out->reserve(value.size);
  for (size_t i = 0; i < value.size; i += width) {
    uint32_t character = 0;
    for (size_t j = 0; j < width; j++) character = (character << 8) | value.contents[i + j];
    if (!AppendUtf8(character, out)) return false;
  }
  return true;
}

bool IsValidName(const uint8_t* name, size_t size) {
  NameReader reader(name, size);
  NameAttribute attribute;
  std::string text;
  while (reader.Next(&attribute)) {
    if (!IsAllowedValue(attribute.value)) return false;
    if (HasComparableText(attribute.value.tag) && !ValueToUtf8(attribute.value, &text)) {
      return false;
    }
  }
  return !reader.malformed();
}

std::string CanonicalName(const uint8_t* name, size_t size) {
  std::string canonical;
  if (size <= kMaxNameSize) canonical.reserve(2 * size);
  NameReader reader(name, size);
  NameAttribute attribute;
  while (reader.Next(&attribute)) AppendCanonical(attribute, &canonical);
  return canonical;
}

bool NamesMatch(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size) {
  if (a_size == b_size && std::memcmp(a, b, a_size) == 0) return true;
  return CanonicalName(a, a_size) == CanonicalName(b, b_size);
}

}  // namespace os_truststore
