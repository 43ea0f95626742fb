// The Node-API surface: reads arguments, calls the backend and the rules, and converts the results
// to values. It decides nothing. Only this folder knows Node-API.
#include <napi.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "binding/fact_columns.h"
#include "binding/loop_callback.h"
#include "binding/store_view.h"
#include "binding/values.h"
#include "binding/verify_chain.h"
#include "input/certificate_input.h"
#include "read_job.h"
#include "store_watch.h"
#include "system_store.h"
#include "trust/judge.h"

namespace os_truststore {
namespace {

constexpr double kLongestWaitMs = 24.0 * 3600 * 1000;

Napi::Function FunctionArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsFunction()) {
    throw Napi::TypeError::New(info.Env(), "callback must be a function");
  }
  return info[index].As<Napi::Function>();
}

template <typename Body>
void SetMethod(Napi::Object* object, const char* name, Body body) {
  object->Set(name, Napi::Function::New(object->Env(), std::move(body), name));
}

Napi::Value Read(const Napi::CallbackInfo& info) {
  return ToStoreView(info.Env(), ReadNow(ToRequest(info[0]), ToPolicy(info[1]).judge));
}

// The slot breaks a reference cycle: the job posts to the callback, and closing the callback
// cancels the job.
using JobSlot = std::shared_ptr<std::shared_ptr<ReadJob>>;

Napi::Object ToReadObject(Napi::Env env, const JobSlot& job,
                          const std::shared_ptr<LoopCallback>& callback) {
  auto object = Napi::Object::New(env);
  SetMethod(&object, "wait", [job](const Napi::CallbackInfo& info) -> Napi::Value {
    const double ms = std::clamp(info[0].ToNumber().DoubleValue(), 0.0, kLongestWaitMs);
    auto finished = (*job)->Wait(std::chrono::milliseconds(std::llround(ms)));
    if (!finished) return info.Env().Undefined();
    return ToStoreView(info.Env(), std::move(finished));
  });
  SetMethod(&object, "cancel", [callback](const Napi::CallbackInfo&) { callback->Close(); });
  SetMethod(&object, "ref", [callback](const Napi::CallbackInfo&) { callback->Ref(); });
  SetMethod(&object, "unref", [callback](const Napi::CallbackInfo&) { callback->Unref(); });
  return object;
}

// Arguments: (request, callback, policy, previous?).
Napi::Value StartRead(const Napi::CallbackInfo& info) {
  ReadRequest request = ToRequest(info[0]);
  const Policy policy = ToPolicy(info[2]).judge;
  Finished previous = FinishedArgument(info, 3);
  auto job = std::make_shared<std::shared_ptr<ReadJob>>();
  auto callback = LoopCallback::New(info.Env(), FunctionArgument(info, 1), [job] {
    if (*job) (*job)->Cancel();
  });
  const auto post = [callback, job] {
    callback->Post([callback, job](Napi::Env env, const Napi::Function& function) {
      auto finished = (*job)->Wait(std::chrono::milliseconds(0));
      callback->Close();
      function.Call({ToStoreView(env, std::move(finished))});
    });
  };
  try {
    *job = ReadJob::Start(std::move(request), policy, std::move(previous), post);
  } catch (...) {
    // A callback that will never be called must not keep the process alive.
    callback->Close();
    throw;
  }
  return ToReadObject(info.Env(), job, callback);
}

// Returns undefined where the system has nothing to listen to.
Napi::Value Watch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto watch = std::make_shared<std::unique_ptr<StoreWatch>>();
  auto callback = LoopCallback::New(env, FunctionArgument(info, 1), [watch] { watch->reset(); });
  callback->Unref();
  std::optional<StoreError> error;
  *watch = WatchSystemStore(
      ToRequest(info[0]),
      [weak = std::weak_ptr<LoopCallback>(callback)] {
        if (auto alive = weak.lock()) {
          alive->Post([](Napi::Env, const Napi::Function& function) { function.Call({}); });
        }
      },
      &error);
  if (!*watch) callback->Close();
  if (!*watch && !error) return env.Undefined();
  auto object = Napi::Object::New(env);
  if (error) object.Set("error", ToErrorObject(env, *error));
  SetMethod(&object, "close", [callback](const Napi::CallbackInfo&) { callback->Close(); });
  return object;
}

