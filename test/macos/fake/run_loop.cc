// Implements run loops and keychain events: a callback runs on the thread that registered it,
// within its run loop.
#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "objects.h"

// C declares it outside the fake namespace.
struct __CFRunLoop {
  bool stopped = false;
};

namespace {

using fake::Call;
using fake::Failure;

struct Registration {
  SecKeychainCallback callback = nullptr;
  uint32_t events = 0;
  void* context = nullptr;
  CFRunLoopRef loop = nullptr;
  std::deque<uint32_t> pending;  // masks of one event each
};

struct Loops {
  std::mutex mutex;
  std::condition_variable changed;
  Registration registration;
};

Loops& GetLoops() {
  static Loops* const loops = new Loops;
  return *loops;
}

}  // namespace

extern "C" {

extern const CFRunLoopMode kCFRunLoopDefaultMode;
const CFRunLoopMode kCFRunLoopDefaultMode = reinterpret_cast<CFRunLoopMode>(
    fake::MakeImmortal(fake::Type::kString, "kCFRunLoopDefaultMode"));

CFRunLoopRef CFRunLoopGetCurrent() {
  static thread_local __CFRunLoop loop;
  return &loop;
}

CFRunLoopRunResult CFRunLoopRunInMode(CFRunLoopMode, CFTimeInterval seconds, Boolean) {
  Loops& loops = GetLoops();
  const CFRunLoopRef loop = CFRunLoopGetCurrent();
  std::unique_lock<std::mutex> lock(loops.mutex);
  Registration& registration = loops.registration;
  if (registration.loop != loop) return kCFRunLoopRunFinished;
  loops.changed.wait_for(lock, std::chrono::duration<double>(seconds),
                         [&] { return loop->stopped || !registration.pending.empty(); });
  if (loop->stopped) {
    loop->stopped = false;
    return kCFRunLoopRunStopped;
  }
  if (registration.pending.empty()) return kCFRunLoopRunTimedOut;
  SecKeychainEvent event = 0;
  while (registration.pending.front() >> event != 1) ++event;
  registration.pending.pop_front();
  const SecKeychainCallback callback = registration.callback;
  void* const context = registration.context;
  lock.unlock();
  callback(event, nullptr, context);
  return kCFRunLoopRunHandledSource;
}

void CFRunLoopStop(CFRunLoopRef loop) {
  Loops& loops = GetLoops();
  const std::lock_guard<std::mutex> lock(loops.mutex);
  loop->stopped = true;
  loops.changed.notify_all();
}

OSStatus SecKeychainAddCallback(SecKeychainCallback callback, SecKeychainEventMask events,
                                void* context) {
  const Call call(__func__, Call::Kind::kSecurity);
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  Loops& loops = GetLoops();
  const std::lock_guard<std::mutex> lock(loops.mutex);
  if (loops.registration.callback == callback) return -25297;  // errSecDuplicateCallback
  loops.registration = {callback, events, context, CFRunLoopGetCurrent(), {}};
  return errSecSuccess;
}

OSStatus SecKeychainRemoveCallback(SecKeychainCallback callback) {
  const Call call(__func__, Call::Kind::kSecurity);
  Loops& loops = GetLoops();
  const std::lock_guard<std::mutex> lock(loops.mutex);
  if (loops.registration.callback != callback) return -25298;  // errSecInvalidCallback
  loops.registration = Registration();
  return errSecSuccess;
}

}  // extern "C"

namespace fake {

void PostKeychainEvent(uint32_t event_mask) {
  Loops& loops = GetLoops();
  const std::lock_guard<std::mutex> lock(loops.mutex);
  if ((loops.registration.events & event_mask) == 0) return;
  loops.registration.pending.push_back(event_mask);
  loops.changed.notify_all();
}

bool HasKeychainCallback() {
  Loops& loops = GetLoops();
  const std::lock_guard<std::mutex> lock(loops.mutex);
  return loops.registration.callback != nullptr;
}

}  // namespace fake
