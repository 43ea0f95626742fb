// The file system as it looks from a root directory. With an empty root that is the real one, and
// the kernel resolves every path; otherwise absolute paths and absolute links start at the root, as
// after chroot(2), so that a whole distribution's tree can be read from a directory.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_

#include <sys/stat.h>

#include <string>

#include "linux/unique_fd.h"

namespace os_truststore {

class Tree {
 public:
  explicit Tree(std::string root);

  // stat(2): follows links. False with errno.
  bool Stat(const std::string& path, struct stat* status) const;

  // For listing. Empty with errno; ENOTDIR when it is no directory.
  UniqueFd OpenDirectory(const std::string& path) const;

  // For looking up names in it: needs no read permission where the system knows O_PATH.
  UniqueFd OpenDirectoryForLookup(const std::string& path) const;

  // Follows links; flags as for open(2). Never waits for the other end of a FIFO, never adopts a
  // terminal.
  UniqueFd OpenFile(const std::string& path) const;

 private:
  UniqueFd Open(const std::string& path, int flags) const;
  // False with errno: ELOOP after 40 links, or what lstat() and readlink() say.
  bool Resolve(const std::string& path, std::string* host_path) const;

  const std::string root_;
};

// O_NONBLOCK, O_NOCTTY and the like: what every open of a file needs.
extern const int kOpenFileFlags;

// `parent` and `name` with exactly one slash between them.
std::string JoinPath(const std::string& parent, const std::string& name);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_TREE_H_
