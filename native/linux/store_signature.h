// Remembers by stat() data what a read depended on, so that a later look can tell, without reading,
// that nothing can have changed. Keeps no descriptor open.
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
  // Takes the time: what changes after this moment, or shortly before it, is not vouched for.
  explicit UnixStoreSignature(const std::string& root);

  // A directory by the path it was opened with. When `listed`, its entries mattered, so any change
  // of them counts; otherwise only which directory the path leads to.
  size_t AddDirectory(const std::string& path, const FileStamp& stamp, bool listed);

  // From now on any change of its entries counts.
  void MarkListed(size_t directory);

  // A regular file by its own entry in a directory, not through a link.
  void AddFile(size_t directory, const std::string& name, const FileStamp& stamp);

  // Anything by its path, links followed.
  void AddPath(const std::string& path, const FileStamp& stamp);

  // A path that did not lead anywhere.
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
    int error;  // 0: stamp holds
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
