// Owns a file descriptor.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_UNIQUE_FD_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace os_truststore {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_UNIQUE_FD_H_
