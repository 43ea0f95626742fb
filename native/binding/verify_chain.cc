#include "binding/verify_chain.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "binding/loop_callback.h"
#include "binding/values.h"
#include "verify_job.h"

namespace os_truststore {
namespace {

constexpr double kLongestDeadlineMs = 24.0 * 3600 * 1000;
// These limits are far beyond any chain that OpenSSL passes on (it limits a whole chain to 100 KiB)
// and any name in DNS.
constexpr size_t kMostCertificates = 200;
// NODE_EXTRA_CA_CERTS often names a whole list of public CAs plus a few more.
constexpr size_t kMostUserCas = 5000;
constexpr size_t kLargestCertificate = 1 << 20;
constexpr size_t kLongestHost = 255;

[[noreturn]] void Refuse(Napi::Env env, const char* what) { throw Napi::TypeError::New(env, what); }

std::vector<Der> ToDers(Napi::Env env, const Napi::Value& value, size_t most, const char* what) {
  if (!value.IsArray()) Refuse(env, what);
  const auto array = value.As<Napi::Array>();
  if (array.Length() > most) Refuse(env, what);
  std::vector<Der> ders;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::HandleScope scope(env);
    const Napi::Value item = array.Get(i);
    if (!item.IsTypedArray() || item.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Refuse(env, what);
    }
    const auto bytes = item.As<Napi::Uint8Array>();
    if (bytes.ByteLength() == 0 || bytes.ByteLength() > kLargestCertificate) Refuse(env, what);
    ders.emplace_back(bytes.Data(), bytes.Data() + bytes.ByteLength());
  }
  return ders;
}

// A NUL would end the name for the platform but not here; names in other characters need a caller
// that knows IDNA.
bool IsPlainHost(const std::string& host) {
  return !host.empty() && host.size() <= kLongestHost &&
         std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<std::string> ToHost(Napi::Env env, const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  if (!value.IsString()) Refuse(env, "host must be a string");
  size_t size = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  if (size > kLongestHost) Refuse(env, "host is too long");
  std::string host = value.As<Napi::String>().Utf8Value();
  if (!IsPlainHost(host)) Refuse(env, "host must be a name or an address in ASCII");
  return host;
}

RevocationMode ToRevocation(Napi::Env env, const Napi::Value& value) {
  const std::string text = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (text == "off") return RevocationMode::kOff;
  if (text == "soft-fail") return RevocationMode::kSoftFail;
  if (text == "require") return RevocationMode::kRequire;
  Refuse(env, "revocation must be off, soft-fail or require");
}

ChainRequest ToChainRequest(Napi::Env env, const Napi::Value& value) {
  if (!value.IsObject()) Refuse(env, "request must be an object");
  const auto object = value.As<Napi::Object>();
  ChainRequest request;
  request.chain =
      ToDers(env, object.Get("chain"), kMostCertificates, "chain must be an array of DER");
  if (request.chain.empty()) Refuse(env, "chain must not be empty");
  request.user_cas =
      ToDers(env, object.Get("userCAs"), kMostUserCas, "userCAs must be an array of DER");
  request.host = ToHost(env, object.Get("host"));
  if (object.Get("clientAuth").ToBoolean()) request.purpose = ChainPurpose::kClientAuth;
  request.revocation = ToRevocation(env, object.Get("revocation"));
  request.fetch_intermediates = object.Get("fetchIntermediates").ToBoolean();
  const double asked = object.Get("deadlineMs").ToNumber().DoubleValue();
  const double ms = asked > 0 ? std::min(asked, kLongestDeadlineMs) : 0;
  request.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::llround(ms));
  return request;
}

const char* Text(RevocationState state) {
  switch (state) {
    case RevocationState::kNotChecked:
      return "not-checked";
    case RevocationState::kGood:
      return "good";
    case RevocationState::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Napi::Object ToVerdictObject(Napi::Env env, const ChainVerdict& verdict) {
  auto object = Napi::Object::New(env);
  object.Set("accepted", Napi::Boolean::New(env, verdict.accepted));
  object.Set("revocation", Text(verdict.revocation));
  object.Set("chain", ToArray(env, verdict.chain, [](Napi::Env e, const Der& der) {
               return Napi::Buffer<uint8_t>::Copy(e, der.data(), der.size());
             }));
  if (verdict.accepted) return object;
  std::string reason = verdict.refusal.reason;
  if (!verdict.detail.empty()) reason += ": " + verdict.detail;
  object.Set("code", verdict.refusal.code);
  object.Set("reason", reason);
  if (verdict.platform_code) {
    object.Set("platformCode", static_cast<double>(*verdict.platform_code));
  }
  if (!verdict.platform_text.empty()) object.Set("platformText", verdict.platform_text);
  return object;
}

// The slot breaks a reference cycle: the job posts to the callback, and closing the callback
// cancels the job.
using JobSlot = std::shared_ptr<std::shared_ptr<VerifyJob>>;

// Arguments: (request, callback).
Napi::Value StartVerify(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ChainRequest request = ToChainRequest(env, info[0]);
  if (!info[1].IsFunction()) Refuse(env, "callback must be a function");
  const JobSlot job = std::make_shared<std::shared_ptr<VerifyJob>>();
  const auto callback = LoopCallback::New(env, info[1].As<Napi::Function>(), [job] {
    if (*job) (*job)->Cancel();
  });
  const auto post = [callback](ChainVerdict verdict) {
    const auto shared = std::make_shared<ChainVerdict>(std::move(verdict));
    callback->Post([callback, shared](Napi::Env e, const Napi::Function& function) {
      callback->Close();
      function.Call({ToVerdictObject(e, *shared)});
    });
  };
  try {
    *job = VerifyJob::Start(std::move(request), post);
  } catch (const std::exception& error) {
    // A callback that will never be called must not keep the process alive.
    callback->Close();
    throw Napi::Error::New(env, std::string("no thread to verify on: ") + error.what());
  }
  auto object = Napi::Object::New(env);
  object.Set("cancel",
             Napi::Function::New(
                 env, [callback](const Napi::CallbackInfo&) { callback->Close(); }, "cancel"));
  return object;
}

}  // namespace

void AddVerifier(Napi::Env env, Napi::Object exports) {
  exports.Set("startVerify", Napi::Function::New<StartVerify>(env, "startVerify"));
}

}  // namespace os_truststore
