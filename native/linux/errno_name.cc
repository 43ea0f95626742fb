#include "linux/errno_name.h"

#include <cerrno>
#include <iterator>
#include <utility>

namespace os_truststore {

namespace {

struct ErrnoText {
  int error;
  const char* name;
  const char* meaning;
};

constexpr ErrnoText kErrnoTexts[] = {
    {EACCES, "EACCES", "permission denied"},
    {EPERM, "EPERM", "operation not permitted"},
    {ENOENT, "ENOENT", "it does not exist"},
    {ENOTDIR, "ENOTDIR", "a component of the path is not a directory"},
    {ELOOP, "ELOOP", "too many levels of symbolic links"},
    {EIO, "EIO", "input/output error"},
    {EISDIR, "EISDIR", "it is a directory"},
    {ENAMETOOLONG, "ENAMETOOLONG", "the path is too long"},
    {EMFILE, "EMFILE", "this process has too many open files"},
    {ENFILE, "ENFILE", "the system has too many open files"},
    {ENOMEM, "ENOMEM", "out of memory"},
    {EINTR, "EINTR", "interrupted by a signal"},
    {EAGAIN, "EAGAIN", "not available right now"},
    {EINVAL, "EINVAL", "invalid argument"},
    {EBADF, "EBADF", "bad file descriptor"},
    {EBUSY, "EBUSY", "it is busy"},
    {ENXIO, "ENXIO", "no such device or address"},
    {ENODEV, "ENODEV", "no such device"},
    {EOVERFLOW, "EOVERFLOW", "value too large"},
    {ESTALE, "ESTALE", "stale file handle of a network file system"},
    {ETIMEDOUT, "ETIMEDOUT", "timed out"},
    {ENOTCONN, "ENOTCONN", "the file system is not connected"},
    {EHOSTUNREACH, "EHOSTUNREACH", "the file server cannot be reached"},
    {ENOSYS, "ENOSYS", "not implemented by this system"},
};

const ErrnoText* FindErrno(int error) {
  for (const ErrnoText& text : kErrnoTexts) {
    if (text.error == error) return &text;
  }
  return nullptr;
}

}  // namespace

std::string ErrnoName(int error) {
  const ErrnoText* text = FindErrno(error);
  return text != nullptr ? text->name : "errno " + std::to_string(error);
}

StoreError ErrnoError(const char* operation, int error, std::string path) {
  const ErrnoText* text = FindErrno(error);
  StoreError result(
      StoreErrorCode::kReadFailed, operation,
      text != nullptr ? text->meaning : "the system refused with " + ErrnoName(error));
  result.path = std::move(path);
  result.os_status = error;
  result.os_status_text = ErrnoName(error);
  return result;
}

}  // namespace os_truststore
