// Watches for changed trust settings and keychains through Security itself, as Chromium does
// (KeychainObserver in net/cert/internal/trust_store_mac.cc). SecKeychainAddCallback is deprecated
// since macOS 13 and has no successor.
#include "store_watch.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "macos/keep_loaded.h"
#include "macos/security_lock.h"
#include "macos/trust_domains.h"

namespace os_truststore {
namespace {

using std::chrono::seconds;

constexpr SecKeychainEventMask kEvents = kSecTrustSettingsChangedEventMask | kSecAddEventMask |
                                         kSecDeleteEventMask | kSecKeychainListChangedMask;
// How long a run loop runs before it checks for a stop; CFRunLoopStop usually ends it earlier.
constexpr CFTimeInterval kRunLoopSlice = 1.0;
// Where Security refuses to notify, watchers are told this often to check for themselves.
constexpr seconds kBlindInterval(60);
// A thread stuck inside Security is left behind after this time.
constexpr seconds kStopPatience(2);

OSStatus OnKeychainEvent(SecKeychainEvent event, SecKeychainCallbackInfo* info, void* context);

// The thread whose run loop receives Security's events. The thread shares ownership, because it may
// outlive the watch when Security hangs.
class EventThread {
 public:
  static std::shared_ptr<EventThread> Start() {
    auto self = std::make_shared<EventThread>();
    std::thread([self] { self->Run(); }).detach();
    return self;
  }

  // Returns when the thread has left Security, or is stuck there.
  void Stop() {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_->store(true);
    wake_.notify_all();
    if (loop_ != nullptr) CFRunLoopStop(loop_);
    wake_.wait_for(lock, kStopPatience, [this] { return done_; });
  }

 private:
  void Run();
  bool Register();
  void Listen();
  void Unregister();
  bool WaitForStop(seconds time);

  std::mutex mutex_;
  std::condition_variable wake_;
  const std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  CFRunLoopRef loop_ = nullptr;  // borrowed; valid while the thread runs
  bool done_ = false;
};

// All watchers of this process. Security identifies a callback by its function alone, so there can
// be only one registration, and finding the watchers from it needs process-wide state. Never
// destroyed, because events may come while the process exits.
class WatchHub {
 public:
  static WatchHub& Get() {
    static WatchHub* const hub = new WatchHub;
    return *hub;
  }

  void Add(const std::function<void()>* watcher) {
    const std::lock_guard<std::mutex> lifecycle(lifecycle_);
    {
      const std::lock_guard<std::mutex> lock(watchers_mutex_);
      watchers_.push_back(watcher);
    }
    if (thread_ == nullptr) thread_ = EventThread::Start();
  }

  // `watcher` is not running when this returns and is not called again.
  void Remove(const std::function<void()>* watcher) {
    const std::lock_guard<std::mutex> lifecycle(lifecycle_);
    bool is_last = false;
    {
      const std::lock_guard<std::mutex> lock(watchers_mutex_);
      watchers_.erase(std::remove(watchers_.begin(), watchers_.end(), watcher), watchers_.end());
      is_last = watchers_.empty();
    }
    if (!is_last) return;
    thread_->Stop();
    thread_.reset();
  }

  void NotifyAll() {
    const std::lock_guard<std::mutex> lock(watchers_mutex_);
    for (const std::function<void()>* watcher : watchers_) (*watcher)();
  }

 private:
  std::mutex lifecycle_;  // held while the thread is started or stopped
  std::shared_ptr<EventThread> thread_;
  std::mutex watchers_mutex_;  // held while watchers are called
  std::vector<const std::function<void()>*> watchers_;
};

OSStatus OnKeychainEvent(SecKeychainEvent event, SecKeychainCallbackInfo*, void*) {
  // Other events come with every password that is saved.
  if (event == kSecTrustSettingsChangedEvent) ForgetSystemDomain();
  WatchHub::Get().NotifyAll();
  return errSecSuccess;
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#endif

bool EventThread::Register() {
  ReadRequest stop_request;
  stop_request.cancelled = stopping_;
  const SecurityLock security(stop_request);
  if (!security.held()) return false;
  return SecKeychainAddCallback(&OnKeychainEvent, kEvents, nullptr) == errSecSuccess;
}

// After a stop that did not wait for this thread, Security may refuse the next one as a duplicate
// until this is done. The next one then tells its watchers to check for themselves.
void EventThread::Unregister() {
  const SecurityLock security{ReadRequest()};
  if (security.held()) SecKeychainRemoveCallback(&OnKeychainEvent);
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

void EventThread::Run() {
  const bool registered = Register();
  if (registered) {
    Listen();
    Unregister();
  } else {
    while (!WaitForStop(kBlindInterval)) WatchHub::Get().NotifyAll();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ = true;
  wake_.notify_all();
}

void EventThread::Listen() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    loop_ = CFRunLoopGetCurrent();
  }
  while (!stopping_->load()) {
    const CFRunLoopRunResult result =
        CFRunLoopRunInMode(kCFRunLoopDefaultMode, kRunLoopSlice, true);
    // A loop without sources returns at once.
    if (result == kCFRunLoopRunFinished && WaitForStop(seconds(1))) break;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  loop_ = nullptr;
}

bool EventThread::WaitForStop(seconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  return wake_.wait_for(lock, time, [this] { return stopping_->load(); });
}

class MacStoreWatch : public StoreWatch {
 public:
  explicit MacStoreWatch(std::function<void()> on_change) : on_change_(std::move(on_change)) {
    WatchHub::Get().Add(&on_change_);
  }
  ~MacStoreWatch() override { WatchHub::Get().Remove(&on_change_); }

 private:
  const std::function<void()> on_change_;
};

}  // namespace

std::unique_ptr<StoreWatch> WatchSystemStore(const ReadRequest&, std::function<void()> on_change,
                                             std::optional<StoreError>*) {
  KeepCodeLoaded();
  return std::make_unique<MacStoreWatch>(std::move(on_change));
}

}  // namespace os_truststore
