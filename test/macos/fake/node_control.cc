// Makes the fake a Node addon: JavaScript describes the Mac and asks what was called. An
// os-truststore that is linked against this file, or a Mach-O file bound to it, then reads that
// Mac.
#include <napi.h>

#include "control.h"

namespace {

using Napi::CallbackInfo;

std::string Text(const CallbackInfo& info, size_t index) {
  return info[index].ToString().Utf8Value();
}

int Integer(const CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : 0;
}

// Reads a number; any string stands for a value of the wrong type.
std::optional<int64_t> ToNumber(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (value.IsUndefined()) return std::nullopt;
  return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : fake::kWrongType;
}

fake::Entry ToEntry(const Napi::Value& value) {
  fake::Entry entry;
  entry.not_a_dictionary = !value.IsObject();
  if (entry.not_a_dictionary) return entry;
  const auto object = value.As<Napi::Object>();
  if (object.Has("policy")) entry.policy = object.Get("policy").ToString().Utf8Value();
  if (object.Has("policyName")) {
    entry.policy_name = object.Get("policyName").ToString().Utf8Value();
  }
  entry.result = ToNumber(object, "result");
  entry.key_usage = ToNumber(object, "keyUsage");
  entry.application = object.Get("application").ToBoolean();
  entry.policy_string = object.Get("policyString").ToBoolean();
  return entry;
}

void AddSettings(const Napi::Object& object, const char* key, fake::Domain domain,
                 fake::Certificate* certificate) {
  if (!object.Get(key).IsArray()) return;
  const auto entries = object.Get(key).As<Napi::Array>();
  fake::Settings& settings = certificate->settings[domain];
  for (uint32_t i = 0; i < entries.Length(); ++i) {
    settings.entries.push_back(ToEntry(entries.Get(i)));
  }
}

fake::Certificate ToCertificate(const Napi::Object& object) {
  fake::Certificate certificate;
  const auto der = object.Get("der").As<Napi::Uint8Array>();
  certificate.der.assign(der.Data(), der.Data() + der.ByteLength());
  AddSettings(object, "user", fake::kUser, &certificate);
  AddSettings(object, "admin", fake::kAdmin, &certificate);
  certificate.system = object.Get("system").ToBoolean();
  certificate.keychain = object.Get("keychain").ToBoolean();
  certificate.user_keychain_only = object.Get("userKeychainOnly").ToBoolean();
  return certificate;
}

// reset(certificates)
void Reset(const CallbackInfo& info) {
  fake::World world;
  const auto certificates = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < certificates.Length(); ++i) {
    world.push_back(ToCertificate(certificates.Get(i).As<Napi::Object>()));
  }
  fake::Reset(std::move(world));
}

// fail(function, status, nth)
void Fail(const CallbackInfo& info) {
  fake::Fail(Text(info, 0), fake::Failure::kStatus, Integer(info, 2), Integer(info, 1));
}

void Delay(const CallbackInfo& info) { fake::Delay(Text(info, 0), Integer(info, 1)); }
void Hang(const CallbackInfo& info) { fake::Hang(Text(info, 0)); }
void Unhang(const CallbackInfo&) { fake::Unhang(); }
void PostKeychainEvent(const CallbackInfo& info) {
  fake::PostKeychainEvent(info[0].ToNumber().Uint32Value());
}

std::vector<uint8_t> ToBytes(const Napi::Value& value) {
  const auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.Data() + bytes.ByteLength()};
}

// allowEvaluation({ asTrustd, trusted, status, revocationChecked, chain })
void AllowEvaluation(const CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  fake::Verdict verdict;
  verdict.as_trustd = object.Get("asTrustd").ToBoolean();
  verdict.trusted = object.Get("trusted").ToBoolean();
  if (object.Has("status")) verdict.status = object.Get("status").ToNumber().Int32Value();
  if (object.Has("revocationChecked")) {
    verdict.revocation_checked = object.Get("revocationChecked").ToBoolean().Value();
  }
  if (object.Get("chain").IsArray()) {
    const auto chain = object.Get("chain").As<Napi::Array>();
    for (uint32_t i = 0; i < chain.Length(); ++i) verdict.chain.push_back(ToBytes(chain.Get(i)));
  }
  fake::AllowEvaluation(std::move(verdict));
}

