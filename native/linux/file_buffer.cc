#include "linux/file_buffer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace os_truststore {

int FileBuffer::ReadAll(int fd, int64_t expected) {
  size_ = 0;
  if (expected > kMaxFileSize) return EFBIG;
  for (;;) {
    // Asks for one byte more than expected, so that a short read means the end without another
    // read.
    const size_t wanted = std::max<size_t>(static_cast<size_t>(expected) + 1, size_ + 4096);
    if (wanted > capacity_) Grow(wanted);
    const ssize_t length = read(fd, buffer_.get() + size_, capacity_ - size_);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno;
    size_ += static_cast<size_t>(length);
    if (length == 0 || size_ == static_cast<size_t>(expected)) return 0;
    // The file grew while it was read, or fstat() does not know its size.
    if (size_ > static_cast<size_t>(kMaxFileSize)) return EFBIG;
  }
}

void FileBuffer::Grow(size_t wanted) {
  // Bundles come first, so the many small files then fit. Unlike a vector, this memory is not
  // zeroed.
  capacity_ = std::max<size_t>(wanted + wanted / 2, 64 * 1024);
  std::unique_ptr<uint8_t[]> grown(new uint8_t[capacity_]);
  std::copy(buffer_.get(), buffer_.get() + size_, grown.get());
  buffer_ = std::move(grown);
}

}  // namespace os_truststore
