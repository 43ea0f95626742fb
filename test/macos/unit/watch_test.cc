// Tests that changes are noticed.
#include "store_watch.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr uint32_t kTrustSettingsChanged = 1 << 12;
constexpr uint32_t kItemAdded = 1 << 3;
constexpr uint32_t kKeychainLocked = 1 << 1;

template <typename Condition>
bool Eventually(Condition condition) {
  const auto give_up = steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  return condition();
}

std::unique_ptr<StoreWatch> Watch(std::atomic<int>* changes) {
  std::optional<StoreError> error;
  std::unique_ptr<StoreWatch> watch = WatchSystemStore({}, [changes] { ++*changes; }, &error);
  CHECK(watch != nullptr);
  CHECK(!error.has_value());
  return watch;
}

TEST("changed trust settings and new keychain items are heard of, locked keychains are not") {
  std::atomic<int> changes{0};
  const std::unique_ptr<StoreWatch> watch = Watch(&changes);
  CHECK(Eventually([] { return fake::HasKeychainCallback(); }));
  fake::PostKeychainEvent(kKeychainLocked);
  fake::PostKeychainEvent(kTrustSettingsChanged);
  CHECK(Eventually([&] { return changes == 1; }));
  fake::PostKeychainEvent(kItemAdded);
  CHECK(Eventually([&] { return changes == 2; }));
}

TEST("changed trust settings make the next read list Apple's roots again") {
  ResetMac({MakeSystemRoot("s")});
  std::atomic<int> changes{0};
  const std::unique_ptr<StoreWatch> watch = Watch(&changes);
  CHECK(Eventually([] { return fake::HasKeychainCallback(); }));
  const auto listings = [] {
    fake::ForgetCalls();
    ReadSystemStore({});
    return fake::Calls("SecTrustSettingsCopyCertificates");
  };
  listings();
  fake::PostKeychainEvent(kItemAdded);
  CHECK(Eventually([&] { return changes == 1; }));
  CHECK(listings() == 2);
  fake::PostKeychainEvent(kTrustSettingsChanged);
  CHECK(Eventually([&] { return changes == 2; }));
  CHECK(listings() == 3);
}

TEST("the last watch to end takes the callback and the thread along") {
  std::atomic<int> changes{0};
  std::unique_ptr<StoreWatch> first = Watch(&changes);
  std::unique_ptr<StoreWatch> second = Watch(&changes);
  CHECK(Eventually([] { return fake::HasKeychainCallback(); }));
  fake::PostKeychainEvent(kTrustSettingsChanged);
  CHECK(Eventually([&] { return changes == 2; }));
  first.reset();
  CHECK(fake::HasKeychainCallback());
  fake::PostKeychainEvent(kTrustSettingsChanged);
  CHECK(Eventually([&] { return changes == 3; }));
  const auto start = steady_clock::now();
  second.reset();
  CHECK(steady_clock::now() - start < milliseconds(1500));
  CHECK(!fake::HasKeychainCallback());
  CHECK(fake::Calls("SecKeychainAddCallback") == 1);
  CHECK(fake::Calls("SecKeychainRemoveCallback") == 1);
  CheckClean("watch");
}

TEST("a watch can be started again after the last one ended") {
  std::atomic<int> changes{0};
  for (int round = 1; round <= 3; ++round) {
    const std::unique_ptr<StoreWatch> watch = Watch(&changes);
    CHECK(Eventually([] { return fake::HasKeychainCallback(); }));
    fake::PostKeychainEvent(kTrustSettingsChanged);
    CHECK(Eventually([&] { return changes == round; }));
  }
}

TEST("a watch that Security refuses ends at once") {
  fake::Fail("SecKeychainAddCallback", fake::Failure::kStatus, 0, -25291);
  std::atomic<int> changes{0};
  std::unique_ptr<StoreWatch> watch = Watch(&changes);
  CHECK(Eventually([] { return fake::Calls("SecKeychainAddCallback") == 1; }));
  const auto start = steady_clock::now();
  watch.reset();
  CHECK(steady_clock::now() - start < milliseconds(500));
  CHECK(fake::Calls("SecKeychainRemoveCallback") == 0);
}

TEST("watches come and go on several threads") {
  std::atomic<int> changes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&changes] {
      for (int round = 0; round < 20; ++round) {
        const std::unique_ptr<StoreWatch> watch = Watch(&changes);
        fake::PostKeychainEvent(kTrustSettingsChanged);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(!fake::HasKeychainCallback());
  CheckClean("many watches");
}

}  // namespace