Napi::Array ToBuffers(Napi::Env env, const std::vector<std::vector<uint8_t>>& ders) {
  auto array = Napi::Array::New(env);
  for (uint32_t i = 0; i < ders.size(); ++i) {
    array.Set(i, Napi::Buffer<uint8_t>::Copy(env, ders[i].data(), ders[i].size()));
  }
  return array;
}

// evaluations(): the evaluations since reset()
Napi::Value Evaluations(const CallbackInfo& info) {
  auto array = Napi::Array::New(info.Env());
  for (const fake::Evaluation& evaluation : fake::Evaluations()) {
    auto object = Napi::Object::New(info.Env());
    object.Set("certificates", ToBuffers(info.Env(), evaluation.certificates));
    object.Set("anchors", ToBuffers(info.Env(), evaluation.anchors));
    object.Set("anchorsOnly", Napi::Boolean::New(info.Env(), evaluation.anchors_only));
    object.Set("network", Napi::Boolean::New(info.Env(), evaluation.network.value_or(true)));
    object.Set("server", Napi::Boolean::New(info.Env(), evaluation.server));
    if (evaluation.host) object.Set("host", *evaluation.host);
    if (evaluation.revocation_flags) {
      object.Set("revocationFlags", static_cast<double>(*evaluation.revocation_flags));
    }
    array.Set(array.Length(), object);
  }
  return array;
}

Napi::Value MostEvaluationsAtOnce(const CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fake::MostEvaluationsAtOnce());
}

Napi::Value Hanging(const CallbackInfo& info) {
  return Napi::Number::New(info.Env(), fake::Hanging());
}

Napi::Value HasKeychainCallback(const CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), fake::HasKeychainCallback());
}

Napi::Array ToArray(Napi::Env env, const std::vector<std::string>& texts) {
  auto array = Napi::Array::New(env);
  for (uint32_t i = 0; i < texts.size(); ++i) array.Set(i, texts[i]);
  return array;
}

// calls(): how often each function was called
Napi::Value Calls(const CallbackInfo& info) {
  auto object = Napi::Object::New(info.Env());
  for (const auto& [function, count] : fake::AllCalls()) object.Set(function, count);
  return object;
}

Napi::Value Report(const CallbackInfo& info) {
  const fake::Report report = fake::GetReport();
  auto object = Napi::Object::New(info.Env());
  object.Set("leaks", ToArray(info.Env(), report.leaks));
  object.Set("faults", ToArray(info.Env(), report.faults));
  object.Set("forbidden", ToArray(info.Env(), report.forbidden));
  object.Set("overlaps", static_cast<double>(report.overlaps));
  return object;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("reset", Napi::Function::New<Reset>(env));
  exports.Set("fail", Napi::Function::New<Fail>(env));
  exports.Set("delay", Napi::Function::New<Delay>(env));
  exports.Set("hang", Napi::Function::New<Hang>(env));
  exports.Set("unhang", Napi::Function::New<Unhang>(env));
  exports.Set("allowEvaluation", Napi::Function::New<AllowEvaluation>(env));
  exports.Set("evaluations", Napi::Function::New<Evaluations>(env));
  exports.Set("mostEvaluationsAtOnce", Napi::Function::New<MostEvaluationsAtOnce>(env));
  exports.Set("hanging", Napi::Function::New<Hanging>(env));
  exports.Set("postKeychainEvent", Napi::Function::New<PostKeychainEvent>(env));
  exports.Set("hasKeychainCallback", Napi::Function::New<HasKeychainCallback>(env));
  exports.Set("calls", Napi::Function::New<Calls>(env));
  exports.Set("report", Napi::Function::New<Report>(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(os_truststore_macos_fake, Init)
