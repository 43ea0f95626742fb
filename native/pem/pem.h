// Reads certificates in text (RFC 7468) as files really have them: any line ending, any text around
// the blocks, OpenSSL's own block types, files concatenated without a line break. One pass, in time
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
  size_t number = 0;  // counting from 1, without blocks of other types (keys, requests, …)
  size_t offset = 0;  // of the boundary it starts at
};

class PemReader {
 public:
  // Keeps a view, so `text` must outlive the reader.
  explicit PemReader(std::string_view text)
      : text_(text.data()), next_(text_), end_(text_ + text.size()), counted_(text_) {}

  // Finds the next block that claims to hold certificates; false at the end. The contents of other
  // blocks are skipped unread, because they may hold private keys.
  bool Next(PemBlock* out);

  // Returns the line on which `block` starts, counting from 1. Lines are counted on demand and only
  // forwards, so ask for blocks in the order they came.
  size_t LineOf(const PemBlock& block);

 private:
  void ReadBody(std::string_view label, PemBlock* out);
  void CheckEnd(std::string_view label, PemBlock* out);
  bool SkipHeaders();

  const char* text_;
  const char* next_;
  const char* end_;
  size_t number_ = 0;
  bool in_skipped_block_ = false;  // the next END line belongs to it

  const char* counted_;  // lines are counted up to here
  size_t line_ = 1;
};

// Returns the bytes as text that PemReader can read: without a byte order mark, and with UTF-16
// converted to bytes (characters outside Latin-1 cannot be part of a block and become '?').
// `buffer` holds the result where it had to be converted.
std::string_view TextForPem(const uint8_t* bytes, size_t size, std::string* buffer);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_PEM_PEM_H_
