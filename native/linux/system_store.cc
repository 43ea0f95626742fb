// Reads the store of Linux and other Unix systems: CA files and directories, minus what the system
// distrusts.
#include "system_store.h"

#include <dirent.h>

#include <string>
#include <utility>
#include <vector>

#include "certificate_set.h"
#include "input/certificate_input.h"
#include "linux/ca_locations.h"
#include "linux/distrust.h"
#include "linux/errno_name.h"
#include "linux/host_openssl.h"
#include "linux/store_files.h"
#include "linux/tree.h"
#include "linux/unique_fd.h"
#include "trust/file_trust.h"

namespace os_truststore {

namespace {

class StoreReader {
 public:
  explicit StoreReader(const ReadRequest& request)
      : request_(request), files_(request, &result_.errors) {}

  ReadResult Read() {
    ReadLocations(CaFileLocations(request_), SourceKind::kFile);
    ReadLocations(CaDirectoryLocations(request_), SourceKind::kDirectory);
    Distrust distrust = ReadDistrust(&files_, &result_.errors);
    for (StoreCertificate& certificate : distrust.certificates) {
      if (CountsBeside(set_.Find(certificate.der), certificate)) set_.Add(std::move(certificate));
    }
    result_.certificates = set_.Take();
    distrust.names.ApplyTo(&result_.certificates);
    result_.distrusted_names = std::move(distrust.names);
    result_.cancelled = request_.IsCancelled();
    if (!result_.cancelled) result_.signature = files_.TakeSignature();
    return std::move(result_);
  }

 private:
  void ReadLocations(std::vector<CaLocation> locations, SourceKind kind) {
    bool found = false;
    for (CaLocation& location : locations) {
      StoreLocation report{kind, location.path, "", location.origin};
      if ((found && !location.is_demanded) || request_.IsCancelled()) {
        report.state = LocationState::kNotNeeded;
      } else if (ReadLocation(location, &report)) {
        found = true;
      }
      result_.locations.push_back(std::move(report));
    }
  }

  // Returns whether a certificate was found there.
  bool ReadLocation(const CaLocation& location, StoreLocation* report) {
    const bool is_file = report->kind == SourceKind::kFile;
    const std::string directory = is_file ? "" : location.path;
    const size_t errors_before = result_.errors.size();
    const FileVisitor visit = [&](const std::string& path, const uint8_t* bytes, size_t size) {
      return AddCertificates({report->kind, path, directory, ""},
                             ReadCertificateInput(bytes, size, &set_));
    };
    const StoreFiles::Result result = is_file ? files_.ReadFile(location.path, &read_, visit)
                                              : files_.ReadDirectory(location.path, &read_, visit);
    report->certificates = result.certificates;
    report->state = result.outcome == StoreFiles::Outcome::kRead      ? LocationState::kRead
                    : result.outcome == StoreFiles::Outcome::kMissing ? LocationState::kMissing
                                                                      : LocationState::kFailed;
    const bool found = result.certificates + result.known_certificates > 0;
    if (location.is_demanded) NameVariable(location, result, found, errors_before);
    return found;
  }

  // When something the user named is missing, the error also names the variable.
  void NameVariable(const CaLocation& location, const StoreFiles::Result& result, bool found,
                    size_t errors_before) {
    if (result.outcome == StoreFiles::Outcome::kMissing) {
      result_.errors.push_back(ErrnoError("open", result.error, location.path));
    } else if (!found && location.origin != "SSL_CERT_DIR" &&
               result_.errors.size() == errors_before) {
      StoreError error(StoreErrorCode::kBadCertificate, "parse", "it holds no certificate");
      error.path = location.path;
      result_.errors.push_back(std::move(error));
    }
    for (size_t i = errors_before; i < result_.errors.size(); ++i) {
      if (result_.errors[i].path != location.path) continue;
      result_.errors[i].message += " (named by " + location.origin + ")";
    }
  }

  // Returns how many of them are certificates.
  uint32_t AddCertificates(const CertificateSource& source, CertificateInput input) {
    for (StoreError& error : input.errors) {
      error.path = source.location;
      result_.errors.push_back(std::move(error));
    }
    const bool is_reason_to_trust = IsReasonToTrust(source, set_.size() == 0);
    uint32_t parsed = 0;
    for (StoreCertificate& certificate : input.certificates) {
      SetListed(is_reason_to_trust, &certificate);
      parsed += certificate.parsed ? 1 : 0;
      certificate.sources.push_back(source);
      set_.Add(std::move(certificate));
    }
    return parsed;
  }

  const ReadRequest& request_;
  ReadResult result_;
  StoreFiles files_;
  CertificateSet set_;
  ReadFiles read_;
};

class PathsReader {
 public:
  explicit PathsReader(const ReadRequest& request) : request_(request), tree_(request.root) {}

  VerifyPaths Read() {
    const OpenSslDefaults defaults = HostOpenSslDefaults();
    paths_.openssl_file = defaults.file;
    paths_.openssl_directory = defaults.directory;
    paths_.openssl_file_env = defaults.file_env;
    paths_.openssl_directory_env = defaults.directory_env;
    AddLocations(CaFileLocations(request_), SourceKind::kFile);
    AddLocations(CaDirectoryLocations(request_), SourceKind::kDirectory);
    for (std::string& path : DistrustPaths()) {
      struct stat status;
      if (tree_.Stat(path, &status)) paths_.distrust_paths.push_back(std::move(path));
    }
    return std::move(paths_);
  }

 private:
  void AddLocations(std::vector<CaLocation> locations, SourceKind kind) {
    bool found = false;
    for (CaLocation& location : locations) {
      StoreLocation report{kind, std::move(location.path), "", std::move(location.origin)};
      if (HasContent(report)) {
        report.state =
            found && !location.is_demanded ? LocationState::kNotNeeded : LocationState::kRead;
        found = true;
      }
      paths_.locations.push_back(std::move(report));
    }
  }

  // A file with bytes in it or a directory with entries: more cannot be known without reading it.
  bool HasContent(const StoreLocation& location) const {
    struct stat status;
    if (!tree_.Stat(location.location, &status)) return false;
    if (location.kind == SourceKind::kFile) return S_ISREG(status.st_mode) && status.st_size > 0;
    UniqueFd fd = tree_.OpenDirectory(location.location);
    if (!fd) return false;
    DIR* dir = fdopendir(fd.get());
    if (dir == nullptr) return false;
    fd.release();
    int entries = 0;
    while (entries < 3 && readdir(dir) != nullptr) ++entries;  // besides "." and ".."
    closedir(dir);
    return entries == 3;
  }

  const ReadRequest& request_;
  const Tree tree_;
  VerifyPaths paths_;
};

}  // namespace

const char* BackendName() { return "unix"; }

ReadResult ReadSystemStore(const ReadRequest& request) { return StoreReader(request).Read(); }

VerifyPaths ReadVerifyPaths(const ReadRequest& request) { return PathsReader(request).Read(); }

}  // namespace os_truststore
