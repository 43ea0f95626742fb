// Implements the watch for systems whose native layer has nothing to listen to. On Unix, TypeScript
// watches the files.
#include "store_watch.h"

namespace os_truststore {

std::unique_ptr<StoreWatch> WatchSystemStore(const ReadRequest&, std::function<void()>,
                                             std::optional<StoreError>*) {
  return nullptr;
}

}  // namespace os_truststore
