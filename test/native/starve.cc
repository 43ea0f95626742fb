#include "starve.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include "read_job.h"

namespace {

// How many allocations the reading thread may still make; then one fails, or all do.
std::atomic<bool> is_starving{false};
std::atomic<bool> is_lasting{false};
std::atomic<int64_t> allocations_left{0};
thread_local bool is_exempt = false;

bool IsRefused() {
  if (!is_starving || is_exempt) return false;
  const int64_t left = --allocations_left;
  return is_lasting ? left < 0 : left == -1;
}

}  // namespace

// These replace the program's allocator; the other forms of new and delete call them.
void* operator new(size_t size) {
  void* memory = IsRefused() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace os_truststore {

namespace {

using Finished = std::shared_ptr<const FinishedRead>;

constexpr int64_t kMostAllocations = 1000 * 1000;

struct Outcome {
  bool was_called = false;
  bool was_refused = false;
  Finished finished;
};

Outcome ReadWith(int64_t allocations, const ReadRequest& request, const Policy& policy,
                 const Finished& previous) {
  std::atomic<bool> was_called{false};
  allocations_left = allocations;
  is_starving = true;
  const auto job = ReadJob::Start(request, policy, previous, [&was_called] {
    // Like the addon's callback, which queues a message.
    const std::string message(100, 'x');
    was_called = !message.empty();
  });
  Outcome outcome;
  outcome.finished = job->Wait(std::chrono::seconds(20));
  job->Cancel();  // once it has returned the callback is over
  is_starving = false;
  outcome.was_called = was_called;
  outcome.was_refused = allocations_left < 0;
  return outcome;
}

// Allows one more allocation each time, until none is refused.
int Sweep(const char* name, const ReadRequest& request, const Policy& policy,
          const Finished& previous, const ReadResult& whole) {
  int failed = 0, complete = 0, uncalled = 0;
  for (int64_t allocations = 0; allocations < kMostAllocations; ++allocations) {
    const Outcome outcome = ReadWith(allocations, request, policy, previous);
    if (!outcome.finished) {
      std::fprintf(stderr, "starve: no end after %d allocations\n", static_cast<int>(allocations));
      return 1;
    }
    const ReadResult& result = *outcome.finished->result;
    const bool has_all = result.certificates.size() == whole.certificates.size() &&
                         outcome.finished->judged->order.size() == whole.certificates.size();
    if (result.errors.empty() && !has_all) {
      std::fprintf(stderr, "starve: certificates missing without an error\n");
      return 1;
    }
    (result.errors.empty() ? complete : failed) += 1;
    uncalled += outcome.was_called ? 0 : 1;
    if (!outcome.was_refused) break;
  }
  std::printf("{\"type\":\"%s\",\"failed\":%d,\"complete\":%d,\"uncalled\":%d}\n", name, failed,
              complete, uncalled);
  return 0;
}

}  // namespace

int Starve(const std::string& root, int64_t now) {
  is_exempt = true;
  ReadRequest request;
  request.root = root;
  Policy policy;
  policy.now = now;
  Policy other = policy;
  other.purpose = Purpose::kAny;
  const Finished whole = ReadNow(request, other);
  int status = 0;
  for (const bool lasting : {false, true}) {
    is_lasting = lasting;
    const ReadResult& result = *whole->result;
    status |= Sweep(lasting ? "read, lasting" : "read, once", request, policy, nullptr, result);
    status |= Sweep(lasting ? "judge, lasting" : "judge, once", request, policy, whole, result);
  }
  return status;
}

}  // namespace os_truststore
