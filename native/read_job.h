// Runs one read of the system store on a thread of its own. The thread may outlive everything that
// waits for it (a store on a dead network drive, a service that never answers), so it shares
// ownership of all it touches and is never joined.
#ifndef OS_TRUSTSTORE_NATIVE_READ_JOB_H_
#define OS_TRUSTSTORE_NATIVE_READ_JOB_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "system_store.h"
#include "trust/judge.h"

namespace os_truststore {

// A finished read, the time it took, and its judgement for one policy.
struct FinishedRead {
  std::shared_ptr<const ReadResult> result;
  double duration_ms = 0;
  Policy policy;
  std::shared_ptr<const Judged> judged;
};

// Reads and judges on the calling thread. A failure of the whole, such as a lack of memory, is an
// error of the result.
std::shared_ptr<const FinishedRead> ReadNow(const ReadRequest& request, const Policy& policy);

// The same read with what the rules say of it for `policy`. Judging costs as much as reading a
// large store, so what is judged for another policy serves where it can: same purpose, and no
// validity period begins or ends between the two times.
std::shared_ptr<const FinishedRead> JudgedFor(std::shared_ptr<const FinishedRead> read,
                                              const Policy& policy);

class ReadJob {
 public:
  // Starts a read, unless `previous` (may be null) turns out to be current and becomes the result.
  // `on_done` runs on the reading thread, at most once, and never after Cancel() has returned. If
  // no thread can be made, the job ends with an error at once and `on_done` runs on this one.
  // Throws std::bad_alloc.
  static std::shared_ptr<ReadJob> Start(ReadRequest request, const Policy& policy,
                                        std::shared_ptr<const FinishedRead> previous,
                                        std::function<void()> on_done);

  // Blocks for at most `timeout`; null when the read is not done.
  std::shared_ptr<const FinishedRead> Wait(std::chrono::milliseconds timeout);

  // Asks the backend to stop at the next certificate and forgets the callback.
  void Cancel();

 private:
  ReadJob() = default;
  void Run();
  std::shared_ptr<const FinishedRead> Obtain();
  void Finish(std::shared_ptr<const FinishedRead> finished);

  ReadRequest request_;
  Policy policy_;
  std::shared_ptr<const FinishedRead> previous_;
  std::shared_ptr<const FinishedRead> out_of_memory_;  // made while there was memory for it
  std::mutex mutex_;
  std::condition_variable done_;
  std::function<void()> on_done_;                 // guarded by mutex_
  std::shared_ptr<const FinishedRead> finished_;  // guarded by mutex_
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_READ_JOB_H_
