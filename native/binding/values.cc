#include "binding/values.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "input/certificate_input.h"
#include "input/sha256.h"

namespace os_truststore {
namespace {

const char* Text(SourceKind kind) {
  switch (kind) {
    case SourceKind::kFile:
      return "file";
    case SourceKind::kDirectory:
      return "directory";
    case SourceKind::kWindowsStore:
      return "windows-store";
    case SourceKind::kMacTrustDomain:
      return "macos-trust-domain";
    case SourceKind::kMacKeychain:
      return "macos-keychain";
  }
  return "file";
}

const char* Text(LocationState state) {
  switch (state) {
    case LocationState::kRead:
      return "read";
    case LocationState::kMissing:
      return "missing";
    case LocationState::kFailed:
      return "failed";
    case LocationState::kNotNeeded:
      return "not-needed";
  }
  return "failed";
}

const char* Text(StoreErrorCode code) {
  switch (code) {
    case StoreErrorCode::kReadFailed:
      return "ERR_TRUSTSTORE_READ_FAILED";
    case StoreErrorCode::kNotRegularFile:
      return "ERR_TRUSTSTORE_NOT_REGULAR_FILE";
    case StoreErrorCode::kFileTooLarge:
      return "ERR_TRUSTSTORE_FILE_TOO_LARGE";
    case StoreErrorCode::kBadCertificate:
      return "ERR_TRUSTSTORE_BAD_CERTIFICATE";
    case StoreErrorCode::kUnsupported:
      return "ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM";
    case StoreErrorCode::kCancelled:
      return "ERR_TRUSTSTORE_CANCELLED";
  }
  return "ERR_TRUSTSTORE_READ_FAILED";
}

const char* Text(Role role) {
  switch (role) {
    case Role::kAnchor:
      return "anchor";
    case Role::kIntermediate:
      return "intermediate";
    case Role::kLeaf:
      return "leaf";
  }
  return "leaf";
}

const char* Text(TrustStatus trust) {
  switch (trust) {
    case TrustStatus::kTrusted:
      return "trusted";
    case TrustStatus::kDistrusted:
      return "distrusted";
    case TrustStatus::kUnspecified:
      return "unspecified";
  }
  return "unspecified";
}

const char* Text(SkipReason reason) {
  switch (reason) {
    case SkipReason::kNone:
      return "";
    case SkipReason::kUnparsable:
      return "unparsable";
    case SkipReason::kDistrusted:
      return "distrusted";
    case SkipReason::kNotCa:
      return "not-a-ca";
    case SkipReason::kPurpose:
      return "purpose";
    case SkipReason::kNotTrusted:
      return "not-trusted";
    case SkipReason::kExpired:
      return "expired";
    case SkipReason::kNotYetValid:
      return "not-yet-valid";
    case SkipReason::kOrphan:
      return "orphan";
  }
  return "unparsable";
}

std::optional<std::string> OptionalText(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

}  // namespace

ReadRequest ToRequest(const Napi::Value& value) {
  ReadRequest request;
  if (!value.IsObject()) return request;
  const auto object = value.As<Napi::Object>();
  request.root = OptionalText(object, "root").value_or("");
  request.nix_ssl_cert_file = OptionalText(object, "nixSslCertFile");
  request.ssl_cert_file = OptionalText(object, "sslCertFile");
  request.ssl_cert_dir = OptionalText(object, "sslCertDir");
  request.fresh = object.Get("fresh").ToBoolean();
  return request;
}

ViewPolicy ToPolicy(const Napi::Value& value) {
  ViewPolicy policy;
  if (!value.IsObject()) return policy;
  const auto object = value.As<Napi::Object>();
  const std::string purpose = OptionalText(object, "purpose").value_or("server-auth");
  if (purpose == "client-auth") policy.judge.purpose = Purpose::kClientAuth;
  if (purpose == "any") policy.judge.purpose = Purpose::kAny;
  policy.judge.expired = object.Get("expired").ToBoolean();
  policy.intermediates = object.Get("intermediates").ToBoolean();
  policy.judge.now =
      static_cast<int64_t>(std::floor(object.Get("now").ToNumber().DoubleValue() / kMsPerSecond));
  return policy;
}

PageArguments ToPage(const Napi::CallbackInfo& info, size_t size) {
  const auto clamp = [size](double value) {
    return value >= static_cast<double>(size) ? size : value > 0 ? static_cast<size_t>(value) : 0;
  };
  PageArguments page;
  const double from = info[1].ToNumber().DoubleValue();
  page.begin = clamp(from);
  page.end = std::max(page.begin, clamp(from + info[2].ToNumber().DoubleValue()));
  return page;
}

Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, const char* name) {
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " must be a Uint8Array");
  }
  return info[0].As<Napi::Uint8Array>();
}

