// Notices that the store changed, where the operating system tells. The second seam beside
// system_store.h, with the same rule: one implementation is compiled in, chosen by binding.gyp.
#ifndef OS_TRUSTSTORE_NATIVE_STORE_WATCH_H_
#define OS_TRUSTSTORE_NATIVE_STORE_WATCH_H_

#include <functional>
#include <memory>
#include <optional>

#include "store_error.h"
#include "system_store.h"

namespace os_truststore {

// A running watch, which ends when it is destroyed: when the destructor returns, no callback is
// running or will follow, and every thread and handle of the watch is gone. Never destroy it from
// inside its own callback.
class StoreWatch {
 public:
  virtual ~StoreWatch() = default;
};

// Calls `on_change` on any thread when the store may have changed. It may call several times for
// one change, or without a change, so the caller debounces, reads again and compares. `on_change`
// must not throw or block.
//
// Null without an error means that this system has nothing to listen to: poll the signature of the
// last read instead. Null with an error means that listening was refused.
std::unique_ptr<StoreWatch> WatchSystemStore(const ReadRequest& request,
                                             std::function<void()> on_change,
                                             std::optional<StoreError>* error);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_STORE_WATCH_H_
