// macOS: trust settings and keychains, read through Security.framework. Nothing of ours evaluates a
// chain or a policy: that is where readers that ask SecTrustEvaluate for every certificate lose 5
// to 100 seconds. Apple's own listing of the system domain does, see trust_domains.h.
//
// No StoreSignature is given. Where trustd keeps the settings has moved (recent releases: a
// directory below /private/var/protected that not even root may list), keychains may lie anywhere,
// and Apple's roots also change by updates of their own: no set of files tells soundly that nothing
// changed. Changes are heard of through store_watch.h.
#include "system_store.h"

#include <sys/stat.h>

#include "certificate_set.h"
#include "macos/keep_loaded.h"
#include "macos/keychain.h"
#include "macos/security_lock.h"
#include "macos/trust_domains.h"

namespace os_truststore {
namespace {

// Trust settings as they were kept up to the releases that moved them. For people to look at.
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
