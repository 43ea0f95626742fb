// Reads and writes base64 (RFC 4648 §4) as PEM uses it: white space anywhere between characters,
// padding required.
#ifndef OS_TRUSTSTORE_NATIVE_PEM_BASE64_H_
#define OS_TRUSTSTORE_NATIVE_PEM_BASE64_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace os_truststore {

enum class Base64End {
  kDash,       // stopped at a '-', which ends a PEM block
  kEndOfText,  // the text ended first
  kInvalid,    // a character that is not allowed there, or padding too early
  kPartial,    // stopped at a '-', but the last group is incomplete
};

// Appends the decoded bytes to `out` until something other than base64 comes. `*next` is where it
// stopped.
Base64End DecodeBase64(const char* text, const char* end, std::vector<uint8_t>* out,
                       const char** next);

// Appends lines of 64 characters, each with its "\n".
void EncodeBase64Lines(const uint8_t* bytes, size_t size, std::string* out);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_PEM_BASE64_H_
