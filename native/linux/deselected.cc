#include "linux/deselected.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "asn1/der_reader.h"
#include "input/certificate_input.h"

namespace os_truststore {

namespace {

constexpr const char* kPackageDirectory = "/usr/share/ca-certificates";
constexpr const char* kMozillaDirectory = "/usr/share/ca-certificates/mozilla";
constexpr const char* kLocalDirectory = "/usr/local/share/ca-certificates";
constexpr size_t kMaxLocalDirectories = 1000;

// Reads lines as `while read name` in that script does: blanks around a name are removed, a
// backslash keeps the next character as it is (and joins lines), and a last line without an end is
// ignored.
std::vector<std::string> NamesIn(std::string_view lines) {
  std::vector<std::string> names;
  std::string name;
  size_t length = 0;  // without blanks at the end
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool is_escaped = lines[i] == '\\' && i + 1 < lines.size();
    const char c = lines[is_escaped ? ++i : i];
    if (c == '\0' || (c == '\n' && is_escaped)) continue;
    if (c == '\n') {
      name.resize(length);
      if (!name.empty()) names.push_back(std::move(name));
      name.clear();
      length = 0;
      continue;
    }
    const bool is_blank = !is_escaped && (c == ' ' || c == '\t');
    if (is_blank && name.empty()) continue;
    name += c;
    if (!is_blank) length = name.size();
  }
  return names;
}

// Every path is longer than ".crt".
bool EndsWithCrt(const std::string& path) { return path.compare(path.size() - 4, 4, ".crt") == 0; }

// Returns the TBSCertificate, which is the same in every encoding of the signature.
std::string SignedPart(const StoreCertificate& certificate) {
  DerReader whole(certificate.der.data(), certificate.der.size());
  DerElement outer, signed_part;
  if (!whole.Read(kDerSequence, &outer) || !DerReader(outer).Read(&signed_part)) return "";
  return {reinterpret_cast<const char*>(signed_part.start), signed_part.TotalSize()};
}

// Debian's update-ca-certificates, ca-certificates 20230311, makes a bundle of every file that a
// line of the configuration names, wherever the line stands, and of "all certificates with a .crt
// extension found below /usr/local/share/ca-certificates", which no line can deselect
// (update-ca-certificates(8)). A certificate in that bundle stays, even if another file with it is
// deselected. A certificate that is not in it and that a line with "!" names is distrusted, even if
// the script left a link to it: the script misses the link if the file's name has blanks or
// brackets, or if the line ends in a carriage return or is the last one and has no end.
class DeselectedReader {
 public:
  DeselectedReader(StoreFiles* files, std::vector<StoreError>* errors)
      : files_(files), errors_(errors) {}

  void Read(std::vector<StoreCertificate>* deselected) {
    ReadConfiguration();
    std::vector<StoreCertificate> found;
    for (const std::string& name : NamesIn(deselected_lines_)) ReadDeselectedFile(name, &found);
    if (found.empty()) return;
    for (const std::string& name : NamesIn(selected_lines_)) ReadSelectedFile(name);
    ReadLocal(kLocalDirectory);
    for (StoreCertificate& certificate : found) {
      if (selected_.count(SignedPart(certificate)) == 0) {
        deselected->push_back(std::move(certificate));
      }
    }
  }

 private:
  void ReadConfiguration() {
    ReadFiles read;
    files_->ReadFile(kDeselectionFile, &read,
                     [&](const std::string&, const uint8_t* bytes, size_t size) {
                       SortLines({reinterpret_cast<const char*>(bytes), size});
                       return 0;
                     });
  }

  void SortLines(std::string_view text) {
    while (!text.empty()) {
      const size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
      std::string_view line = text.substr(0, size);
      text.remove_prefix(size);
      if (line[0] == '!') {
        line = line.substr(1, line.find_last_not_of("\r\n"));
        deselected_lines_.append(line).append(1, '\n');
      } else if (line[0] != '#') {
        selected_lines_.append(line);
      }
    }
  }

  // The script removes the link that the last part of the name makes, so a line without the right
  // directory or without ".crt" deselects the same file. A missing file is no error: packages come
  // and go, but their lines stay.
  void ReadDeselectedFile(const std::string& name, std::vector<StoreCertificate>* found) {
    std::string path = JoinPath(kPackageDirectory, name);
    if (files_->IsAbsent(path)) {
      path = JoinPath(kMozillaDirectory, name.substr(name.rfind('/') + 1));
      if (!EndsWithCrt(path)) path += ".crt";
      if (files_->IsAbsent(path)) return;
    }
    ReadFiles read;
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
        found->push_back(std::move(certificate));
      }
      return 0;
    });
  }

  void ReadSelectedFile(const std::string& name) {
    const std::string path = JoinPath(kPackageDirectory, name);
    if (files_->IsAbsent(path)) return;
    files_->ReadFile(path, &selected_files_,
                     [&](const std::string&, const uint8_t* bytes, size_t size) {
                       return AddSelected(bytes, size);
                     });
  }

  // Links to directories are followed, as `find -L` does; the limit ends circular links.
  void ReadLocal(const std::string& directory) {
    const auto result =
        files_->ReadDirectory(directory, &selected_files_,
                              [&](const std::string& path, const uint8_t* bytes, size_t size) {
                                return EndsWithCrt(path) ? AddSelected(bytes, size) : kPassedOver;
                              });
    if (local_directories_.size() == kMaxLocalDirectories) return;
    if (!local_directories_.emplace(result.id, 0).second) return;  // a circle
    for (const std::string& subdirectory : result.subdirectories) {
      if (!files_->IsCancelled()) ReadLocal(subdirectory);
    }
  }

  // The script concatenates the files as they are, and DER inside the result is not found. A
  // TRUSTED CERTIFICATE that rejects a purpose is no reason to trust.
  uint32_t AddSelected(const uint8_t* bytes, size_t size) {
    if (size > 1 && bytes[0] == kDerSequence && bytes[1] > 0x7F) return 0;
    for (const StoreCertificate& certificate : ReadCertificateInput(bytes, size).certificates) {
      if (certificate.rejected == kNoUsages) selected_.insert(SignedPart(certificate));
    }
    return 0;
  }

  void AddError(const std::string& path, std::string message) {
    StoreError error(StoreErrorCode::kBadCertificate, "read distrust", std::move(message));
    error.path = path;
    errors_->push_back(std::move(error));
  }

  StoreFiles* const files_;
  std::vector<StoreError>* const errors_;
  std::string deselected_lines_;
  std::string selected_lines_;
  std::set<std::string> selected_;
  ReadFiles selected_files_;
  ReadFiles local_directories_;
};

}  // namespace

const char* const kDeselectionFile = "/etc/ca-certificates.conf";

void ReadDeselected(StoreFiles* files, std::vector<StoreError>* errors,
                    std::vector<StoreCertificate>* deselected) {
  DeselectedReader(files, errors).Read(deselected);
}

}  // namespace os_truststore
