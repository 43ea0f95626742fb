// Serialises what this process asks of Security.framework.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_SECURITY_LOCK_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_SECURITY_LOCK_H_

#include "system_store.h"

namespace os_truststore {

// The keychain and trust-settings functions share caches that are not safe against each other from
// several threads; Chromium therefore holds one lock around all of them
// (crypto/mac_security_services_lock.h), and crashes of readers without one are on record for
// macOS 26. A lock that outlives every reader has to be process-wide: it is the only state of this
// backend that is.
//
// A read that hangs in trustd keeps the lock. Others then wait, but not for ever: until they are
// cancelled, or until their patience ends.
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
