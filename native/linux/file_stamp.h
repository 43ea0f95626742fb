// The data of stat() that change when a file does.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_FILE_STAMP_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_FILE_STAMP_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>

namespace os_truststore {

// Identifies one file, whatever its names.
struct FileId {
  uint64_t device = 0;
  uint64_t inode = 0;

  bool operator==(const FileId& other) const {
    return device == other.device && inode == other.inode;
  }
};

struct FileIdHash {
  size_t operator()(const FileId& id) const {
    return static_cast<size_t>(id.inode * 0x9E3779B97F4A7C15u ^ id.device);
  }
};

struct FileStamp {
  FileId id;
  int64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;  // st_ctim; also changes with the mode, the owner and the link count

  static FileStamp From(const struct stat& status) {
    return {{static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino)},
            static_cast<int64_t>(status.st_size),
            Nanoseconds(status.st_mtim),
            Nanoseconds(status.st_ctim)};
  }

  bool operator==(const FileStamp& other) const {
    return id == other.id && size == other.size && modified_ns == other.modified_ns &&
           changed_ns == other.changed_ns;
  }

 private:
  static int64_t Nanoseconds(const struct timespec& time) {
    return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
  }
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_FILE_STAMP_H_
