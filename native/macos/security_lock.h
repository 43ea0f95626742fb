// Serialises what this process asks of Security.framework.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_SECURITY_LOCK_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_SECURITY_LOCK_H_

#include "system_store.h"

namespace os_truststore {

// The keychain and trust-settings functions share caches that are not thread-safe. Chromium
// therefore holds one lock around all of them (crypto/mac_security_services_lock.h), and crashes of
// readers without a lock are on record for macOS 26. The lock must outlive every reader, so it is
// process-wide, the only such state of this backend.
//
// A read that hangs in trustd keeps the lock. Others wait until they are cancelled or their
// patience ends, not for ever.
class SecurityLock {
 public:
  explicit SecurityLock(const ReadRequest& request);
  ~SecurityLock();
  SecurityLock(const SecurityLock&) = delete;
  SecurityLock& operator=(const SecurityLock&) = delete;

  bool held() const { return held_; }

 private:
  bool held_ = false;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_SECURITY_LOCK_H_
