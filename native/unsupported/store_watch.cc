// For systems whose native layer has nothing to listen to. On Unix the files are watched from
// TypeScript.
#include "store_watch.h"

namespace os_truststore {

std::unique_ptr<StoreWatch> WatchSystemStore(const ReadRequest&, std::function<void()>,
                                             std::optional<StoreError>*) {
  return nullptr;
}

}  // namespace os_truststore
