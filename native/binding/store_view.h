// One finished read as JavaScript sees it. Part of the Node-API surface.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_STORE_VIEW_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_STORE_VIEW_H_

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/fact_columns.h"
#include "binding/joined_texts.h"
#include "binding/values.h"
#include "input/certificate_input.h"
#include "read_job.h"
#include "trust/beside_roots.h"

namespace os_truststore {

using Finished = std::shared_ptr<const FinishedRead>;

// One finished read. The certificates stay native; JavaScript asks for the view it needs.
class StoreView : public Napi::ObjectWrap<StoreView> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "NativeStore",
                       {InstanceMethod<&StoreView::IsCurrent>("isCurrent"),
                        InstanceMethod<&StoreView::IsSameRead>("isSameRead"),
                        InstanceMethod<&StoreView::Usable>("usableTexts"),
                        InstanceMethod<&StoreView::Facts>("factColumns"),
                        InstanceMethod<&StoreView::Beside>("textsBeside"),
                        InstanceMethod<&StoreView::Certificates>("certificatesPage"),
                        InstanceMethod<&StoreView::DistrustedBy>("distrustedBy"),
                        InstanceAccessor<&StoreView::DistrustedNames>("distrustedNames"),
                        InstanceAccessor<&StoreView::Dated>("dated"),
                        InstanceAccessor<&StoreView::Errors>("errors"),
                        InstanceAccessor<&StoreView::Locations>("locations"),
                        InstanceAccessor<&StoreView::DurationMs>("durationMs"),
                        InstanceAccessor<&StoreView::Size>("size")});
  }

  explicit StoreView(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StoreView>(info) {
    if (info.Length() < 1 || !info[0].IsExternal()) {
      throw Napi::TypeError::New(info.Env(), "A NativeStore is made by read() only");
    }
    finished_ = *info[0].As<Napi::External<Finished>>().Data();
  }

  const Finished& finished() const { return finished_; }

 private:
  const ReadResult& result() const { return *finished_->result; }

  // The last answer is kept. Judging may throw, so this read is not given away.
  std::shared_ptr<const Judged> JudgedFor(const Policy& policy) {
    finished_ = os_truststore::JudgedFor(finished_, policy);
    return finished_->judged;
  }

  Napi::Value IsCurrent(const Napi::CallbackInfo& info) {
    const bool current = result().signature && result().signature->IsCurrent();
    return Napi::Boolean::New(info.Env(), current);
  }

  Napi::Value IsSameRead(const Napi::CallbackInfo& info);

  // { items, next: where the following page begins or -1, validUntil }
  Napi::Object ToPageObject(const Napi::Object& items, const Judged& judged,
                            const PageArguments& page) {
    auto answer = Napi::Object::New(items.Env());
    answer.Set("items", items);
    answer.Set("next", page.end < judged.order.size() ? static_cast<double>(page.end) : -1);
    answer.Set("validUntil", static_cast<double>(judged.valid_until) * kMsPerSecond);
    return answer;
  }

  Napi::Value Usable(const Napi::CallbackInfo& info) {
    const ViewPolicy policy = ToPolicy(info[0]);
    const std::shared_ptr<const Judged> judged = JudgedFor(policy.judge);
    const PageArguments page = ToPage(info, judged->order.size());
    JoinedTexts pems(info.Env(), judged->order.size());
    for (size_t i = page.begin; i < page.end; ++i) {
      const uint32_t index = judged->order[i];
      if (!IsUsable(judged->judgements[index], policy.intermediates)) continue;
      pems.AddPem(result().certificates[index]);
    }
    return ToPageObject(pems.ToObject(), *judged, page);
  }

  Napi::Value Certificates(const Napi::CallbackInfo& info) {
    const std::shared_ptr<const Judged> judged = JudgedFor(ToPolicy(info[0]).judge);
    const PageArguments page = ToPage(info, judged->order.size());
    auto items = Napi::Array::New(info.Env(), page.end - page.begin);
    for (size_t i = page.begin; i < page.end; ++i) {
      Napi::HandleScope scope(info.Env());
      const uint32_t index = judged->order[i];
      items.Set(static_cast<uint32_t>(i - page.begin),
                ToCertificate(info.Env(), result().certificates[index], judged->judgements[index]));
    }
    return ToPageObject(items, *judged, page);
  }

  Napi::Value Facts(const Napi::CallbackInfo& info) {
    const std::shared_ptr<const Judged> judged = JudgedFor(ToPolicy(info[0]).judge);
    FactColumns columns(info.Env(), judged->order.size());
    for (const uint32_t index : judged->order) {
      columns.Add(result().certificates[index], judged->judgements[index]);
    }
    return columns.ToObject();
  }

  Napi::Value Beside(const Napi::CallbackInfo& info);

  // Undefined when no name of the store is that of this DER certificate.
  Napi::Value DistrustedBy(const Napi::CallbackInfo& info) {
    const Napi::Uint8Array der = BytesArgument(info, "der");
    const DistrustOrigin* origin =
        result().distrusted_names.Find(MakeStoreCertificate(der.Data(), der.ByteLength()));
    if (origin == nullptr) return info.Env().Undefined();
    return ToSource(info.Env(), origin->ToSource());
  }
  Napi::Value DistrustedNames(const Napi::CallbackInfo& info) {
    return ToArray(info.Env(), result().distrusted_names.Keys(), ToLatin1);
  }
  // [{ pem, after }]
  Napi::Value Dated(const Napi::CallbackInfo& info) {
    auto dated = Napi::Array::New(info.Env());
    for (const StoreCertificate& certificate : result().certificates) {
      if (certificate.distrust_after == kNeverDistrusted) continue;
      auto object = Napi::Object::New(info.Env());
      object.Set("pem", ToPemText(info.Env(), certificate));
      object.Set("after", static_cast<double>(certificate.distrust_after) * kMsPerSecond);
      dated.Set(dated.Length(), object);
    }
    return dated;
  }
  Napi::Value Errors(const Napi::CallbackInfo& info) {
    return ToArray(info.Env(), result().errors, ToErrorObject);
  }
  Napi::Value Locations(const Napi::CallbackInfo& info) {
    return ToArray(info.Env(), result().locations, ToLocation);
  }
  Napi::Value DurationMs(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), finished_->duration_ms);
  }
  Napi::Value Size(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(result().certificates.size()));
  }

  Finished finished_;
};

