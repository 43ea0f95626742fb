// Tests cancelling, waiting and reading from several threads.
#include <chrono>
#include <thread>

#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

ReadRequest Cancellable() {
  ReadRequest request;
  request.cancelled = std::make_shared<std::atomic<bool>>(false);
  return request;
}

void WaitUntilHanging(int threads) {
  const auto give_up = steady_clock::now() + std::chrono::seconds(10);
  while (fake::Hanging() < threads && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK(fake::Hanging() == threads);
}

TEST("a read can be cancelled at each of its calls, and then returns nothing") {
  ResetMac(ManagedMac());
  ReadSystemStore({});
  int calls = 0;
  for (const auto& [function, count] : fake::AllCalls()) calls += count;
  CHECK(calls > 100);
  for (int at = 1; at <= calls; ++at) {
    ResetMac(ManagedMac());
    const ReadRequest request = Cancellable();
    int countdown = at;
    fake::OnCall([&](const std::string&) {
      if (--countdown == 0) request.cancelled->store(true);
    });
    const ReadResult result = ReadSystemStore(request);
    CHECK(!result.cancelled || result.certificates.empty());
    CHECK(at == calls || result.cancelled || at > calls - 20);
    CheckClean("cancelled at call " + std::to_string(at));
  }
}

TEST("a cancelled read stops at the next certificate") {
  ResetMac(CrowdedMac(160, 2000));
  const ReadRequest request = Cancellable();
  int seen = 0;
  fake::OnCall([&](const std::string& function) {
    if (function != "SecCertificateCopyData" || ++seen != 20) return;
    std::thread([&] { request.cancelled->store(true); }).join();
  });
  const ReadResult result = ReadSystemStore(request);
  CHECK(result.cancelled);
  CHECK(fake::Calls("SecCertificateCopyData") == 20);
  CheckClean("cancelled");
}

TEST("a read that is cancelled before it starts calls nothing") {
  ResetMac(ManagedMac());
  const ReadRequest request = Cancellable();
  request.cancelled->store(true);
  CHECK(ReadSystemStore(request).cancelled);
  CHECK(fake::AllCalls().empty());
}

TEST("eight threads read at once, one after the other inside Security") {
  const fake::World world = CrowdedMac(20, 50);
  ResetMac(world);
  fake::Delay("SecTrustSettingsCopyTrustSettings", 2);
  const size_t expected = ReadSystemStore({}).certificates.size();
  std::vector<std::thread> threads;
  std::vector<size_t> sizes(8);
  for (size_t i = 0; i < sizes.size(); ++i) {
    threads.emplace_back([&sizes, i] { sizes[i] = ReadSystemStore({}).certificates.size(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const size_t size : sizes) CHECK(size == expected);
  CheckClean("threads");
}

TEST("a read that waits for a hanging one can be cancelled") {
  ResetMac(ManagedMac());
  fake::Hang("SecTrustSettingsCopyCertificates");
  std::thread hanging([] { ReadSystemStore({}); });
  WaitUntilHanging(1);
  const ReadRequest request = Cancellable();
  bool cancelled = false;
  std::thread waiting([&] { cancelled = ReadSystemStore(request).cancelled; });
  std::this_thread::sleep_for(milliseconds(20));
  const auto start = steady_clock::now();
  request.cancelled->store(true);
  waiting.join();
  CHECK(cancelled);
  CHECK(steady_clock::now() - start < milliseconds(500));
  CHECK(fake::Hanging() == 1);
  fake::Unhang();
  hanging.join();
  CheckClean("hanging");
}

TEST("an abandoned read that comes back late leaves nothing behind") {
  ResetMac(ManagedMac());
  fake::Hang("SecItemCopyMatching");
  ReadRequest request = Cancellable();
  std::thread abandoned([request] { CHECK(ReadSystemStore(request).cancelled); });
  WaitUntilHanging(1);
  request.cancelled->store(true);
  fake::Unhang();
  abandoned.join();
  CheckClean("abandoned");
}

}  // namespace
