#include "linux/store_signature.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace os_truststore {

namespace {

// A file system stamps changes with a clock that stands still between ticks (10 ms where HZ is
// 100), so a file written twice within one tick may keep its stamp. Stamps without sub-centisecond
// digits come from a coarser clock: FAT counts in steps of 2 s, ext3 and HFS+ of 1 s. Git calls
// such entries "racily clean" (https://git-scm.com/docs/racy-git) and does not trust them either.
constexpr int64_t kTickNs = 100 * 1000 * 1000;
constexpr int64_t kCoarseTickNs = 2100LL * 1000 * 1000;
constexpr int64_t kCentisecondNs = 10 * 1000 * 1000;

int64_t NowNs() {
  struct timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

}  // namespace

UnixStoreSignature::UnixStoreSignature(const std::string& root) : tree_(root), began_ns_(NowNs()) {}

void UnixStoreSignature::Note(const FileStamp& stamp) {
  const int64_t newest = stamp.changed_ns;
  const int64_t tick = newest % kCentisecondNs == 0 ? kCoarseTickNs : kTickNs;
  // A stamp from the future stays racy: it proves nothing, and reading again is always right.
  if (newest > began_ns_ - tick) racy_ = true;
}

size_t UnixStoreSignature::AddDirectory(const std::string& path, const FileStamp& stamp,
                                        bool listed) {
  directories_.push_back({path, stamp, false, {}});
  if (listed) MarkListed(directories_.size() - 1);
  return directories_.size() - 1;
}

void UnixStoreSignature::MarkListed(size_t directory) {
  directories_[directory].listed = true;
  Note(directories_[directory].stamp);
}

void UnixStoreSignature::AddFile(size_t directory, const std::string& name,
                                 const FileStamp& stamp) {
  Note(stamp);
  directories_[directory].files.push_back({static_cast<uint32_t>(names_.size()), stamp});
  names_.append(name.c_str(), name.size() + 1);
}

void UnixStoreSignature::AddPath(const std::string& path, const FileStamp& stamp) {
  Note(stamp);
  paths_.push_back({path, stamp, 0});
}

void UnixStoreSignature::AddFailedPath(const std::string& path, int error) {
  paths_.push_back({path, {}, error});
}

bool UnixStoreSignature::IsCurrent() const {
  if (racy_) return false;
  const auto is_current = [this](const auto& entry) { return IsCurrent(entry); };
  try {
    return std::all_of(paths_.begin(), paths_.end(), is_current) &&
           std::all_of(directories_.begin(), directories_.end(), is_current);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool UnixStoreSignature::IsCurrent(const Directory& directory) const {
  const UniqueFd fd = tree_.OpenDirectoryForLookup(directory.path);
  struct stat status;
  if (!fd || fstat(fd.get(), &status) != 0) return false;
  const FileStamp now = FileStamp::From(status);
  if (directory.listed ? !(now == directory.stamp) : !(now.id == directory.stamp.id)) return false;
  for (const File& file : directory.files) {
    if (fstatat(fd.get(), &names_[file.name], &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!(FileStamp::From(status) == file.stamp)) return false;
  }
  return true;
}

bool UnixStoreSignature::IsCurrent(const Path& path) const {
  struct stat status;
  if (!tree_.Stat(path.path, &status)) return errno == path.error;
  return path.error == 0 && FileStamp::From(status) == path.stamp;
}

}  // namespace os_truststore
