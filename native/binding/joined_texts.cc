#include "binding/joined_texts.h"

#include <algorithm>

#include "binding/values.h"
#include "input/certificate_input.h"

namespace os_truststore {

JoinedTexts::JoinedTexts(Napi::Env env, size_t expected)
    : env_(env), texts_(Napi::Array::New(env)), joined_(expected > kMany) {}

void JoinedTexts::Add(const std::string& text) {
  text_.append(text);
  End(text.size());
}

void JoinedTexts::AddPem(const StoreCertificate& certificate) {
  const size_t before = text_.size();
  AppendPem(certificate.der.data(), certificate.der.size(), &text_);
  End(text_.size() - before);
}

Napi::Object JoinedTexts::ToObject() {
  if (!text_.empty()) Flush();
  auto object = Napi::Object::New(env_);
  object.Set("texts", texts_);
  if (joined_) {
    auto lengths = Napi::Uint32Array::New(env_, lengths_.size());
    std::copy(lengths_.begin(), lengths_.end(), lengths.Data());
    object.Set("lengths", lengths);
  }
  return object;
}

void JoinedTexts::End(size_t length) {
  if (joined_) lengths_.push_back(static_cast<uint32_t>(length));
  if (!joined_ || text_.size() >= kTextSize) Flush();
}

void JoinedTexts::Flush() {
  Napi::HandleScope scope(env_);
  texts_.Set(count_++, ToLatin1(env_, text_));
  text_.clear();
}

}  // namespace os_truststore
