#include "linux/directory_entries.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <utility>

#include "linux/errno_name.h"

namespace os_truststore {

namespace {

struct EntryLess {
  using Key = std::pair<bool, std::string_view>;
  static Key KeyOf(const DirectoryEntry& entry) { return {entry.has_hash_name, entry.name}; }
  bool operator()(const DirectoryEntry& a, const DirectoryEntry& b) const {
    return KeyOf(a) < KeyOf(b);
  }
  bool operator()(const DirectoryEntry& a, const Key& b) const { return KeyOf(a) < b; }
  bool operator()(const Key& a, const DirectoryEntry& b) const { return a < KeyOf(b); }
};

struct DirCloser {
  void operator()(DIR* dir) const { closedir(dir); }
};

EntryKind KindOf(int directory, const dirent* entry) {
#ifdef DT_UNKNOWN  // illumos has no d_type
  if (entry->d_type == DT_REG) return EntryKind::kFile;
  if (entry->d_type == DT_LNK) return EntryKind::kLink;
  if (entry->d_type == DT_DIR) return EntryKind::kDirectory;
  if (entry->d_type != DT_UNKNOWN) return EntryKind::kOther;
#endif
  struct stat status;
  if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return EntryKind::kOther;
  return S_ISREG(status.st_mode)   ? EntryKind::kFile
         : S_ISLNK(status.st_mode) ? EntryKind::kLink
         : S_ISDIR(status.st_mode) ? EntryKind::kDirectory
                                   : EntryKind::kOther;
}

}  // namespace

bool IsPlainName(std::string_view name) { return !name.empty() && name != "." && name != ".."; }

bool IsHashName(std::string_view name) {
  if (name.size() < 10 || name[8] != '.') return false;
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  return std::all_of(name.begin(), name.begin() + 8, is_hex) &&
         std::all_of(name.begin() + 9, name.end(), is_digit);
}

bool ListEntries(int directory, const std::string& path, std::vector<DirectoryEntry>* entries,
                 std::vector<StoreError>* errors) {
  const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, DirCloser> dir(fd >= 0 ? fdopendir(fd) : nullptr);
  if (dir == nullptr) {
    errors->push_back(ErrnoError("opendir", errno, path));
    if (fd >= 0) close(fd);
    return false;
  }
  bool complete = true;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(dir.get());
    if (entry == nullptr) break;
    if (!IsPlainName(entry->d_name)) continue;
    if (entries->size() == kMaxDirectoryEntries) {
      StoreError error(StoreErrorCode::kFileTooLarge, "readdir",
                       "it has more than a million entries; the rest was not read");
      error.path = path;
      errors->push_back(std::move(error));
      complete = false;
      errno = 0;
      break;
    }
    entries->push_back({IsHashName(entry->d_name), entry->d_name, KindOf(fd, entry)});
  }
  if (errno != 0) {
    errors->push_back(ErrnoError("readdir", errno, path));
    complete = false;
  }
  std::sort(entries->begin(), entries->end(), EntryLess());
  return complete;
}

bool HasPlainEntry(const std::vector<DirectoryEntry>& entries, std::string_view name) {
  return std::binary_search(entries.begin(), entries.end(), EntryLess::Key(false, name),
                            EntryLess());
}

}  // namespace os_truststore
