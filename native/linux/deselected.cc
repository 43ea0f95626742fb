#include "linux/deselected.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "input/certificate_input.h"

namespace os_truststore {

namespace {

constexpr const char* kPackageDirectory = "/usr/share/ca-certificates";
constexpr const char* kLocalDirectory = "/usr/local/share/ca-certificates";
constexpr size_t kMaxLocalDirectories = 1000;

bool HasParentComponent(std::string_view path) {
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

class DeselectedReader {
 public:
  DeselectedReader(StoreFiles* files, std::vector<StoreError>* errors)
      : files_(files), errors_(errors) {}

  // update-ca-certificates(8): "Lines that begin with '!' are deselected, causing the deactivation
  // of the CA certificate in question", and "all certificates with a .crt extension found below
  // /usr/local/share/ca-certificates are also included as implicitly trusted": a copy the
  // administrator put there wins over the line. A line that names the local file itself is ignored
  // by that program; whoever wrote it meant it.
  void Read(std::vector<StoreCertificate>* deselected) {
    const std::vector<std::string> names = ReadNames();
    std::vector<StoreCertificate> packaged;
    for (const std::string& name : names) {
      ReadDeselectedFile(JoinPath(kPackageDirectory, name), &packaged);
      const std::string local = JoinPath(kLocalDirectory, name);
      if (ReadDeselectedFile(local, deselected)) named_.insert(local);
    }
    if (packaged.empty()) return;
    ReadLocal(kLocalDirectory);
    for (StoreCertificate& certificate : packaged) {
      if (local_.count(certificate.der) == 0) deselected->push_back(std::move(certificate));
    }
  }

 private:
  std::vector<std::string> ReadNames() {
    std::vector<std::string> names;
    ReadFiles read;
    files_->ReadFile(kDeselectionFile, &read,
                     [&](const std::string&, const uint8_t* bytes, size_t size) {
                       names = ParseNames({reinterpret_cast<const char*>(bytes), size});
                       return 0;
                     });
    return names;
  }

  std::vector<std::string> ParseNames(std::string_view text) {
    std::vector<std::string> names;
    for (size_t number = 1; !text.empty(); ++number) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line[0] != '!') continue;
      line.remove_prefix(1);
      line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
      if (HasParentComponent(line) || line.find('\0') != std::string_view::npos) {
        AddError(kDeselectionFile, "line " + std::to_string(number) +
                                       " deselects a path outside the certificate directories");
      } else if (!line.empty()) {
        names.emplace_back(line);
      }
    }
    return names;
  }

  // False when there is no such file: packages come and go, their lines stay.
  bool ReadDeselectedFile(const std::string& path, std::vector<StoreCertificate>* deselected) {
    if (files_->IsAbsent(path)) return false;
    ReadFiles read;
    const auto result =
        files_->ReadFile(path, &read, [&](const std::string&, const uint8_t* bytes, size_t size) {
          CertificateInput input = ReadCertificateInput(bytes, size);
          if (input.certificates.empty() || !input.errors.empty()) {
            AddError(path, input.errors.empty() ? "it is deselected but holds no certificate"
                                                : input.errors[0].message);
          }
          for (StoreCertificate& certificate : input.certificates) {
            if (!certificate.parsed) AddError(path, certificate.unparsable_reason);
            certificate.trust = TrustStatus::kDistrusted;
            certificate.sources = {{SourceKind::kFile, path, kDeselectionFile, ""}};
            deselected->push_back(std::move(certificate));
          }
          return 0;
        });
    return result.outcome != StoreFiles::Outcome::kMissing;
  }

  // Links to directories are followed, as `find -L` does there; the count is what ends a circle of
  // them.
  void ReadLocal(const std::string& directory) {
    const auto result = files_->ReadDirectory(
        directory, &local_read_, [&](const std::string& path, const uint8_t* bytes, size_t size) {
          const bool is_crt = path.size() > 4 && path.compare(path.size() - 4, 4, ".crt") == 0;
          if (!is_crt || named_.count(path) != 0) return 0;
          for (StoreCertificate& certificate : ReadCertificateInput(bytes, size).certificates) {
            local_.insert(std::move(certificate.der));
          }
          return 0;
        });
    if (local_directories_.size() == kMaxLocalDirectories) return;
    if (!local_directories_.emplace(result.id, 0).second) return;  // a circle
    for (const std::string& subdirectory : result.subdirectories) {
      if (!files_->IsCancelled()) ReadLocal(subdirectory);
    }
  }

  void AddError(const std::string& path, std::string message) {
    StoreError error(StoreErrorCode::kBadCertificate, "read distrust", std::move(message));
    error.path = path;
    errors_->push_back(std::move(error));
  }

  StoreFiles* const files_;
  std::vector<StoreError>* const errors_;
  std::set<std::string> named_;
  std::set<std::vector<uint8_t>> local_;
  ReadFiles local_read_;
  ReadFiles local_directories_;
};

}  // namespace

const char* const kDeselectionFile = "/etc/ca-certificates.conf";

void ReadDeselected(StoreFiles* files, std::vector<StoreError>* errors,
                    std::vector<StoreCertificate>* deselected) {
  DeselectedReader(files, errors).Read(deselected);
}

}  // namespace os_truststore
