#include "synchronization.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

namespace mach_o {
namespace {

// Returns the native object for the one at an address of the image. Never destroyed: threads of the
// image may outlive everything else.
template <typename Native>
class Substitutes {
 public:
  Native* Get(const void* address) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Native>& native = natives_[address];
    if (native == nullptr) native = std::make_unique<Native>();
    return native.get();
  }

  void Forget(const void* address) {
    const std::lock_guard<std::mutex> lock(mutex_);
    natives_.erase(address);
  }

 private:
  std::mutex mutex_;
  std::map<const void*, std::unique_ptr<Native>> natives_;
};

Substitutes<std::mutex>& Mutexes() {
  static auto* const all = new Substitutes<std::mutex>;
  return *all;
}

Substitutes<std::condition_variable>& Conditions() {
  static auto* const all = new Substitutes<std::condition_variable>;
  return *all;
}

void Lock(void* mutex) { Mutexes().Get(mutex)->lock(); }
bool TryLock(void* mutex) { return Mutexes().Get(mutex)->try_lock(); }
void Unlock(void* mutex) { Mutexes().Get(mutex)->unlock(); }
void DestroyMutex(void* mutex) { Mutexes().Forget(mutex); }

void NotifyOne(void* condition) { Conditions().Get(condition)->notify_one(); }
void NotifyAll(void* condition) { Conditions().Get(condition)->notify_all(); }
void DestroyCondition(void* condition) { Conditions().Forget(condition); }

// libc++'s unique_lock: the mutex, and whether it is held.
struct UniqueLock {
  void* mutex;
  bool owns;
};

template <typename Wait>
void WithNativeLock(const UniqueLock* held, const Wait& wait) {
  std::unique_lock<std::mutex> lock(*Mutexes().Get(held->mutex), std::adopt_lock);
  wait(lock);
  lock.release();
}

void WaitOn(void* condition, const UniqueLock* held) {
  WithNativeLock(
      held, [&](std::unique_lock<std::mutex>& lock) { Conditions().Get(condition)->wait(lock); });
}

// `deadline` is a time of the system clock in nanoseconds, which both systems count from 1970.
void WaitUntil(void* condition, const UniqueLock* held, int64_t deadline) {
  const std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds> until{
      std::chrono::nanoseconds(deadline)};
  WithNativeLock(held, [&](std::unique_lock<std::mutex>& lock) {
    Conditions().Get(condition)->wait_until(lock, until);
  });
}

}  // namespace

void* FindSynchronization(const std::string& symbol) {
  static const std::map<std::string, void*> all = {
      {"__ZNSt3__15mutex4lockEv", reinterpret_cast<void*>(&Lock)},
      {"__ZNSt3__15mutex8try_lockEv", reinterpret_cast<void*>(&TryLock)},
      {"__ZNSt3__15mutex6unlockEv", reinterpret_cast<void*>(&Unlock)},
      {"__ZNSt3__15mutexD1Ev", reinterpret_cast<void*>(&DestroyMutex)},
      {"__ZNSt3__118condition_variable10notify_oneEv", reinterpret_cast<void*>(&NotifyOne)},
      {"__ZNSt3__118condition_variable10notify_allEv", reinterpret_cast<void*>(&NotifyAll)},
      {"__ZNSt3__118condition_variableD1Ev", reinterpret_cast<void*>(&DestroyCondition)},
      {"__ZNSt3__118condition_variable4waitERNS_11unique_lockINS_5mutexEEE",
       reinterpret_cast<void*>(&WaitOn)},
      {"__ZNSt3__118condition_variable15__do_timed_waitERNS_11unique_lockINS_5mutexEEENS_6chrono10"
       "time_pointINS5_12system_clockENS5_8durationIxNS_5ratioILl1ELl1000000000EEEEEEE",
       reinterpret_cast<void*>(&WaitUntil)},
  };
  const auto found = all.find(symbol);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace mach_o
