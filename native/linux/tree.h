// Shows the file system as it looks from a root directory. With an empty root it is the real one,
// and the kernel resolves every path; otherwise absolute paths and absolute links start at the
// root, as after chroot(2), so that a whole distribution's tree can be read from a directory.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_

#include <sys/stat.h>

#include <string>

#include "linux/unique_fd.h"

namespace os_truststore {

class Tree {
 public:
  explicit Tree(std::string root);

  // Like stat(2), follows links. Returns false with errno.
  bool Stat(const std::string& path, struct stat* status) const;

  // Opens for listing. Returns an empty descriptor with errno; ENOTDIR when it is no directory.
  UniqueFd OpenDirectory(const std::string& path) const;

  // Opens for looking up names, which needs no read permission where the system knows O_PATH.
  UniqueFd OpenDirectoryForLookup(const std::string& path) const;

  // Follows links; flags as for open(2). Never waits for the other end of a FIFO and never makes a
  // terminal the controlling one.
  UniqueFd OpenFile(const std::string& path) const;

 private:
  UniqueFd Open(const std::string& path, int flags) const;
  // Returns false with errno: ELOOP after 40 links, or what lstat() and readlink() set.
  bool Resolve(const std::string& path, std::string* host_path) const;

  const std::string root_;
};

// The flags that every open of a file needs, such as O_NONBLOCK and O_NOCTTY.
extern const int kOpenFileFlags;

// Joins `parent` and `name` with exactly one slash.
std::string JoinPath(const std::string& parent, const std::string& name);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_
