#include <atomic>
#include <string>
#include <vector>

#include "check.h"
#include "fake_windows.h"
#include "native_tests.h"
#include "store_watch.h"
#include "windows/registry_signal.h"

namespace os_truststore {
namespace {

constexpr const wchar_t* kUserKey =
    L"Software\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\X";
constexpr const wchar_t* kPolicyKey = L"Software\\Policies\\Microsoft\\SystemCertificates\\ROOT\\X";
constexpr DWORD kPatienceMs = 10'000;

void Create(HKEY hive, const wchar_t* path) {
  HKEY key = nullptr;
  if (RegCreateKeyExW(hive, path, 0, nullptr, 0, KEY_WRITE, nullptr, &key, nullptr) ==
      ERROR_SUCCESS) {
    ::RegCloseKey(key);
  }
}

// Counts the calls of a watch and lets the test wait for the next one.
struct Listener {
  HANDLE called = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
  ~Listener() { ::CloseHandle(called); }

  std::unique_ptr<StoreWatch> Watch(std::optional<StoreError>* error) {
    return WatchSystemStore({}, [this] { SetEvent(called); }, error);
  }
  bool Hears(DWORD ms = kPatienceMs) { return WaitForSingleObject(called, ms) == WAIT_OBJECT_0; }
};

void HearsOfChanges() {
  FakeWindows windows;
  Listener listener;
  std::optional<StoreError> error;
  {
    const auto watch = listener.Watch(&error);
    CHECK(watch != nullptr);
    CHECK(!error);
    Create(HKEY_CURRENT_USER, kUserKey);
    CHECK(listener.Hears());
    RegDeleteKeyW(HKEY_CURRENT_USER, kUserKey);
    CHECK(listener.Hears());
    // None of this key's parents existed when the watch began.
    Create(HKEY_CURRENT_USER, kPolicyKey);
    CHECK(listener.Hears());
    RegDeleteKeyW(HKEY_CURRENT_USER, kPolicyKey);
    CHECK(listener.Hears());
  }
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
  Create(HKEY_CURRENT_USER, kUserKey);
  CHECK(!listener.Hears(300));
  RegDeleteKeyW(HKEY_CURRENT_USER, kUserKey);
}

void RefusesWhenWindowsDoes() {
  for (const char* function : {"CreateEventW", "RegOpenKeyExW", "RegNotifyChangeKeyValue"}) {
    for (int nth = 1;; ++nth) {
      FakeWindows windows;
      Listener listener;
      windows.FailCall(function, nth);
      std::optional<StoreError> error;
      bool watching = false;
      {
        watching = listener.Watch(&error) != nullptr;
      }
      const std::string context = function + std::to_string(nth) + windows.Leaks();
      CHECK_THAT(windows.Leaks().empty(), context);
      CHECK_THAT(watching != error.has_value(), context);
      if (watching) {
        CHECK_THAT(nth > 1, context);
        break;
      }
      CHECK_THAT(error->os_status == ERROR_ACCESS_DENIED, context);
    }
  }
}

// The next event cannot be made, so the watch cannot be renewed.
void RecoversWhenItCannotRenew() {
  FakeWindows windows;
  Listener listener;
  std::optional<StoreError> error;
  {
    const auto watch = listener.Watch(&error);
    windows.FailCall("CreateEventW", 1);
    Create(HKEY_CURRENT_USER, kUserKey);
    CHECK(listener.Hears());
    // It is not listening now. When it listens again it reports a change, because it may have
    // missed one.
    CHECK(listener.Hears());
    RegDeleteKeyW(HKEY_CURRENT_USER, kUserKey);
    CHECK(listener.Hears());
  }
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void EndsAtOnceAndManyTimes() {
  FakeWindows windows;
  Listener listener;
  const ULONGLONG start = GetTickCount64();
  for (int round = 0; round < 100; ++round) {
    std::optional<StoreError> error;
    CHECK(listener.Watch(&error) != nullptr);
  }
  CHECK(GetTickCount64() - start < kPatienceMs);
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void SignalsOnceAndForAll() {
  FakeWindows windows;
  std::optional<StoreError> error;
  {
    const auto signal = RegistrySignal::Arm(windows.api(), &error);
    CHECK(!signal->IsSet());
    Create(HKEY_CURRENT_USER, kUserKey);
    CHECK(WaitForSingleObject(signal->event(), kPatienceMs) == WAIT_OBJECT_0);
    CHECK(signal->IsSet());
    CHECK(signal->IsSet());
    const auto next = RegistrySignal::Arm(windows.api(), &error);
    CHECK(!next->IsSet());
    RegDeleteKeyW(HKEY_CURRENT_USER, kUserKey);
    CHECK(WaitForSingleObject(next->event(), kPatienceMs) == WAIT_OBJECT_0);
  }
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

}  // namespace

std::vector<NativeTest> WatchTests() {
  return {
      {"hears of changes, also below keys that were not there, until it is ended", HearsOfChanges},
      {"says why when Windows refuses to be listened to", RefusesWhenWindowsDoes},
      {"recovers when it could not go on listening", RecoversWhenItCannotRenew},
      {"ends at once, any number of times", EndsAtOnceAndManyTimes},
      {"signals a change once and for all", SignalsOnceAndForAll},
  };
}

}  // namespace os_truststore
