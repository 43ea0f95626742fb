// The seam between a platform backend and everything else. A backend gathers facts and knows
// nothing of TLS, Node or policy; the pure rules in trust/ judge them. One backend is compiled in,
// chosen by binding.gyp; no #ifdef for an operating system is allowed outside that file and the
// backend folders.
#ifndef OS_TRUSTSTORE_NATIVE_SYSTEM_STORE_H_
#define OS_TRUSTSTORE_NATIVE_SYSTEM_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "asn1/certificate.h"
#include "store_error.h"
#include "trust/distrusted_names.h"
#include "trust/usages.h"

namespace os_truststore {

enum class SourceKind { kFile, kDirectory, kWindowsStore, kMacTrustDomain, kMacKeychain };

// The place where one copy of a certificate was found. Directory entries name the file itself.
struct CertificateSource {
  SourceKind kind;
  std::string location;  // path of the file; Windows store location; macOS trust domain; keychain
  std::string
      store;  // Windows store name (ROOT, CA, …); the CA directory of a file; otherwise empty
  std::string
      label;  // a name given by the store: Windows friendly name, p11-kit label; otherwise empty
  // Whose key it is, if the place distrusts every certificate with a key; otherwise empty.
  std::string shares_key_with = {};
};

// The operating system's verdict on a certificate as a whole.
enum class TrustStatus { kUnspecified, kTrusted, kDistrusted };

// What the place of a certificate says about its role.
enum class Placement {
  kByShape,       // a bundle: self-issued CAs are anchors, other CAs intermediates (Linux)
  kAnchor,        // the store says anchor, whatever its shape (Windows ROOT, macOS trust settings)
  kIntermediate,  // never an anchor, even when self-issued (Windows CA, macOS keychain)
  kLeaf,          // one peer, trusted as itself or not at all (Windows TrustedPeople)
};

// Trust never ends: it is later than any certificate can begin.
constexpr int64_t kNeverDistrusted = INT64_MAX;

// One certificate with what the store says about it. Backends merge duplicates into one entry with
// several sources.
struct StoreCertificate {
  std::vector<uint8_t> der;
  CertificateFields fields;
  bool parsed = false;
  std::string unparsable_reason;  // set when !parsed
  TrustStatus trust = TrustStatus::kUnspecified;
  Placement placement = Placement::kByShape;
  Usages usages =
      kAllUsages;  // what the store allows it for (not the EKU extension: that is in fields)
  Usages rejected = kNoUsages;     // what the store rejects it for (TRUSTED CERTIFICATE)
  Usages vouched = kNoUsages;      // what it ends chains for, self-signed or not (the same)
  bool trusts_no_purpose = false;  // see OpensslTrustSettings
  // It vouches for servers whose certificates begin (notBefore) at this second at the latest, in
  // seconds since the epoch. Code that knows the server's certificate applies it.
  int64_t distrust_after = kNeverDistrusted;
  std::vector<CertificateSource> sources;  // never empty
};

enum class LocationState { kRead, kMissing, kFailed, kNotNeeded };

// One place that was looked at, or would have been, in the order of looking.
struct StoreLocation {
  SourceKind kind;
  std::string location;
  std::string store;
  std::string origin;  // who named it: "SSL_CERT_FILE", "openssl", a distribution, "windows", …
  LocationState state = LocationState::kMissing;
  uint32_t certificates = 0;  // found there, before deduplication
};

// Everything a read depends on. The caller passes the environment in: native code never reads it.
struct ReadRequest {
  std::string root;  // "" is the real file system; tests read whole trees (Unix only)
  // Values of the environment variables with these names, if set and not empty. ssl_cert_dir is a
  // list.
  std::optional<std::string> nix_ssl_cert_file;
  std::optional<std::string> ssl_cert_file;
  std::optional<std::string> ssl_cert_dir;
  // Asks again what is otherwise asked once per process (macOS: the roots that Apple ships).
  bool fresh = false;
  // Another thread sets this to cancel; a backend checks it between files, stores and certificates.
  std::shared_ptr<std::atomic<bool>> cancelled;

  bool IsCancelled() const { return cancelled && cancelled->load(std::memory_order_relaxed); }
};

// Can tell, without reading the store again, whether it is unchanged.
class StoreSignature {
 public:
  virtual ~StoreSignature() = default;
  // True only when nothing that was read can have changed. Takes tens of microseconds, never
  // throws.
  virtual bool IsCurrent() const = 0;
};

struct ReadResult {
  std::vector<StoreCertificate> certificates;  // in source order, no two with the same DER
  // Already applied to `certificates`; kept for certificates from elsewhere.
  DistrustedNames distrusted_names;
  std::vector<StoreError> errors;
  std::vector<StoreLocation> locations;
  std::unique_ptr<StoreSignature> signature;  // null: cannot tell, read again
  bool cancelled = false;
};

// Where this process looks for its CAs. For people and for watchers; touches no certificate.
struct VerifyPaths {
  std::string openssl_file;  // OpenSSL's compiled-in defaults as the host process reports them;
                             // empty if it has none
  std::string openssl_directory;
  std::string openssl_file_env;
  std::string openssl_directory_env;
  std::vector<StoreLocation> locations;  // state is kRead (would be read), kMissing or kNotNeeded
  std::vector<std::string> distrust_paths;  // existing files and directories that carry distrust
};

// Names the backend: "unix", "windows", "macos" or "unsupported".
const char* BackendName();

// Never throws because of the store's contents: errors go to `errors`. May throw std::bad_alloc.
ReadResult ReadSystemStore(const ReadRequest& request);

VerifyPaths ReadVerifyPaths(const ReadRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_SYSTEM_STORE_H_
