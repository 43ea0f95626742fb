#include "linux/distrust.h"

#include <string_view>
#include <utility>

#include "input/certificate_input.h"
#include "linux/deselected.h"
#include "linux/p11_kit.h"
#include "trust/file_trust.h"

namespace os_truststore {

namespace {

// p11-kit's trust module loads the files of an input directory, of its anchors/ and of its
// blocklist/, and nothing further down (p11_token_load in trust/token.c). "Files placed in the
// blocklist/ subdirectory are distrusted whether they contain trust information or not"
// (https://p11-glue.github.io/p11-glue/p11-kit/manual/trust-module.html), and files of the other
// two may hold objects marked as distrusted (populate_trust in trust/parser.c). Each distrusted
// object also removes every certificate with its issuer and serial number or with its public key,
// wherever that lies (blocklist_load and check_trust_flags in trust/enumerate.c). The input
// directories by distribution:
constexpr const char* kP11KitDirectories[] = {
    "/etc/pki/ca-trust/source",                 // RHEL, Fedora: update-ca-trust(8)
    "/usr/share/pki/ca-trust-source",           // RHEL, Fedora: the same, lower priority
    "/etc/pki/trust",                           // SUSE: update-ca-certificates(8)
    "/usr/share/pki/trust",                     // SUSE
    "/etc/ca-certificates/trust-source",        // Arch: update-ca-trust(8)
    "/usr/share/ca-certificates/trust-source",  // Arch
};

// p11-kit before 0.24, which RHEL 8 has, used the second name; it never means trust.
constexpr const char* kBlocklistNames[] = {"blocklist", "blacklist"};
constexpr const char* kAnchorsName = "anchors";

// certctl(8) keeps what it was told to untrust in the first two, or in the last, and fills its own
// directories from the others when it rehashes (UNTRUSTPATH in FreeBSD's certctl.sh up to 14,
// default_untrusted_paths in certctl.c since 15).
constexpr const char* kUntrustedDirectories[] = {
    "/etc/ssl/untrusted",                // FreeBSD
    "/etc/ssl/blacklisted",              // FreeBSD 12.2
    "/usr/share/certs/untrusted",        // FreeBSD, the vendor's
    "/usr/share/certs/blacklisted",      // FreeBSD 12.2
    "/usr/local/share/certs/untrusted",  // FreeBSD 15, the administrator's
    "/usr/local/etc/ssl/untrusted",      // FreeBSD up to 14
    "/usr/local/etc/ssl/blacklisted",    // FreeBSD 12.2
    "/etc/openssl/untrusted",            // NetBSD
};

// Returns the contents of a short-form DER INTEGER; serial numbers have at most 20 octets (RFC
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
      ReadP11KitDirectory(JoinPath(directory, kAnchorsName));
      for (const char* name : kBlocklistNames) ReadBlocklist(JoinPath(directory, name), true);
    }
    for (const char* directory : kUntrustedDirectories) ReadBlocklist(directory, false);
    return std::move(distrust_);
  }

 private:
  // Returns false when there is no such directory, because then nothing is below it.
  bool ReadP11KitDirectory(const std::string& directory) {
    ReadFiles read;
    const auto result = files_->ReadDirectory(
        directory, &read, [&](const std::string& path, const uint8_t* bytes, size_t size) {
          place_ = {path, directory, "", ""};
          if (LooksLikeP11Kit(bytes, size)) {
            AddP11Kit(ParseP11Kit(bytes, size, true), false);
          } else if (MayReject(bytes, size)) {
            AddRejected(ReadCertificateInput(bytes, size));
          }
          return 0;
        });
    return result.outcome != StoreFiles::Outcome::kMissing;
  }

  void ReadBlocklist(const std::string& directory, bool by_key) {
    by_key_ = by_key;
    ReadFiles read;
    const auto result = files_->ReadDirectory(
        directory, &read, [&](const std::string& path, const uint8_t* bytes, size_t size) {
          place_ = {path, directory, "", ""};
          if (!LooksLikeP11Kit(bytes, size)) {
            AddListed(ReadCertificateInput(bytes, size));
          } else if (!AddP11Kit(ParseP11Kit(bytes, size, false), true)) {
            place_.label.clear();
            AddBlocks(ReadCertificateInput(bytes, size));
          }
          return 0;
        });
    for (const std::string& path : result.dangling) {
      place_ = {path, directory, "", ""};
      AddError("it is in a blocklist but leads to no file, so it distrusts none");
    }
    by_key_ = true;
  }

  // Adds the PEM blocks of a damaged file: p11-kit then takes them all, whatever object they are in
  // (p11_parse_memory in trust/parser.c).
  void AddBlocks(CertificateInput input) {
    for (StoreCertificate& certificate : input.certificates) {
      if (certificate.parsed && distrust_.names.Find(certificate) == nullptr) {
        AddDistrusted(std::move(certificate));
      }
    }
  }

  // Adds a file of a blocklist: everything in it is distrusted.
  void AddListed(CertificateInput input) {
    AddErrors(std::move(input.errors));
    if (input.certificates.empty()) {
      AddError("it is in a blocklist but holds no certificate, so it distrusts none");
    }
    for (StoreCertificate& certificate : input.certificates) {
      if (!certificate.parsed) AddError(certificate.unparsable_reason);
      AddDistrusted(std::move(certificate));
    }
  }

  static bool MayReject(const uint8_t* bytes, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    return text.find("TRUSTED CERTIFICATE") != std::string_view::npos;
  }

  // A file beside the blocklist.
  void AddRejected(CertificateInput input) {
    for (StoreCertificate& certificate : input.certificates) {
      if (!SetRejected(&certificate)) continue;
      if (certificate.trust == TrustStatus::kDistrusted) {
        AddDistrusted(std::move(certificate));
      } else {
        Add(std::move(certificate));
      }
    }
  }

  // Returns whether the whole file could be read.
  bool AddP11Kit(P11KitFile file, bool in_blocklist) {
    const bool is_whole = file.errors.empty();
    AddErrors(std::move(file.errors));
    for (P11KitObject& object : file.objects) {
      place_.label = std::move(object.label);
      if (!in_blocklist && !object.is_distrusted) AddDated(object);
      if (!in_blocklist && !(object.is_certificate && object.is_distrusted)) continue;
      if (!object.is_certificate) continue;  // an extension attached to a key
      const bool has_name = !object.issuer.empty() && !object.serial_number.empty();
      if (has_name)
        distrust_.names.Add(object.issuer, IntegerContents(object.serial_number), place_);
      if (!object.public_key.empty()) distrust_.names.AddKey(object.public_key, place_);
      if (!object.der.empty()) {
        StoreCertificate certificate = MakeStoreCertificate(object.der.data(), object.der.size());
        if (!certificate.parsed) AddError(certificate.unparsable_reason);
        AddDistrusted(std::move(certificate));
      } else if (!has_name && object.public_key.empty()) {
        AddError(
            "a distrusted object names no certificate: it has neither a value nor issuer "
            "and serial number nor a public key");
      }
    }
    return is_whole;
  }

  void AddDated(const P11KitObject& object) {
    if (!object.is_certificate || object.distrust_after == kNeverDistrusted) return;
    if (object.distrust_after == kUnreadableDate) {
      AddError("a date of distrust cannot be read, so it counts as past");
    }
    StoreCertificate certificate = MakeStoreCertificate(object.der.data(), object.der.size());
    if (!certificate.parsed) return AddError("a date of distrust is of no certificate");
    SetDated(object.distrust_after, &certificate);
    Add(std::move(certificate));
  }

  void AddDistrusted(StoreCertificate certificate) {
    if (by_key_) distrust_.names.Add(certificate, place_);
    certificate.trust = TrustStatus::kDistrusted;
    Add(std::move(certificate));
  }

  void Add(StoreCertificate certificate) {
    certificate.sources = {place_.ToSource()};
    distrust_.certificates.push_back(std::move(certificate));
  }

  void AddErrors(std::vector<StoreError> errors) {
    for (StoreError& error : errors) {
      error.path = place_.path;
      errors_->push_back(std::move(error));
    }
  }

  void AddError(std::string message) {
    StoreError error(StoreErrorCode::kBadCertificate, "read distrust", std::move(message));
    error.path = place_.path;
    errors_->push_back(std::move(error));
  }

  StoreFiles* const files_;
  std::vector<StoreError>* const errors_;
  Distrust distrust_;
  DistrustOrigin place_;  // what is being read
  bool by_key_ = true;    // as p11-kit does; certctl removes only the certificates themselves
};

}  // namespace

Distrust ReadDistrust(StoreFiles* files, std::vector<StoreError>* errors) {
  return DistrustReader(files, errors).Read();
}

std::vector<std::string> DistrustPaths() {
  std::vector<std::string> paths = {kDeselectionFile};
  for (const char* directory : kP11KitDirectories) {
    paths.push_back(directory);
    paths.push_back(JoinPath(directory, kAnchorsName));
    for (const char* name : kBlocklistNames) paths.push_back(JoinPath(directory, name));
  }
  paths.insert(paths.end(), std::begin(kUntrustedDirectories), std::end(kUntrustedDirectories));
  return paths;
}

}  // namespace os_truststore