Napi::Value ReadPaths(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const VerifyPaths paths = ReadVerifyPaths(ToRequest(info[0]));
  auto object = Napi::Object::New(env);
  object.Set("opensslFile", paths.openssl_file);
  object.Set("opensslDirectory", paths.openssl_directory);
  object.Set("opensslFileEnv", paths.openssl_file_env);
  object.Set("opensslDirectoryEnv", paths.openssl_directory_env);
  object.Set("locations", ToArray(env, paths.locations, ToLocation));
  object.Set("distrustPaths", ToArray(env, paths.distrust_paths, [](Napi::Env e, const auto& path) {
               return Napi::String::New(e, path);
             }));
  return object;
}

Napi::Value Parse(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Uint8Array bytes = BytesArgument(info, "input");
  CertificateInput input = ReadCertificateInput(bytes.Data(), bytes.ByteLength());
  MoveUnparsableToErrors(&input);
  const Judged judged = Judge(input.certificates, ToPolicy(info[1]).judge);
  FactColumns columns(env, input.certificates.size());
  for (size_t index = 0; index < input.certificates.size(); ++index) {
    columns.Add(input.certificates[index], judged.judgements[index]);
  }
  Napi::Object parsed = columns.ToObject();
  parsed.Set("errors", ToArray(env, input.errors, ToErrorObject));
  return parsed;
}

// Argument: (texts), the roots of the runtime, which textsBeside of a store compares with.
Napi::Value ReadRoots(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throw Napi::TypeError::New(info.Env(), "texts must be an array");
  const auto texts = info[0].As<Napi::Array>();
  auto roots = std::make_unique<RuntimeRoots>();
  const uint32_t length = texts.Length();
  for (uint32_t i = 0; i < length; i++) {
    const std::string text = TextAt(texts, i);
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    CertificateInput input = ReadCertificateInput(bytes, text.size());
    for (StoreCertificate& root : input.certificates) roots->Add(std::move(root));
  }
  const auto free_roots = [](napi_env, void* held, void*) {
    delete static_cast<RuntimeRoots*>(held);
  };
  napi_value held;
  if (napi_create_external(info.Env(), roots.get(), free_roots, nullptr, &held) != napi_ok) {
    throw Napi::Error::New(info.Env());
  }
  roots.release();
  return {info.Env(), held};
}

Napi::Value Describe(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = BytesArgument(info, "der");
  const StoreCertificate certificate = MakeStoreCertificate(bytes.Data(), bytes.ByteLength());
  if (!certificate.parsed) {
    throw Napi::TypeError::New(info.Env(), "not a certificate: " + certificate.unparsable_reason);
  }
  const Judged judged = Judge({certificate}, ToPolicy(info[1]).judge);
  return ToCertificate(info.Env(), certificate, judged.judgements[0]);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto data = std::make_unique<EnvironmentData>();
  data->store_view = Napi::Persistent(StoreView::Define(env));
  exports.Set("NativeStore", data->store_view.Value());
  env.SetInstanceData(data.release());
  exports.Set("backend", BackendName());
  exports.Set("read", Napi::Function::New<Read>(env, "read"));
  exports.Set("startRead", Napi::Function::New<StartRead>(env, "startRead"));
  exports.Set("watch", Napi::Function::New<Watch>(env, "watch"));
  exports.Set("verifyPaths", Napi::Function::New<ReadPaths>(env, "verifyPaths"));
  exports.Set("parse", Napi::Function::New<Parse>(env, "parse"));
  exports.Set("roots", Napi::Function::New<ReadRoots>(env, "roots"));
  exports.Set("describe", Napi::Function::New<Describe>(env, "describe"));
  AddVerifier(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(os_truststore, Init)

}  // namespace os_truststore
