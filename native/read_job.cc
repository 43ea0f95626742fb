#include "read_job.h"

#include <exception>
#include <thread>
#include <utility>

namespace os_truststore {

namespace {

ReadResult ReadOrReport(const ReadRequest& request) {
  try {
    return ReadSystemStore(request);
  } catch (const std::exception& error) {
    ReadResult result;
    result.errors.emplace_back(StoreErrorCode::kReadFailed, "ReadSystemStore", error.what());
    return result;
  }
}

bool IsCurrent(const ReadResult& result) {
  return result.signature && result.signature->IsCurrent();
}

// `previous` judged for another policy.
std::shared_ptr<const FinishedRead> Rejudge(const FinishedRead& previous, const Policy& policy) {
  auto finished = std::make_shared<FinishedRead>(previous);
  finished->policy = policy;
  finished->judged = std::make_shared<Judged>(Judge(previous.result->certificates, policy));
  return finished;
}

}  // namespace

bool Serves(const FinishedRead& read, const Policy& policy) {
  return read.policy.purpose == policy.purpose && read.policy.expired == policy.expired &&
         read.policy.now <= policy.now && policy.now < read.judged->valid_until;
}

std::shared_ptr<const FinishedRead> ReadNow(const ReadRequest& request, const Policy& policy) {
  auto finished = std::make_shared<FinishedRead>();
  const auto start = std::chrono::steady_clock::now();
  auto result = std::make_shared<ReadResult>(ReadOrReport(request));
  finished->policy = policy;
  finished->judged = std::make_shared<Judged>(Judge(result->certificates, policy));
  finished->result = std::move(result);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  finished->duration_ms = elapsed.count();
  return finished;
}

std::shared_ptr<ReadJob> ReadJob::Start(ReadRequest request, const Policy& policy,
                                        std::shared_ptr<const FinishedRead> previous,
                                        std::function<void()> on_done) {
  std::shared_ptr<ReadJob> job(new ReadJob());
  job->request_ = std::move(request);
  job->request_.cancelled = std::make_shared<std::atomic<bool>>(false);
  job->policy_ = policy;
  job->previous_ = std::move(previous);
  job->on_done_ = std::move(on_done);
  std::thread([job] { job->Run(); }).detach();
  return job;
}

void ReadJob::Run() {
  std::shared_ptr<const FinishedRead> finished = std::move(previous_);
  if (!finished || !IsCurrent(*finished->result)) {
    finished = ReadNow(request_, policy_);
  } else if (!Serves(*finished, policy_)) {
    finished = Rejudge(*finished, policy_);
  }
  std::lock_guard<std::mutex> lock(mutex_);
  finished_ = std::move(finished);
  done_.notify_all();
  // Called under the lock, so that Cancel() cannot return while the callback runs: whoever cancels
  // may destroy what the callback uses. The callback only queues a message.
  if (on_done_) std::exchange(on_done_, nullptr)();
}

std::shared_ptr<const FinishedRead> ReadJob::Wait(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait_for(lock, timeout, [this] { return finished_ != nullptr; });
  return finished_;
}

void ReadJob::Cancel() {
  request_.cancelled->store(true, std::memory_order_relaxed);
  std::lock_guard<std::mutex> lock(mutex_);
  on_done_ = nullptr;
}

}  // namespace os_truststore
