// Implements the seam for systems without a backend: a named error, never an empty list, because
// that would look like an answer.
#include "system_store.h"

namespace os_truststore {

const char* BackendName() { return "unsupported"; }

ReadResult ReadSystemStore(const ReadRequest&) {
  ReadResult result;
  result.errors.emplace_back(StoreErrorCode::kUnsupported, "read the system store",
                             "os-truststore cannot read the trust store of this operating system");
  return result;
}

VerifyPaths ReadVerifyPaths(const ReadRequest&) { return {}; }

}  // namespace os_truststore
