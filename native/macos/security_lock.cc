#include "macos/security_lock.h"

#include <chrono>
#include <mutex>
#include <thread>

namespace os_truststore {
namespace {

using std::chrono::steady_clock;

// Apple ends a listing after five seconds, and the other calls have no reason to take long, so a
// read of this length is stuck.
constexpr std::chrono::seconds kPatience(15);
// A cancelled reader leaves within this time. Readers rarely have to wait for each other.
constexpr std::chrono::milliseconds kPollInterval(5);

// Never destroyed: an abandoned reader may still hold it when the process exits.
std::mutex& SecurityMutex() {
  static std::mutex* const mutex = new std::mutex;
  return *mutex;
}

}  // namespace

SecurityLock::SecurityLock(const ReadRequest& request) {
  const auto give_up = steady_clock::now() + kPatience;
  while (!request.IsCancelled()) {
    held_ = SecurityMutex().try_lock();
    if (held_ || steady_clock::now() >= give_up) return;
    std::this_thread::sleep_for(kPollInterval);
  }
}

SecurityLock::~SecurityLock() {
  if (held_) SecurityMutex().unlock();
}

}  // namespace os_truststore
