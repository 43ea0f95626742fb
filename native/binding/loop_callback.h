// A JavaScript function that other threads can call through the event loop. Part of the Node-API
// surface.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_LOOP_CALLBACK_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_LOOP_CALLBACK_H_

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

namespace os_truststore {

// The thread that posts, the queued messages and the clean-up hook share it; the last one frees it.
// Only Post() may be called from other threads.
class LoopCallback : public std::enable_shared_from_this<LoopCallback> {
 public:
  using Message = std::function<void(Napi::Env, const Napi::Function&)>;

  // `stop_posting` runs when the environment goes away or at Close(), whichever is first. Post()
  // must not be called once it has returned: Node then frees the queue at once, even if a thread
  // still holds it.
  static std::shared_ptr<LoopCallback> New(Napi::Env env, const Napi::Function& function,
                                           std::function<void()> stop_posting) {
    auto self = std::make_shared<LoopCallback>();
    self->env_ = env;
    self->stop_posting_ = std::move(stop_posting);
    self->queue_ = Napi::ThreadSafeFunction::New(env, function, "os-truststore", 0, 1);
    // Hooks run in reverse order of registration, so this one runs before the queue's own.
    self->hook_ = std::make_unique<std::shared_ptr<LoopCallback>>(self);
    napi_add_env_cleanup_hook(env, AtTeardown, self->hook_.get());
    return self;
  }

  // May be called on any thread until stop_posting has returned. A message that arrives after
  // Close() is dropped.
  void Post(Message message) {
    auto self = shared_from_this();
    queue_.NonBlockingCall(
        [self, message = std::move(message)](Napi::Env env, const Napi::Function& function) {
          if (!self->closed_) message(env, function);
        });
  }

  void Close() {
    if (closed_) return;
    closed_ = true;
    stop_posting_();
    stop_posting_ = nullptr;
    napi_remove_env_cleanup_hook(env_, AtTeardown, hook_.get());
    queue_.Release();
    hook_.reset();
  }

  // Whether the event loop waits for messages.
  void Ref() {
    if (!closed_) queue_.Ref(env_);
  }
  void Unref() {
    if (!closed_) queue_.Unref(env_);
  }

 private:
  static void AtTeardown(void* hook) {
    const std::shared_ptr<LoopCallback> self = *static_cast<std::shared_ptr<LoopCallback>*>(hook);
    self->closed_ = true;
    self->stop_posting_();
    self->stop_posting_ = nullptr;
    self->hook_.reset();
  }

  napi_env env_ = nullptr;
  std::function<void()> stop_posting_;
  Napi::ThreadSafeFunction queue_;
  std::unique_ptr<std::shared_ptr<LoopCallback>> hook_;  // what the clean-up hook was given
  bool closed_ = false;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_LOOP_CALLBACK_H_
