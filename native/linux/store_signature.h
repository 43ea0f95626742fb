// Remembers by stat() data what a read depended on, so that a later check can tell without reading
// that nothing changed. Keeps no descriptor open.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_STORE_SIGNATURE_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_STORE_SIGNATURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "linux/file_stamp.h"
#include "linux/tree.h"
#include "system_store.h"

namespace os_truststore {

class UnixStoreSignature : public StoreSignature {
 public:
  // Notes the time: changes after this moment, or shortly before it, are not detected.
  explicit UnixStoreSignature(const std::string& root);

  // Adds a directory by the path it was opened with. If `listed`, any change of its entries counts;
  // otherwise only the directory that the path leads to counts.
  size_t AddDirectory(const std::string& path, const FileStamp& stamp, bool listed);

  // From now on any change of the directory's entries counts.
  void MarkListed(size_t directory);

  // Adds a regular file by its own entry in a directory, not through a link.
  void AddFile(size_t directory, const std::string& name, const FileStamp& stamp);

  // Adds anything by its path, following links.
  void AddPath(const std::string& path, const FileStamp& stamp);

  // Adds a path that led nowhere.
  void AddFailedPath(const std::string& path, int error);

  bool IsCurrent() const override;

 private:
  struct File {
    uint32_t name;  // offset into names_
    FileStamp stamp;
  };
  struct Directory {
    std::string path;
    FileStamp stamp;
    bool listed;
    std::vector<File> files;
  };
  struct Path {
    std::string path;
    FileStamp stamp;
    int error;  // 0: the stamp is set
  };

  void Note(const FileStamp& stamp);
  bool IsCurrent(const Directory& directory) const;
  bool IsCurrent(const Path& path) const;

  const Tree tree_;
  const int64_t began_ns_;
  bool racy_ = false;
  std::vector<Directory> directories_;
  std::vector<Path> paths_;
  std::string names_;  // NUL-terminated, one after the other
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_STORE_SIGNATURE_H_
