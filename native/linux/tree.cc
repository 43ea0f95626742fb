#include "linux/tree.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <utility>
#include <vector>

namespace os_truststore {

namespace {

// Linux gives up at the same number (path_resolution(7)).
constexpr int kMaxLinks = 40;

// Puts the components of `path` before those still to be walked.
void Prepend(const std::string& path, std::deque<std::string>* pending) {
  std::vector<std::string> components;
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) components.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  pending->insert(pending->begin(), components.begin(), components.end());
}

bool ReadLink(const std::string& path, std::string* target) {
  target->resize(PATH_MAX);
  const ssize_t length = readlink(path.c_str(), &(*target)[0], target->size());
  if (length < 0) return false;
  target->resize(static_cast<size_t>(length));
  return true;
}

}  // namespace

const int kOpenFileFlags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

std::string JoinPath(const std::string& parent, const std::string& name) {
  std::string path;
  path.reserve(parent.size() + name.size() + 1);
  path.append(parent);
  if (path.empty() || path.back() != '/') path.push_back('/');
  path.append(name);
  return path;
}

Tree::Tree(std::string root) : root_(std::move(root)) {}

bool Tree::Stat(const std::string& path, struct stat* status) const {
  if (root_.empty()) return stat(path.c_str(), status) == 0;
  std::string host_path;
  return Resolve(path, &host_path) && lstat(host_path.c_str(), status) == 0;
}

UniqueFd Tree::OpenDirectory(const std::string& path) const {
  return Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
}

UniqueFd Tree::OpenDirectoryForLookup(const std::string& path) const {
#ifdef O_PATH
  return Open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
#else
  return OpenDirectory(path);
#endif
}

UniqueFd Tree::OpenFile(const std::string& path) const { return Open(path, kOpenFileFlags); }

UniqueFd Tree::Open(const std::string& path, int flags) const {
  if (root_.empty()) return UniqueFd(open(path.c_str(), flags));
  std::string host_path;
  if (!Resolve(path, &host_path)) return UniqueFd();
  return UniqueFd(open(host_path.c_str(), flags | O_NOFOLLOW));
}

bool Tree::Resolve(const std::string& path, std::string* host_path) const {
  std::deque<std::string> pending;
  Prepend(path, &pending);
  std::vector<std::string> walked;
  int links = 0;
  while (!pending.empty()) {
    const std::string component = std::move(pending.front());
    pending.pop_front();
    if (component == ".") continue;
    if (component == "..") {
      if (!walked.empty()) walked.pop_back();
      continue;
    }
    walked.push_back(component);
    *host_path = root_;
    for (const std::string& name : walked) *host_path = JoinPath(*host_path, name);
    struct stat status;
    if (lstat(host_path->c_str(), &status) != 0) return false;
    if (!S_ISLNK(status.st_mode)) continue;
    if (++links > kMaxLinks) {
      errno = ELOOP;
      return false;
    }
    std::string target;
    if (!ReadLink(*host_path, &target)) return false;
    walked.pop_back();
    if (!target.empty() && target[0] == '/') walked.clear();
    Prepend(target, &pending);
  }
  *host_path = root_;
  for (const std::string& name : walked) *host_path = JoinPath(*host_path, name);
  return true;
}

}  // namespace os_truststore
