// Watches the stores through the registry keys they live in. Windows also notifies about a store
// itself (CertControlStore), but only about one opened store at a time, and not about one that does
// not exist yet.
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "store_watch.h"
#include "windows/registry_signal.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

// One change of a store touches several keys; changes that follow this quickly belong to it.
constexpr DWORD kQuietMs = 50;
// How long to wait before trying again to arm a watch that Windows refused to renew.
constexpr DWORD kRetryMs = 1000;

class RegistryWatch final : public StoreWatch {
 public:
  RegistryWatch(const WindowsApi& api, ScopedEvent stop, std::unique_ptr<RegistrySignal> signal,
                std::function<void()> on_change)
      : api_(api),
        stop_(std::move(stop)),
        signal_(std::move(signal)),
        on_change_(std::move(on_change)),
        thread_([this] { Run(); }) {}

  ~RegistryWatch() override {
    SetEvent(stop_.get());
    thread_.join();
  }

 private:
  void Run() {
    while (WaitForChange()) {
      // Armed again before the callback, so that a change during the read that follows is not lost.
      Renew();
      on_change_();
    }
  }

  void Renew() {
    try {
      std::optional<StoreError> error;
      signal_ = RegistrySignal::Arm(api_, &error);
    } catch (const std::bad_alloc&) {
      signal_ = nullptr;
    }
  }

  // Returns false when the watch ends. Without a signal it only pauses, so the reader polls at that
  // pace.
  bool WaitForChange() {
    const HANDLE events[] = {stop_.get(), signal_ ? signal_->event() : nullptr};
    const DWORD count = signal_ ? 2 : 1;
    if (WaitForMultipleObjects(count, events, FALSE, signal_ ? INFINITE : kRetryMs) ==
        WAIT_OBJECT_0) {
      return false;
    }
    return WaitForSingleObject(stop_.get(), kQuietMs) == WAIT_TIMEOUT;
  }

  const WindowsApi& api_;
  ScopedEvent stop_;
  std::unique_ptr<RegistrySignal> signal_;  // null while Windows refuses to arm one
  std::function<void()> on_change_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<StoreWatch> WatchSystemStore(const ReadRequest&, std::function<void()> on_change,
                                             std::optional<StoreError>* error) {
  const WindowsApi& api = SystemWindowsApi();
  std::unique_ptr<RegistrySignal> signal = RegistrySignal::Arm(api, error);
  if (!signal) return nullptr;
  ScopedEvent stop(api, api.CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!stop) {
    *error = WindowsError("CreateEventW", "no event could be made", "", GetLastError());
    return nullptr;
  }
  try {
    return std::make_unique<RegistryWatch>(api, std::move(stop), std::move(signal),
                                           std::move(on_change));
  } catch (const std::system_error& failure) {
    *error = StoreError(StoreErrorCode::kReadFailed, "std::thread", failure.what());
    return nullptr;
  }
}

}  // namespace os_truststore
