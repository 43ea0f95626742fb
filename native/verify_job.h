// Gets one verdict of the platform on a thread of its own. Only a few run at once; the others wait
// their turn. As with a read (read_job.h), the thread may outlive everything that waits for it, so
// it shares ownership of all it touches and is never joined.
#ifndef OS_TRUSTSTORE_NATIVE_VERIFY_JOB_H_
#define OS_TRUSTSTORE_NATIVE_VERIFY_JOB_H_

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "chain_verifier.h"

namespace os_truststore {

class VerifyJob : public std::enable_shared_from_this<VerifyJob> {
 public:
  using Done = std::function<void(ChainVerdict)>;

  // `on_done` runs on another thread, at most once, and never after Cancel() has returned. Throws
  // std::system_error when the system has no thread for it.
  static std::shared_ptr<VerifyJob> Start(ChainRequest request, Done on_done);

  // Drops the verdict. A call into the platform cannot be stopped, so its thread is left behind and
  // another one takes its place.
  void Cancel();

  // How many verdicts run at once, and how many threads there may be including those left behind.
  // Beyond that, chains wait and their deadlines refuse them.
  static constexpr int kParallel = 8;
  static constexpr int kMostThreads = 64;

 private:
  friend class VerifyPool;

  VerifyJob(ChainRequest request, Done on_done)
      : request_(std::move(request)), on_done_(std::move(on_done)) {}
  void Report(ChainVerdict verdict);

  const ChainRequest request_;
  std::mutex mutex_;
  Done on_done_;  // guarded by mutex_
  // Guarded by the pool's mutex.
  enum class State { kWaiting, kRunning, kLeftBehind, kDone };
  State state_ = State::kWaiting;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_VERIFY_JOB_H_
