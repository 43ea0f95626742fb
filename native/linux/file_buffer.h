// Holds the bytes of one file after another, in memory that is reused.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_FILE_BUFFER_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_FILE_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace os_truststore {

// Bounds what one file can cost. It is a hundred times larger than any CA bundle.
constexpr int64_t kMaxFileSize = 64 * 1024 * 1024;

class FileBuffer {
 public:
  // Replaces the contents by those of a regular file whose size fstat() gives as `expected`.
  // Returns 0 or an errno; EFBIG for a file over the limit.
  int ReadAll(int fd, int64_t expected);

  const uint8_t* data() const { return buffer_.get(); }
  size_t size() const { return size_; }

 private:
  void Grow(size_t wanted);

  std::unique_ptr<uint8_t[]> buffer_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_FILE_BUFFER_H_
