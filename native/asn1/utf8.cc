#include "asn1/utf8.h"

namespace os_truststore {

namespace {

constexpr uint32_t kLastCharacter = 0x10FFFF;

// Surrogates and noncharacters (Unicode §3.4, D14), by BoringSSL's is_valid_code_point.
bool IsNoText(uint32_t character) {
  return (character >= 0xD800 && character <= 0xDFFF) ||
         (character >= 0xFDD0 && character <= 0xFDEF) || (character & 0xFFFE) == 0xFFFE;
}

char Continuation(uint32_t character, int shift) {
  return static_cast<char>(0x80 | ((character >> shift) & 0x3F));
}

// Returns how many continuation bytes follow `lead`, or -1 when no character starts with it.
int ContinuationCount(uint8_t lead) {
  if (lead < 0x80) return 0;
  if (lead < 0xC0) return -1;
  if (lead < 0xE0) return 1;
  if (lead < 0xF0) return 2;
  return lead < 0xF8 ? 3 : -1;
}

}  // namespace

bool IsValidUtf8(const uint8_t* bytes, size_t size) {
  constexpr uint32_t kFirstOfLength[] = {0, 0x80, 0x800, 0x10000};
  for (size_t i = 0; i < size;) {
    const uint8_t lead = bytes[i++];
    const int count = ContinuationCount(lead);
    if (count < 0 || static_cast<size_t>(count) > size - i) return false;
    if (count == 0) continue;
    uint32_t character = lead & (0x3Fu >> count);
    for (int j = 0; j < count; j++) {
      if ((bytes[i] & 0xC0) != 0x80) return false;
      character = (character << 6) | (bytes[i++] & 0x3F);
    }
    if (character < kFirstOfLength[count] || character > kLastCharacter || IsNoText(character)) {
      return false;
    }
  }
  return true;
}

bool AppendUtf8(uint32_t character, std::string* out) {
  if (character > kLastCharacter || IsNoText(character)) return false;
  if (character < 0x80) {
    out->push_back(static_cast<char>(character));
  } else if (character < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (character >> 6)));
    out->push_back(Continuation(character, 0));
  } else if (character < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (character >> 12)));
    out->push_back(Continuation(character, 6));
    out->push_back(Continuation(character, 0));
  } else {
    out->push_back(static_cast<char>(0xF0 | (character >> 18)));
    out->push_back(Continuation(character, 12));
    out->push_back(Continuation(character, 6));
    out->push_back(Continuation(character, 0));
  }
  return true;
}

}  // namespace os_truststore
