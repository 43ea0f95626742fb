// What merging needs to know of many certificates, as columns: one array for each kind of value
// instead of one object for each certificate, because making objects from native code is what would
// cost the time. Part of the Node-API surface; lib/addon/adapt-addon.ts makes objects of it.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_FACT_COLUMNS_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_FACT_COLUMNS_H_

#include <napi.h>

#include <string>
#include <unordered_map>

#include "binding/joined_texts.h"
#include "system_store.h"
#include "trust/judge.h"

namespace os_truststore {

class FactColumns {
 public:
  FactColumns(Napi::Env env, size_t size);

  void Add(const StoreCertificate& certificate, const Judgement& judgement);

  // { pems, names, numbers }, the first two as JoinedTexts has them: eleven numbers a certificate,
  // in this order: index of the subject in names, of the issuer, start and end of validity (ms),
  // whether it looks self-signed, then role, trust and skip reason as their enum values, a hash of
  // the DER, and one each of the subject's and the issuer's key identifier, 0 for none.
  Napi::Object ToObject();

 private:
  static constexpr size_t kNumbers = 11;

  double NameIndex(const StoreCertificate& certificate, DerSpan name);

  Napi::Env env_;
  JoinedTexts pems_;
  JoinedTexts names_;
  Napi::Float64Array numbers_;
  std::unordered_map<std::string, uint32_t> name_indices_;
  uint32_t count_ = 0;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_FACT_COLUMNS_H_
