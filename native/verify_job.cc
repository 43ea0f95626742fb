#include "verify_job.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace os_truststore {
namespace {

ChainVerdict Refused(const Refusal& refusal, std::string detail = {}) {
  ChainVerdict verdict;
  verdict.refusal = refusal;
  verdict.detail = std::move(detail);
  return verdict;
}

ChainVerdict VerifyOrReport(const ChainRequest& request) {
  if (std::chrono::steady_clock::now() >= request.deadline) return Refused(refusals::kDeadline);
  try {
    return VerifyChain(request);
  } catch (const std::exception& error) {
    return Refused(refusals::kNoVerdict, error.what());
  }
}

}  // namespace

// The threads of this process that verify. They end when they have no work, so an idle process has
// none.
class VerifyPool {
 public:
  // Never destroyed: threads that were left behind may return while the process exits.
  static VerifyPool& Get() {
    static VerifyPool* const pool = new VerifyPool;
    return *pool;
  }

  void Add(std::shared_ptr<VerifyJob> job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(job));
    try {
      MakeThread();
    } catch (const std::system_error&) {
      // A thread that is busy takes it up later.
      if (busy_ > 0) return;
      waiting_.pop_back();
      throw;
    }
  }

  void Remove(const std::shared_ptr<VerifyJob>& job) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (job->state_ == VerifyJob::State::kWaiting) {
      waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), job), waiting_.end());
      return;
    }
    if (job->state_ != VerifyJob::State::kRunning) return;
    job->state_ = VerifyJob::State::kLeftBehind;
    --busy_;
    try {
      if (!waiting_.empty()) MakeThread();
    } catch (const std::system_error&) {
      // The next job that ends or is added makes up for it.
    }
  }

 private:
  // Call it with mutex_ held.
  void MakeThread() {
    if (busy_ >= VerifyJob::kParallel || threads_ >= VerifyJob::kMostThreads) return;
    std::thread([this] { Work(); }).detach();
    ++busy_;
    ++threads_;
  }

  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!waiting_.empty()) {
      const std::shared_ptr<VerifyJob> job = std::move(waiting_.front());
      waiting_.erase(waiting_.begin());
      job->state_ = VerifyJob::State::kRunning;
      lock.unlock();
      ChainVerdict verdict = VerifyOrReport(job->request_);
      lock.lock();
      const bool replaced = job->state_ == VerifyJob::State::kLeftBehind;
      job->state_ = VerifyJob::State::kDone;
      lock.unlock();
      job->Report(std::move(verdict));
      lock.lock();
      if (!replaced) continue;
      ++busy_;
      if (busy_ > VerifyJob::kParallel) break;
    }
    --busy_;
    --threads_;
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<VerifyJob>> waiting_;  // seldom more than a few
  int busy_ = 0;                                     // threads whose verdict is still wanted
  int threads_ = 0;                                  // all of them
};

std::shared_ptr<VerifyJob> VerifyJob::Start(ChainRequest request, Done on_done) {
  std::shared_ptr<VerifyJob> job(new VerifyJob(std::move(request), std::move(on_done)));
  VerifyPool::Get().Add(job);
  return job;
}

void VerifyJob::Report(ChainVerdict verdict) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Called under the lock, so that Cancel() cannot return while the callback runs: the caller of
  // Cancel() may then destroy what the callback uses. The callback only queues a message.
  if (on_done_) std::exchange(on_done_, nullptr)(std::move(verdict));
}

void VerifyJob::Cancel() {
  VerifyPool::Get().Remove(shared_from_this());
  const std::lock_guard<std::mutex> lock(mutex_);
  on_done_ = nullptr;
}

}  // namespace os_truststore
