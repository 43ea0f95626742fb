#include <string>

#include "asn1/certificate.h"
#include "asn1/name.h"
#include "asn1/oid_text.h"

namespace os_truststore {

namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

// RFC 2253 §2.4: some characters are special anywhere; '#' only at the start, a blank at both ends.
bool NeedsBackslash(char c, bool is_first, bool is_last) {
  switch (c) {
    case ',':
    case '+':
    case '"':
    case '\\':
    case '<':
    case '>':
    case ';':
      return true;
    case '#':
      return is_first;
    case ' ':
      return is_first || is_last;
    default:
      return false;
  }
}

// Escapes as OpenSSL's ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL do, over UTF-8.
void AppendEscaped(const std::string& text, std::string* out) {
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    const auto byte = static_cast<uint8_t>(c);
    const bool is_last = i + 1 == text.size();
    if (byte < 0x20 || byte == 0x7F) {
      out->push_back('\\');
      out->push_back(kHexDigits[byte >> 4]);
      out->push_back(kHexDigits[byte & 0x0F]);
      continue;
    }
    // OpenSSL tests a lone character as the last one only.
    if (NeedsBackslash(c, i == 0 && !is_last, is_last)) out->push_back('\\');
    out->push_back(c);
  }
}

// OpenSSL prints numbers of unknown types through a buffer of 80 bytes.
constexpr size_t kMaxOidText = 79;

void AppendType(const DerElement& type, std::string* out) {
  const std::string oid = OidToText(type.contents, type.size);
  const std::string_view name = ShortNameOf(oid);
  if (name.empty()) {
    out->append(oid, 0, kMaxOidText);
  } else {
    out->append(name);
  }
}

// Returns the bytes that OpenSSL prints of a value: a BIT STRING without its count of unused bits,
// a SEQUENCE whole.
DerElement PrintedPart(DerElement value) {
  if (value.tag == kDerSequence) {
    value.size = value.TotalSize();
    value.contents = value.start;
  } else if (value.tag == kDerBitString && value.size > 0) {
    value.contents++;
    value.size--;
  }
  return value;
}

}  // namespace

std::string NameToText(const uint8_t* name, size_t size) {
  std::string text;
  NameReader reader(name, size);
  NameAttribute attribute;
  int previous_rdn = 0;
  std::string value;
  while (reader.Next(&attribute)) {
    if (previous_rdn != 0) text.append(attribute.rdn == previous_rdn ? " + " : "\n");
    previous_rdn = attribute.rdn;
    AppendType(attribute.type, &text);
    text.push_back('=');
    if (ValueToUtf8(PrintedPart(attribute.value), &value)) AppendEscaped(value, &text);
  }
  return text;
}

std::string SerialToText(const uint8_t* bytes, size_t size) {
  // Two's complement becomes a sign and a magnitude, as BN_bn2hex writes it.
  const bool negative = size > 0 && (bytes[0] & 0x80) != 0;
  std::string hex;
  unsigned carry = negative ? 1 : 0;
  for (size_t i = size; i > 0; i--) {
    const unsigned byte = (negative ? 0xFFu ^ bytes[i - 1] : bytes[i - 1]) + carry;
    carry = byte >> 8;
    hex.push_back(kHexDigits[byte & 0x0F]);
    hex.push_back(kHexDigits[(byte >> 4) & 0x0F]);
  }
  while (hex.size() >= 2 && hex[hex.size() - 1] == '0' && hex[hex.size() - 2] == '0') {
    hex.resize(hex.size() - 2);
  }
  if (hex.empty()) return "0";
  if (negative) hex.push_back('-');
  return std::string(hex.rbegin(), hex.rend());
}

}  // namespace os_truststore
