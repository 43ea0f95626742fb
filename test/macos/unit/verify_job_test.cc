// Tests many simultaneous verifications: awaited, cancelled and left behind.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <thread>

#include "testing.h"
#include "verify_job.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kEvaluate[] = "SecTrustEvaluateWithError";

ChainRequest Ask(milliseconds deadline = std::chrono::seconds(30)) {
  ChainRequest request;
  request.chain = {MakeDer({"host.example", "Company Root", false, false})};
  request.host = "host.example";
  request.deadline = steady_clock::now() + deadline;
  return request;
}

void Trust() {
  ResetMac({});
  fake::Verdict verdict;
  verdict.trusted = true;
  fake::AllowEvaluation(verdict);
}

bool Eventually(const std::function<bool()>& condition) {
  const auto give_up = steady_clock::now() + std::chrono::seconds(20);
  while (!condition() && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  return condition();
}

// The counts outlive the test, because threads may return late.
struct Counts {
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
};

std::shared_ptr<VerifyJob> Start(const std::shared_ptr<Counts>& counts,
                                 milliseconds deadline = std::chrono::seconds(30)) {
  return VerifyJob::Start(Ask(deadline), [counts](ChainVerdict verdict) {
    ++(verdict.accepted ? counts->accepted : counts->refused);
  });
}

TEST("many verifications all come to a verdict, a few at a time") {
  Trust();
  fake::Delay(kEvaluate, 3);
  const auto counts = std::make_shared<Counts>();
  std::vector<std::shared_ptr<VerifyJob>> jobs;
  for (int i = 0; i < 60; ++i) jobs.push_back(Start(counts));
  CHECK(Eventually([&] { return counts->accepted == 60; }));
  CHECK(fake::Calls(kEvaluate) == 60);
  CHECK(fake::MostEvaluationsAtOnce() <= VerifyJob::kParallel);
  CHECK(fake::MostEvaluationsAtOnce() > 1);
  jobs.clear();
  CHECK(Eventually([] { return fake::GetReport().leaks.empty(); }));
  CheckClean("many");
}

TEST("a verdict nobody wants any more is never delivered") {
  Trust();
  const auto counts = std::make_shared<Counts>();
  std::vector<std::weak_ptr<VerifyJob>> cancelled;
  for (int i = 0; i < 200; ++i) {
    const auto job = Start(counts);
    cancelled.push_back(job);
    if (i % 3 == 0) std::this_thread::yield();
    job->Cancel();
    const int seen = counts->accepted + counts->refused;
    std::this_thread::yield();
    CHECK(counts->accepted + counts->refused == seen);
  }
  // Also wait for those that have yet to ask, because the next test would count them as its own.
  CHECK(Eventually([&] {
    return std::all_of(cancelled.begin(), cancelled.end(),
                       [](const std::weak_ptr<VerifyJob>& job) { return job.expired(); });
  }));
  CHECK(fake::GetReport().leaks.empty());
}

TEST("verifications that hang do not keep others from theirs once they are given up") {
  Trust();
  fake::Hang(kEvaluate);
  const auto stuck = std::make_shared<Counts>();
  std::vector<std::shared_ptr<VerifyJob>> jobs;
  for (int i = 0; i < VerifyJob::kParallel; ++i) jobs.push_back(Start(stuck));
  CHECK(Eventually([] { return fake::Hanging() == VerifyJob::kParallel; }));
  // A ninth waits, and gets its turn when one of the others is cancelled.
  const auto counts = std::make_shared<Counts>();
  const auto waiting = Start(counts);
  std::this_thread::sleep_for(milliseconds(20));
  CHECK(fake::Hanging() == VerifyJob::kParallel);
  jobs[0]->Cancel();
  CHECK(Eventually([] { return fake::Hanging() == VerifyJob::kParallel + 1; }));
  fake::Unhang();
  CHECK(Eventually([&] { return counts->accepted == 1; }));
  CHECK(Eventually([&] { return stuck->accepted == VerifyJob::kParallel - 1; }));
  CHECK(Eventually([] { return fake::GetReport().leaks.empty(); }));
  CheckClean("hanging");
}

TEST("however many hang, there is a limit to their threads") {
  Trust();
  fake::Hang(kEvaluate);
  const auto counts = std::make_shared<Counts>();
  std::vector<std::shared_ptr<VerifyJob>> waiting;
  for (int i = 0; i < VerifyJob::kMostThreads + 20; ++i) {
    const auto job = Start(counts);
    if (i < VerifyJob::kMostThreads) {
      CHECK(Eventually([&] { return fake::Hanging() == i + 1; }));
    }
    job->Cancel();
  }
  waiting.push_back(Start(counts));
  std::this_thread::sleep_for(milliseconds(30));
  CHECK(fake::Hanging() == VerifyJob::kMostThreads);
  fake::Unhang();
  // Threads that return take up what waits.
  CHECK(Eventually([&] { return counts->accepted == 1; }));
  CHECK(Eventually([] { return fake::GetReport().leaks.empty(); }));
}

TEST("what waited past its deadline is refused without asking macOS") {
  Trust();
  const auto late = std::make_shared<std::atomic<bool>>(false);
  const auto job = VerifyJob::Start(Ask(milliseconds(-1)), [late](ChainVerdict verdict) {
    *late = std::strcmp(verdict.refusal.code, "ERR_TRUSTSTORE_DEADLINE") == 0;
  });
  CHECK(Eventually([&] { return late->load(); }));
  CHECK(fake::Calls(kEvaluate) == 0);
}

TEST("verifying and reading at once do not disturb each other") {
  ResetMac(ManagedMac());
  fake::Verdict verdict;
  verdict.trusted = true;
  fake::AllowEvaluation(verdict);
  const size_t expected = ReadSystemStore({}).certificates.size();
  const auto counts = std::make_shared<Counts>();
  std::vector<std::shared_ptr<VerifyJob>> jobs;
  for (int i = 0; i < 20; ++i) {
    jobs.push_back(Start(counts));
    CHECK(ReadSystemStore({}).certificates.size() == expected);
  }
  CHECK(Eventually([&] { return counts->accepted == 20; }));
  CHECK(Eventually([] { return fake::GetReport().leaks.empty(); }));
  CheckClean("both");
}

}  // namespace
