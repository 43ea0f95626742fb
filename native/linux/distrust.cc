#include "linux/distrust.h"

#include <string_view>
#include <utility>

#include "input/certificate_input.h"
#include "linux/deselected.h"
#include "linux/p11_kit.h"

namespace os_truststore {

namespace {

// p11-kit's trust module loads what lies in an input directory itself, and "files placed in the
// blocklist/ subdirectory are distrusted whether they contain trust information or not"
// (https://p11-glue.github.io/p11-glue/p11-kit/manual/trust-module.html). The input directories per
// distribution:
constexpr const char* kP11KitDirectories[] = {
    "/etc/pki/ca-trust/source",                 // RHEL, Fedora: update-ca-trust(8)
    "/usr/share/pki/ca-trust-source",           // RHEL, Fedora: the same, lower priority
    "/etc/pki/trust",                           // SUSE: update-ca-certificates(8)
    "/usr/share/pki/trust",                     // SUSE
    "/etc/ca-certificates/trust-source",        // Arch: update-ca-trust(8)
    "/usr/share/ca-certificates/trust-source",  // Arch
};

// The second is what p11-kit called it before 0.23.21, and still reads.
constexpr const char* kBlocklistNames[] = {"blocklist", "blacklist"};

// certctl(8) keeps there what it was told to untrust.
constexpr const char* kUntrustedDirectories[] = {
    "/etc/ssl/untrusted",              // FreeBSD
    "/etc/ssl/blacklisted",            // FreeBSD 12.2
    "/usr/share/certs/untrusted",      // FreeBSD, the vendor's
    "/usr/local/etc/ssl/untrusted",    // FreeBSD, the administrator's
    "/usr/local/etc/ssl/blacklisted",  // FreeBSD 12.2
    "/etc/openssl/untrusted",          // NetBSD
};

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// The contents of a short-form DER INTEGER; serial numbers have at most 20 octets (RFC
// 5280, 4.1.2.2).
std::vector<uint8_t> IntegerContents(const std::vector<uint8_t>& der) {
  if (der.size() < 2 || der[0] != 0x02 || der[1] != der.size() - 2) return der;
  return std::vector<uint8_t>(der.begin() + 2, der.end());
}

class DistrustReader {
 public:
  DistrustReader(StoreFiles* files, std::vector<StoreError>* errors)
      : files_(files), errors_(errors) {}

  Distrust Read() {
    ReadDeselected(files_, errors_, &distrust_.certificates);
    for (const char* directory : kP11KitDirectories) {
      if (!ReadP11KitDirectory(directory)) continue;
      for (const char* name : kBlocklistNames) ReadBlocklist(JoinPath(directory, name));
    }
    for (const char* directory : kUntrustedDirectories) ReadBlocklist(directory);
    return std::move(distrust_);
  }

 private:
  // False when there is no such directory, and so nothing below it.
  bool ReadP11KitDirectory(const std::string& directory) {
    ReadFiles read;
    const auto result = files_->ReadDirectory(
        directory, &read, [&](const std::string& path, const uint8_t* bytes, size_t size) {
          if (LooksLikeP11Kit(bytes, size)) {
            AddP11Kit(directory, path, ParseP11Kit(bytes, size, true), false);
          } else {
            AddRejected(directory, path, ReadCertificateInput(bytes, size));
          }
          return 0;
        });
    return result.outcome != StoreFiles::Outcome::kMissing;
  }

  void ReadBlocklist(const std::string& directory) {
    ReadFiles read;
    files_->ReadDirectory(directory, &read,
                          [&](const std::string& path, const uint8_t* bytes, size_t size) {
                            if (EndsWith(path, ".p11-kit") || LooksLikeP11Kit(bytes, size)) {
                              AddP11Kit(directory, path, ParseP11Kit(bytes, size, false), true);
                            } else {
                              AddListed(directory, path, ReadCertificateInput(bytes, size));
                            }
                            return 0;
                          });
  }

  // A file of a blocklist: whatever it holds is distrusted.
  void AddListed(const std::string& directory, const std::string& path, CertificateInput input) {
    AddErrors(path, std::move(input.errors));
    if (input.certificates.empty()) {
      AddError(path, "it is in a blocklist but holds no certificate, so it distrusts none");
    }
    for (StoreCertificate& certificate : input.certificates) {
      if (!certificate.parsed) AddError(path, certificate.unparsable_reason);
      AddDistrusted(directory, path, "", std::move(certificate));
    }
  }

  // A file beside the blocklist: what OpenSSL's TRUSTED CERTIFICATE format says against a
  // certificate counts, the rest is the business of the bundle that the system makes of these
  // files.
  void AddRejected(const std::string& directory, const std::string& path, CertificateInput input) {
    for (StoreCertificate& certificate : input.certificates) {
      if (certificate.rejected == kNoUsages && certificate.trust != TrustStatus::kDistrusted)
        continue;
      certificate.sources = {{SourceKind::kDirectory, path, directory, ""}};
      distrust_.certificates.push_back(std::move(certificate));
    }
  }

  void AddP11Kit(const std::string& directory, const std::string& path, P11KitFile file,
                 bool in_blocklist) {
    AddErrors(path, std::move(file.errors));
    for (P11KitObject& object : file.objects) {
      if (!in_blocklist && !(object.is_certificate && object.is_distrusted)) continue;
      if (!object.is_certificate) continue;  // an extension attached to a key
      if (!object.der.empty()) {
        StoreCertificate certificate = MakeStoreCertificate(object.der.data(), object.der.size());
        if (!certificate.parsed) AddError(path, certificate.unparsable_reason);
        AddDistrusted(directory, path, object.label, std::move(certificate));
      } else if (!object.issuer.empty() && !object.serial_number.empty()) {
        distrust_.names.Add(object.issuer, IntegerContents(object.serial_number),
                            {path, directory, std::move(object.label)});
      } else {
        AddError(path,
                 "a distrusted object names no certificate: it has neither a value nor issuer "
                 "and serial number");
      }
    }
  }

  void AddDistrusted(const std::string& directory, const std::string& path, std::string label,
                     StoreCertificate certificate) {
    certificate.trust = TrustStatus::kDistrusted;
    certificate.sources = {{SourceKind::kDirectory, path, directory, std::move(label)}};
    distrust_.certificates.push_back(std::move(certificate));
  }

  void AddErrors(const std::string& path, std::vector<StoreError> errors) {
    for (StoreError& error : errors) {
      error.path = path;
      errors_->push_back(std::move(error));
    }
  }

  void AddError(const std::string& path, std::string message) {
    StoreError error(StoreErrorCode::kBadCertificate, "read distrust", std::move(message));
    error.path = path;
    errors_->push_back(std::move(error));
  }

  StoreFiles* const files_;
  std::vector<StoreError>* const errors_;
  Distrust distrust_;
};

}  // namespace

Distrust ReadDistrust(StoreFiles* files, std::vector<StoreError>* errors) {
  return DistrustReader(files, errors).Read();
}

std::vector<std::string> DistrustPaths() {
  std::vector<std::string> paths = {kDeselectionFile};
  for (const char* directory : kP11KitDirectories) {
    paths.push_back(directory);
    for (const char* name : kBlocklistNames) paths.push_back(JoinPath(directory, name));
  }
  paths.insert(paths.end(), std::begin(kUntrustedDirectories), std::end(kUntrustedDirectories));
  return paths;
}

}  // namespace os_truststore
