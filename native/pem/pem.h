// Certificates in text (RFC 7468), as they are found in the wild: any line ending, any text around
// the blocks, OpenSSL's own block types, files glued together without a line break. One pass,
// linear in the text whatever it holds.
#ifndef OS_TRUSTSTORE_NATIVE_PEM_PEM_H_
#define OS_TRUSTSTORE_NATIVE_PEM_PEM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace os_truststore {

enum class PemType {
  kCertificate,         // CERTIFICATE, X509 CERTIFICATE
  kTrustedCertificate,  // TRUSTED CERTIFICATE: OpenSSL's, with trust settings behind the
                        // certificate
  kPkcs7,               // PKCS7, CMS
};

// One block that claims to hold certificates: its bytes, or why there are none.
struct PemBlock {
  PemType type = PemType::kCertificate;
  std::vector<uint8_t> der;
  std::string fault;  // empty when the block could be read
  size_t number = 0;  // counting from 1, blocks of other types (keys, requests, …) left out
  size_t offset = 0;  // of the boundary it starts with
};

class PemReader {
 public:
  // Keeps a view: `text` must outlive the reader.
  explicit PemReader(std::string_view text)
      : text_(text.data()), next_(text_), end_(text_ + text.size()), counted_(text_) {}

  // The next block that claims to hold certificates; false at the end. Blocks of any other type are
  // passed over without their contents being looked at, because they may hold private keys.
  bool Next(PemBlock* out);

  // The line `block` starts on, counting from 1. Lines are counted only on demand and only
  // forwards: ask for blocks in the order they came.
  size_t LineOf(const PemBlock& block);

 private:
  void ReadBody(std::string_view label, PemBlock* out);
  void CheckEnd(std::string_view label, PemBlock* out);
  bool SkipHeaders();

  const char* text_;
  const char* next_;
  const char* end_;
  size_t number_ = 0;
  bool in_skipped_block_ = false;  // an END line to come belongs to it

  const char* counted_;  // up to here lines are counted
  size_t line_ = 1;
};

// The bytes as text PemReader can take: a byte order mark is removed, UTF-16 becomes bytes
// (characters outside Latin-1 cannot be part of a block and become '?'). `buffer` holds the result
// where it had to be converted.
std::string_view TextForPem(const uint8_t* bytes, size_t size, std::string* buffer);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_PEM_PEM_H_
