// What merging needs to know of many certificates, as columns: one array for each kind of value
// instead of one object for each certificate, because making objects from native code is what would
// cost the time. Part of the Node-API surface; lib/addon/adapt-addon.ts makes objects of it, by the
// names in lib/addon/fact-columns.ts.
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

  // { pems, names, numbers }, the first two as JoinedTexts has them, the last with one number a
  // column for each certificate.
  Napi::Object ToObject();

 private:
  // In the order in which they are written. test/native/fact-columns.test.ts holds this against
  // lib/addon/fact-columns.ts.
  enum Column : size_t {
    kSubjectName,  // index in names
    kIssuerName,
    kValidFrom,  // ms
    kValidTo,
    kLooksSelfSigned,
    kRole,  // as the values of their enums: this and the next two
    kTrust,
    kSkipped,
    kKey,           // a hash of the DER
    kSubjectKeyId,  // a hash of the identifier, 0 for none
    kAuthorityKeyId,
    kColumns,  // how many
  };

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
