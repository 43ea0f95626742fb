#include "read_job.h"

#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace os_truststore {

namespace {

using Finished = std::shared_ptr<const FinishedRead>;

// A read that failed as a whole. It serves no policy, so that it is never taken for an empty store.
Finished Failed(StoreError error) {
  auto result = std::make_shared<ReadResult>();
  result->errors.push_back(std::move(error));
  auto finished = std::make_shared<FinishedRead>();
  finished->result = std::move(result);
  finished->judged = std::make_shared<Judged>();
  return finished;
}

Finished Failed(std::string reason) {
  return Failed(StoreError(StoreErrorCode::kReadFailed, "read system store", std::move(reason)));
}

// The system has no thread left, or this process may not have more.
StoreError ThreadError(const std::system_error& error) {
  StoreError failure(StoreErrorCode::kReadFailed, "start thread",
                     "the store could not be read: no thread could be started for it");
  failure.os_status = error.code().value();
  failure.os_status_text =
      error.code() == std::errc::resource_unavailable_try_again ? "EAGAIN" : error.code().message();
  return failure;
}

bool IsCurrent(const ReadResult& result) {
  return result.signature && result.signature->IsCurrent();
}

bool Serves(const FinishedRead& read, const Policy& policy) {
  return read.policy.purpose == policy.purpose && read.policy.expired == policy.expired &&
         read.policy.now <= policy.now && policy.now < read.judged->valid_until;
}

// Throws only std::bad_alloc.
Finished ReadAndJudge(const ReadRequest& request, const Policy& policy) {
  auto finished = std::make_shared<FinishedRead>();
  const auto start = std::chrono::steady_clock::now();
  auto result = std::make_shared<ReadResult>(ReadSystemStore(request));
  finished->policy = policy;
  finished->judged = std::make_shared<Judged>(Judge(result->certificates, policy));
  finished->result = std::move(result);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  finished->duration_ms = elapsed.count();
  return finished;
}

}  // namespace

Finished JudgedFor(Finished read, const Policy& policy) {
  if (Serves(*read, policy)) return read;
  auto judged = std::make_shared<FinishedRead>(*read);
  judged->policy = policy;
  judged->judged = std::make_shared<Judged>(Judge(read->result->certificates, policy));
  return judged;
}

Finished ReadNow(const ReadRequest& request, const Policy& policy) {
  try {
    return ReadAndJudge(request, policy);
  } catch (const std::exception& error) {
    return Failed(error.what());
  }
}

std::shared_ptr<ReadJob> ReadJob::Start(ReadRequest request, const Policy& policy,
                                        Finished previous, std::function<void()> on_done) {
  std::shared_ptr<ReadJob> job(new ReadJob());
  job->request_ = std::move(request);
  job->request_.cancelled = std::make_shared<std::atomic<bool>>(false);
  job->policy_ = policy;
  job->previous_ = std::move(previous);
  job->on_done_ = std::move(on_done);
  job->out_of_memory_ = Failed("out of memory");
  try {
    std::thread([job] { job->Run(); }).detach();
  } catch (const std::system_error& error) {
    job->Finish(Failed(ThreadError(error)));
  }
  return job;
}

void ReadJob::Run() {
  // An exception that left this thread would end the process.
  try {
    Finish(Obtain());
  } catch (const std::exception&) {
    Finish(out_of_memory_);
  }
}

Finished ReadJob::Obtain() {
  const Finished previous = std::move(previous_);
  if (!previous || !IsCurrent(*previous->result)) return ReadNow(request_, policy_);
  return JudgedFor(previous, policy_);
}

void ReadJob::Finish(Finished finished) {
  std::lock_guard<std::mutex> lock(mutex_);
  finished_ = std::move(finished);
  done_.notify_all();
  // Called under the lock, so that Cancel() cannot return while the callback runs: the caller of
  // Cancel() may then destroy what the callback uses. The callback only queues a message.
  const std::function<void()> on_done = std::exchange(on_done_, nullptr);
  try {
    if (on_done) on_done();
  } catch (const std::exception&) {
    // Without memory for the message the callback is lost, but Wait() sees that the job is done.
  }
}

Finished ReadJob::Wait(std::chrono::milliseconds timeout) {
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
