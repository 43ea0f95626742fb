#include "linux/store_files.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "linux/errno_name.h"

namespace os_truststore {

namespace {

bool LeadsNowhere(int error) { return error == ENOENT || error == ENOTDIR; }

const char* FileTypeName(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "something else";
}

}  // namespace

StoreFiles::StoreFiles(const ReadRequest& request, std::vector<StoreError>* errors)
    : request_(request),
      errors_(errors),
      tree_(request.root),
      signature_(std::make_unique<UnixStoreSignature>(request.root)) {}

StoreFiles::Result StoreFiles::ReadFile(const std::string& path, ReadFiles* read,
                                        const FileVisitor& visit) {
  Result result;
  struct stat status;
  if (!tree_.Stat(path, &status)) {
    result.error = errno;
    signature_->AddFailedPath(path, result.error);
    if (!LeadsNowhere(result.error)) {
      result.outcome = Outcome::kFailed;
      errors_->push_back(ErrnoError("stat", result.error, path));
    }
    return result;
  }
  result.outcome = Outcome::kFailed;
  signature_->AddPath(path, FileStamp::From(status));
  if (!S_ISREG(status.st_mode)) {
    AddNotRegular(status.st_mode, path);
    return result;
  }
  const FileStamp stamp = FileStamp::From(status);
  const Visit file_visit{read, visit, &result};
  if (CountKnown(stamp, file_visit) || ReadRegular(tree_.OpenFile(path), path, stamp, file_visit)) {
    result.outcome = Outcome::kRead;
  }
  return result;
}

StoreFiles::Result StoreFiles::ReadDirectory(const std::string& path, ReadFiles* read,
                                             const FileVisitor& visit) {
  Result result;
  Directory directory;
  directory.path = path;
  directory.fd = tree_.OpenDirectory(path);
  struct stat status;
  if (!directory.fd || fstat(directory.fd.get(), &status) != 0) {
    result.error = errno;
    signature_->AddFailedPath(path, result.error);
    const bool exists = result.error == ENOTDIR && tree_.Stat(path, &status);
    if (!LeadsNowhere(result.error) || exists) {
      result.outcome = Outcome::kFailed;
      errors_->push_back(ErrnoError("opendir", result.error, path));
      if (exists) errors_->back().message = "it is not a directory";
    }
    return result;
  }
  directory.index = signature_->AddDirectory(path, FileStamp::From(status), true);
  result.id = FileStamp::From(status).id;
  result.outcome = Outcome::kRead;
  if (!ListEntries(directory.fd.get(), path, &directory.entries, errors_)) {
    result.outcome = Outcome::kFailed;
  }
  for (const DirectoryEntry& entry : directory.entries) {
    if (IsCancelled()) break;
    ReadEntry(directory, entry, {read, visit, &result});
  }
  return result;
}

bool StoreFiles::IsAbsent(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return false;
  const std::string name = path.substr(slash + 1);
  const std::string parent = path.substr(0, slash);
  if (!IsPlainName(name)) return false;
  if (absent_directories_.count(parent) != 0) return true;
  const Directory* directory = OpenLinkParent(parent);
  if (directory == nullptr) {
    struct stat status;
    if (tree_.Stat(parent, &status) || errno != ENOENT) return false;
    signature_->AddFailedPath(parent, ENOENT);
    absent_directories_.insert(parent);
    return true;
  }
  struct stat status;
  if (fstatat(directory->fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return false;
  if (errno != ENOENT) return false;
  signature_->MarkListed(directory->index);
  return true;
}

void StoreFiles::ReadEntry(const Directory& directory, const DirectoryEntry& entry,
                           const Visit& visit) {
  if (entry.kind == EntryKind::kLink && ReadLinkTarget(directory, entry, visit)) return;
  const std::string path = JoinPath(directory.path, entry.name);
  if (entry.kind == EntryKind::kDirectory) return visit.result->subdirectories.push_back(path);
  if (entry.kind == EntryKind::kFile && ReadPlainEntry(directory, entry.name, path, visit)) return;
  ReadThroughLinks(path, visit);
}

// The two everyday kinds of link, for the price of one readlink() instead of a walk through the
// whole path: hash links to a neighbour, and links to a file in one other directory. False leaves
// the entry to ReadThroughLinks().
bool StoreFiles::ReadLinkTarget(const Directory& directory, const DirectoryEntry& entry,
                                const Visit& visit) {
  char buffer[PATH_MAX];
  const ssize_t length = readlinkat(directory.fd.get(), entry.name.c_str(), buffer, sizeof(buffer));
  if (length <= 0 || length == static_cast<ssize_t>(sizeof(buffer))) return false;
  const std::string_view target(buffer, static_cast<size_t>(length));
  const size_t slash = target.rfind('/');
  if (slash == std::string_view::npos) {
    // The neighbour is read under its own name. Its being a hash link as well could close a circle.
    return entry.has_hash_name && !IsHashName(target) && HasPlainEntry(directory.entries, target);
  }
  const std::string name(target.substr(slash + 1));
  if (!IsPlainName(name)) return false;
  const std::string parent(target.substr(0, std::max<size_t>(slash, 1)));
  const Directory* other =
      OpenLinkParent(parent[0] == '/' ? parent : JoinPath(directory.path, parent));
  return other != nullptr &&
         ReadPlainEntry(*other, name, JoinPath(directory.path, entry.name), visit);
}

// False when the entry is not, or no longer, a regular file.
bool StoreFiles::ReadPlainEntry(const Directory& directory, const std::string& name,
                                const std::string& path, const Visit& visit) {
  struct stat status;
  if (fstatat(directory.fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(status.st_mode)) {
    return false;
  }
  const FileStamp stamp = FileStamp::From(status);
  signature_->AddFile(directory.index, name, stamp);
  if (CountKnown(stamp, visit)) return true;
  ReadRegular(UniqueFd(openat(directory.fd.get(), name.c_str(), kOpenFileFlags | O_NOFOLLOW)), path,
              stamp, visit);
  return true;
}

// The long way: the kernel walks the path.
void StoreFiles::ReadThroughLinks(const std::string& path, const Visit& visit) {
  struct stat status;
  if (!tree_.Stat(path, &status)) {
    const int error = errno;
    signature_->AddFailedPath(path, error);
    // CA directories often have dangling links: a package was removed without a rehash.
    if (LeadsNowhere(error)) return visit.result->dangling.push_back(path);
    errors_->push_back(ErrnoError("stat", error, path));
    return;
  }
  const FileStamp stamp = FileStamp::From(status);
  signature_->AddPath(path, stamp);
  if (S_ISDIR(status.st_mode)) return visit.result->subdirectories.push_back(path);
  if (!S_ISREG(status.st_mode)) return AddNotRegular(status.st_mode, path);
  if (!CountKnown(stamp, visit)) ReadRegular(tree_.OpenFile(path), path, stamp, visit);
}

bool StoreFiles::CountKnown(const FileStamp& stamp, const Visit& visit) {
  const auto known = visit.read->find(stamp.id);
  if (known == visit.read->end()) return false;
  visit.result->known_certificates += known->second;
  return true;
}

// `fd` is what opening gave, errno untouched since. True when the visitor saw the file.
bool StoreFiles::ReadRegular(UniqueFd fd, const std::string& path, const FileStamp& stamp,
                             const Visit& visit) {
  struct stat status;
  const char* operation = "open";
  int error = fd ? 0 : errno;
  if (error == 0 && fstat(fd.get(), &status) != 0) {
    operation = "fstat";
    error = errno;
  }
  if (error == 0 && !S_ISREG(status.st_mode)) {
    AddNotRegular(status.st_mode, path);
    return false;
  }
  if (error == 0) {
    operation = "read";
    error = buffer_.ReadAll(fd.get(), status.st_size);
  }
  if (error == EFBIG) {
    StoreError too_large(StoreErrorCode::kFileTooLarge, "read",
                         "it is larger than 64 MiB and was not read");
    too_large.path = path;
    errors_->push_back(std::move(too_large));
    return false;
  }
  if (error != 0) {
    errors_->push_back(ErrnoError(operation, error, path));
    return false;
  }
  const uint32_t certificates = visit.visitor(path, buffer_.data(), buffer_.size());
  if (certificates == kPassedOver) return true;
  (*visit.read)[stamp.id] = certificates;
  visit.result->certificates += certificates;
  return true;
}

const StoreFiles::Directory* StoreFiles::OpenLinkParent(const std::string& path) {
  const auto known = link_parents_.find(path);
  if (known != link_parents_.end()) return known->second.fd ? &known->second : nullptr;
  Directory& directory = link_parents_[path];
  // A store whose links lead to ever more directories must not use up the descriptors of the
  // process.
  if (link_parents_.size() > kMaxLinkParents) return nullptr;
  directory.fd = tree_.OpenDirectoryForLookup(path);
  struct stat status;
  if (!directory.fd || fstat(directory.fd.get(), &status) != 0) return nullptr;
  directory.index = signature_->AddDirectory(path, FileStamp::From(status), false);
  return &directory;
}

void StoreFiles::AddNotRegular(mode_t mode, const std::string& path) {
  StoreError error(StoreErrorCode::kNotRegularFile, "open",
                   std::string("it is ") + FileTypeName(mode) + ", not a regular file");
  error.path = path;
  errors_->push_back(std::move(error));
}

}  // namespace os_truststore
