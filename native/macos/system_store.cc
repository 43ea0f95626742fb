// Reads trust settings and keychains of macOS through Security.framework. Nothing here evaluates a
// chain or a policy: readers that ask SecTrustEvaluate for every certificate lose 5 to 100 seconds
// that way. Apple's own listing of the system domain does evaluate, see trust_domains.h.
//
// It gives no StoreSignature. trustd has moved its settings (recent releases: a directory below
// /private/var/protected that not even root may list), keychains may lie anywhere, and Apple's
// roots also change by updates of their own, so no set of files proves that nothing changed.
// store_watch.h notices changes.
#include "system_store.h"

#include <sys/stat.h>

#include "certificate_set.h"
#include "macos/keep_loaded.h"
#include "macos/keychain.h"
#include "macos/security_lock.h"
#include "macos/trust_domains.h"

namespace os_truststore {
namespace {

// Where older releases keep trust settings. Only shown to people.
constexpr char kTrustSettingsDirectory[] = "/Library/Security/Trust Settings";

ReadResult CancelledResult(ReadResult result) {
  result.certificates.clear();
  result.cancelled = true;
  return result;
}

StoreError BusyError() {
  return StoreError(StoreErrorCode::kReadFailed, "wait for Security.framework",
                    "an earlier read of this process has been waiting for macOS for too long");
}

StoreLocation MakeLocation(SourceKind kind, const char* name) {
  StoreLocation location{kind, name, "", "macos"};
  location.state = LocationState::kRead;
  return location;
}

}  // namespace

const char* BackendName() { return "macos"; }

ReadResult ReadSystemStore(const ReadRequest& request) {
  KeepCodeLoaded();
  ReadResult result;
  const SecurityLock lock(request);
  if (!lock.held()) {
    if (request.IsCancelled()) return CancelledResult(std::move(result));
    result.errors.push_back(BusyError());
    return result;
  }
  CertificateSet found;
  if (!ReadTrustDomains(request, &found, &result) || !ReadKeychains(request, &found, &result)) {
    return CancelledResult(std::move(result));
  }
  result.certificates = found.Take();
  return result;
}

VerifyPaths ReadVerifyPaths(const ReadRequest&) {
  VerifyPaths paths;
  for (const char* domain : {"admin", "user", "system"}) {
    paths.locations.push_back(MakeLocation(SourceKind::kMacTrustDomain, domain));
  }
  paths.locations.push_back(MakeLocation(SourceKind::kMacKeychain, kKeychainSearchList));
  struct stat status;
  if (stat(kTrustSettingsDirectory, &status) == 0) {
    paths.distrust_paths.push_back(kTrustSettingsDirectory);
  }
  return paths;
}

}  // namespace os_truststore
