// Converts native values to JavaScript values, and arguments to native values. Part of the Node-API
// surface.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_VALUES_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_VALUES_H_

#include <napi.h>

#include <cstdint>
#include <string>

#include "system_store.h"
#include "trust/judge.h"

namespace os_truststore {

// What the rules and the view need to know from the caller.
struct ViewPolicy {
  Policy judge;
  bool intermediates = false;
};

ReadRequest ToRequest(const Napi::Value& value);
// Undefined gives the default policy with a clock at zero.
ViewPolicy ToPolicy(const Napi::Value& value);

// The part of a list that a view is asked for: [begin, end).
struct PageArguments {
  size_t begin = 0;
  size_t end = 0;
};

// Reads the arguments (policy, from, limit), cut to `size`.
PageArguments ToPage(const Napi::CallbackInfo& info, size_t size);

// Throws TypeError when argument 0 is no Uint8Array. `name` is for the message.
Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, const char* name);

// Returns Napi::Value because Set() of node-addon-api converts a Napi::String to a std::string and
// then makes a new string of it.
Napi::Value ToLatin1(Napi::Env env, const std::string& bytes);
// Returns a string of an array, one byte a character. Throws TypeError when it is not a string.
std::string TextAt(const Napi::Array& texts, uint32_t index);
Napi::Value ToPemText(Napi::Env env, const StoreCertificate& certificate);
Napi::Object ToErrorObject(Napi::Env env, const StoreError& error);
Napi::Object ToLocation(Napi::Env env, const StoreLocation& location);
Napi::Object ToSource(Napi::Env env, const CertificateSource& source);

// Makes the whole NativeCertificate record of lib/addon/native-binding.ts.
Napi::Object ToCertificate(Napi::Env env, const StoreCertificate& certificate,
                           const Judgement& judgement);

// Makes a JavaScript array from any container; `convert` is called once for each element.
template <typename Container, typename Convert>
Napi::Array ToArray(Napi::Env env, const Container& items, Convert convert) {
  auto array = Napi::Array::New(env, items.size());
  uint32_t index = 0;
  for (const auto& item : items) {
    Napi::HandleScope scope(env);
    array.Set(index++, convert(env, item));
  }
  return array;
}

constexpr double kMsPerSecond = 1000;

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_VALUES_H_
