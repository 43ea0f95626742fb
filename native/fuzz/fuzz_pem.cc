// Fuzzes PEM text as found in files: byte order marks, UTF-16, blocks of every kind.
#include <string>
#include <vector>

#include "fuzz/fuzz.h"
#include "pem/base64.h"
#include "pem/pem.h"

using namespace os_truststore;

namespace {

void RequireRoundTrip(const std::vector<uint8_t>& der) {
  std::string text;
  EncodeBase64Lines(der.data(), der.size(), &text);
  text.push_back('-');
  std::vector<uint8_t> decoded;
  const char* next = nullptr;
  const char* end = text.data() + text.size();
  Require(DecodeBase64(text.data(), end, &decoded, &next) == Base64End::kDash);
  Require(decoded == der && next + 1 == end);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::string buffer;
  const std::string_view text = TextForPem(bytes, size, &buffer);
  PemReader reader(text);
  PemBlock block;
  size_t number = 0;
  size_t line = 1;
  while (reader.Next(&block)) {
    Require(block.number == ++number);
    Require(block.offset < text.size());
    const size_t block_line = reader.LineOf(block);
    Require(block_line >= line && block_line <= text.size());
    line = block_line;
    Require(block.fault.empty() != block.der.empty());
    Require(block.der.size() <= text.size());
    if (block.fault.empty()) RequireRoundTrip(block.der);
  }
  return 0;
}
