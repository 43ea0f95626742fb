// One event for all registry keys that the certificate stores live in.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_REGISTRY_SIGNAL_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_REGISTRY_SIGNAL_H_

#include <memory>
#include <optional>
#include <vector>

#include "store_error.h"
#include "windows/scoped_cert.h"

namespace os_truststore {

// Armed when made, and stays set after the first change. It is not re-armed: a new one finds keys
// that were added, removed or recreated meanwhile. Last-write times would not do instead, because
// two writes within one tick of the clock look alike. Volatile keys and group policy keys signal
// like any other; a policy refresh that rewrites the same values signals too.
class RegistrySignal {
 public:
  // Returns null when Windows refuses; then `error` says why.
  static std::unique_ptr<RegistrySignal> Arm(const WindowsApi& api,
                                             std::optional<StoreError>* error);

  // Set from the first change on.
  HANDLE event() const { return event_.get(); }
  bool IsSet() const { return WaitForSingleObject(event_.get(), 0) != WAIT_TIMEOUT; }

 private:
  RegistrySignal(const WindowsApi& api, ScopedEvent event) : api_(api), event_(std::move(event)) {}

  // What the registry answered; ERROR_SUCCESS when armed.
  LSTATUS Watch(HKEY hive, const wchar_t* path);

  const WindowsApi& api_;
  ScopedEvent event_;
  std::vector<ScopedRegistryKey> keys_;  // closed before the event they signal
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_REGISTRY_SIGNAL_H_