Napi::Object ToSource(Napi::Env env, const CertificateSource& source) {
  auto object = Napi::Object::New(env);
  object.Set("kind", Text(source.kind));
  object.Set("location", source.location);
  if (!source.store.empty()) object.Set("store", source.store);
  if (!source.label.empty()) object.Set("label", source.label);
  if (!source.shares_key_with.empty()) object.Set("sharesKeyWith", source.shares_key_with);
  return object;
}

Napi::Value ToLatin1(Napi::Env env, const std::string& bytes) {
  napi_value value;
  const napi_status status = napi_create_string_latin1(env, bytes.data(), bytes.size(), &value);
  if (status != napi_ok) throw Napi::Error::New(env);
  return {env, value};
}

std::string TextAt(const Napi::Array& texts, uint32_t index) {
  const napi_env env = texts.Env();
  const Napi::HandleScope scope(env);
  const Napi::Value value = texts[index];
  size_t size = 0;
  if (napi_get_value_string_latin1(env, value, nullptr, 0, &size) != napi_ok) {
    throw Napi::TypeError::New(env, "a text is needed");
  }
  std::string text;
  // Napi also writes the end of the C string.
  text.resize(size + 1);
  napi_get_value_string_latin1(env, value, text.data(), size + 1, &size);
  text.resize(size);
  return text;
}

Napi::Value ToPemText(Napi::Env env, const StoreCertificate& certificate) {
  return ToLatin1(env, ToPem(certificate.der.data(), certificate.der.size()));
}

Napi::Object ToErrorObject(Napi::Env env, const StoreError& error) {
  auto object = Napi::Object::New(env);
  object.Set("code", Text(error.code));
  object.Set("operation", error.operation);
  object.Set("message", error.message);
  object.Set("path", error.path);
  object.Set("osStatus", static_cast<double>(error.os_status));
  object.Set("osStatusText", error.os_status_text);
  return object;
}

Napi::Object ToLocation(Napi::Env env, const StoreLocation& location) {
  auto object = Napi::Object::New(env);
  object.Set("kind", Text(location.kind));
  object.Set("location", location.location);
  object.Set("store", location.store);
  object.Set("origin", location.origin);
  object.Set("state", Text(location.state));
  object.Set("certificates", location.certificates);
  return object;
}

namespace {

// Returns what there is to say beyond the verdict, usually nothing.
std::string DetailOf(const StoreCertificate& certificate, const Judgement& judgement) {
  if (!certificate.parsed) return certificate.unparsable_reason;
  if (judgement.distrusted_as_twin) {
    return "another encoding of this certificate, or one issued under its number, is distrusted";
  }
  if (judgement.skip == SkipReason::kOrphan && judgement.role == Role::kAnchor) {
    return "not self-signed: without its issuer, OpenSSL ends a chain here only with "
           "allowPartialTrustChain";
  }
  return {};
}

}  // namespace

Napi::Object ToCertificate(Napi::Env env, const StoreCertificate& certificate,
                           const Judgement& judgement) {
  const uint8_t* der = certificate.der.data();
  const size_t size = certificate.der.size();
  const CertificateFields& fields = certificate.fields;
  auto object = Napi::Object::New(env);
  object.Set("pem", ToPemText(env, certificate));
  object.Set("validFrom", static_cast<double>(fields.not_before) * kMsPerSecond);
  object.Set("validTo", static_cast<double>(fields.not_after) * kMsPerSecond);
  object.Set("role", Text(judgement.role));
  object.Set("trust", Text(judgement.trust));
  if (judgement.skip != SkipReason::kNone) object.Set("skipped", Text(judgement.skip));
  object.Set("der", Napi::Buffer<uint8_t>::Copy(env, der, size));
  object.Set("fingerprint256", Fingerprint256(der, size));
  object.Set("subject", NameToText(der + fields.subject.offset, fields.subject.size));
  object.Set("issuer", NameToText(der + fields.issuer.offset, fields.issuer.size));
  object.Set("serialNumber",
             SerialToText(der + fields.serial_number.offset, fields.serial_number.size));
  const std::string detail = DetailOf(certificate, judgement);
  if (!detail.empty()) object.Set("detail", detail);
  object.Set("sources", ToArray(env, certificate.sources, ToSource));
  if (certificate.distrust_after != kNeverDistrusted) {
    object.Set("distrustedAfter", static_cast<double>(certificate.distrust_after) * kMsPerSecond);
  }
  return object;
}

}  // namespace os_truststore
