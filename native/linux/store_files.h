// Reads the files of a store: regular ones only, each at most once per purpose, bounded, and
// remembered for the signature. Everything that can be wrong with a path becomes a StoreError.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_STORE_FILES_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_STORE_FILES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "linux/directory_entries.h"
#include "linux/file_buffer.h"
#include "linux/file_stamp.h"
#include "linux/store_signature.h"
#include "linux/tree.h"
#include "linux/unique_fd.h"
#include "system_store.h"

namespace os_truststore {

constexpr size_t kMaxLinkParents = 64;
constexpr uint32_t kPassedOver = UINT32_MAX;

// The bytes of one file; they are gone when the visitor returns. Returns the number of certificates
// in it, or kPassedOver: under this name the file says nothing, under another it may.
using FileVisitor =
    std::function<uint32_t(const std::string& path, const uint8_t* bytes, size_t size)>;

// Files that were read for one purpose, and what they yielded.
using ReadFiles = std::unordered_map<FileId, uint32_t, FileIdHash>;

class StoreFiles {
 public:
  enum class Outcome { kRead, kMissing, kFailed };

  // What a file or directory came to.
  struct Result {
    Outcome outcome = Outcome::kMissing;
    uint32_t certificates = 0;        // newly read
    uint32_t known_certificates = 0;  // in files that had been read before under another name
    int error = 0;                    // errno of a missing one
    FileId id;                        // of a directory
    std::vector<std::string> subdirectories;  // of a directory; not entered
    std::vector<std::string> dangling;        // its links that lead nowhere
  };

  StoreFiles(const ReadRequest& request, std::vector<StoreError>* errors);

  // A path that leads nowhere is `kMissing` and no error: whether it should have been there is the
  // caller's judgement.
  Result ReadFile(const std::string& path, ReadFiles* read, const FileVisitor& visit);

  // Every regular file in a directory, by name; not below it.
  Result ReadDirectory(const std::string& path, ReadFiles* read, const FileVisitor& visit);

  // Whether nothing has this name. Cheap for many names in few directories, also to look at again:
  // the stamp of the directory vouches for what is not in it. False where that cannot be told.
  bool IsAbsent(const std::string& path);

  bool IsCancelled() const { return request_.IsCancelled(); }

  std::unique_ptr<StoreSignature> TakeSignature() { return std::move(signature_); }

 private:
  struct Directory {
    UniqueFd fd;
    std::string path;
    size_t index = 0;  // in the signature
    std::vector<DirectoryEntry> entries;
  };
  struct Visit {
    ReadFiles* read;
    const FileVisitor& visitor;
    Result* result;
  };

  void ReadEntry(const Directory& directory, const DirectoryEntry& entry, const Visit& visit);
  bool ReadLinkTarget(const Directory& directory, const DirectoryEntry& entry, const Visit& visit);
  bool ReadPlainEntry(const Directory& directory, const std::string& name, const std::string& path,
                      const Visit& visit);
  void ReadThroughLinks(const std::string& path, const Visit& visit);
  bool CountKnown(const FileStamp& stamp, const Visit& visit);
  bool ReadRegular(UniqueFd fd, const std::string& path, const FileStamp& stamp,
                   const Visit& visit);
  const Directory* OpenLinkParent(const std::string& path);
  void AddNotRegular(mode_t mode, const std::string& path);

  const ReadRequest& request_;
  std::vector<StoreError>* const errors_;
  const Tree tree_;
  std::unique_ptr<UnixStoreSignature> signature_;
  std::unordered_map<std::string, Directory> link_parents_;
  std::unordered_set<std::string> absent_directories_;
  FileBuffer buffer_;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_STORE_FILES_H_