// What belongs to one environment: the main thread's, or one worker's.
struct EnvironmentData {
  Napi::FunctionReference store_view;
};

inline Napi::Object ToStoreView(Napi::Env env, Finished finished) {
  auto held = Napi::External<Finished>::New(env, &finished);
  return env.GetInstanceData<EnvironmentData>()->store_view.New({held});
}

// A NativeStore argument, or null when there is none.
inline Finished FinishedArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsObject()) return nullptr;
  const auto object = info[index].As<Napi::Object>();
  const Napi::Function type = info.Env().GetInstanceData<EnvironmentData>()->store_view.Value();
  if (!object.InstanceOf(type)) {
    throw Napi::TypeError::New(info.Env(), "previous must be a NativeStore");
  }
  return StoreView::Unwrap(object)->finished();
}

inline Napi::Value StoreView::IsSameRead(const Napi::CallbackInfo& info) {
  const Finished other = FinishedArgument(info, 0);
  return Napi::Boolean::New(info.Env(), other && other->result == finished_->result);
}

// (policy, roots, others): undefined, or { roots: how many, anchors, namesakes, intermediates,
// since, until }.
inline Napi::Value StoreView::Beside(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsExternal() || !info[2].IsArray()) {
    throw Napi::TypeError::New(env, "what roots() has made and an array are needed");
  }
  const RuntimeRoots& roots = *info[1].As<Napi::External<RuntimeRoots>>().Data();
  const Policy policy = ToPolicy(info[0]).judge;
  const auto names = info[2].As<Napi::Array>();
  NamePlaces others;
  const uint32_t length = names.Length();
  for (uint32_t i = 0; i < length; i++) others.try_emplace(TextAt(names, i), std::as_const(i));
  const auto& certificates = result().certificates;
  BesideRoots found;
  if (!FindBesideRoots(result(), *JudgedFor(policy), roots, policy.now, &others, &found)) {
    return env.Undefined();
  }
  const auto to_texts = [&](const std::vector<uint32_t>& indices) {
    JoinedTexts pems(env, certificates.size());
    for (const uint32_t index : indices) pems.AddPem(certificates[index]);
    return pems.ToObject();
  };
  auto answer = Napi::Object::New(env);
  answer.Set("roots", static_cast<double>(roots.certificates().size()));
  answer.Set("anchors", to_texts(found.anchors));
  answer.Set("namesakes", static_cast<double>(found.namesakes));
  answer.Set("intermediates", to_texts(found.intermediates));
  answer.Set("since", found.since * kMsPerSecond);
  answer.Set("until", found.until * kMsPerSecond);
  return answer;
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_STORE_VIEW_H_
