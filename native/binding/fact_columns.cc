#include "binding/fact_columns.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "asn1/name.h"
#include "binding/values.h"

namespace os_truststore {
namespace {

// Cut to the 53 bits that a JavaScript number holds exactly. Equal hashes only save time: the
// caller then compares.
double HashOf(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr uint64_t kMask = (uint64_t{1} << 53) - 1;
  return static_cast<double>(uint64_t{std::hash<std::string_view>()(bytes)} & kMask);
}

// 0 for none. Equal hashes count as equal identifiers: they only ever rule a path out.
double KeyIdOf(const StoreCertificate& certificate, DerSpan key_id) {
  if (key_id.size == 0) return 0;
  return std::max(1.0, HashOf(certificate.der.data() + key_id.offset, key_id.size));
}

}  // namespace

FactColumns::FactColumns(Napi::Env env, size_t size)
    : env_(env),
      pems_(env, size),
      names_(env, size),
      numbers_(Napi::Float64Array::New(env, size * kColumns)) {
  name_indices_.reserve(size);
}

// Names match when their canonical forms are equal bytes, as in OpenSSL and the rules in trust/.
double FactColumns::NameIndex(const StoreCertificate& certificate, DerSpan name) {
  std::string canonical = CanonicalName(certificate.der.data() + name.offset, name.size);
  const auto next = static_cast<uint32_t>(name_indices_.size());
  const auto [found, is_new] = name_indices_.try_emplace(std::move(canonical), next);
  if (is_new) names_.Add(found->first);
  return found->second;
}

void FactColumns::Add(const StoreCertificate& certificate, const Judgement& judgement) {
  const CertificateFields& fields = certificate.fields;
  const bool self_signed = certificate.parsed && LooksSelfSigned(certificate.der.data(), fields);
  pems_.AddPem(certificate);
  double* row = numbers_.Data() + count_++ * kColumns;
  row[kSubjectName] = NameIndex(certificate, fields.subject);
  row[kIssuerName] = self_signed ? row[kSubjectName] : NameIndex(certificate, fields.issuer);
  row[kValidFrom] = static_cast<double>(fields.not_before) * kMsPerSecond;
  row[kValidTo] = static_cast<double>(fields.not_after) * kMsPerSecond;
  row[kLooksSelfSigned] = self_signed ? 1 : 0;
  row[kRole] = static_cast<double>(judgement.role);
  row[kTrust] = static_cast<double>(judgement.trust);
  row[kSkipped] = static_cast<double>(judgement.skip);
  row[kKey] = HashOf(certificate.der.data(), certificate.der.size());
  row[kSubjectKeyId] = KeyIdOf(certificate, fields.subject_key_id);
  row[kAuthorityKeyId] = KeyIdOf(certificate, fields.authority_key_id);
}

Napi::Object FactColumns::ToObject() {
  auto object = Napi::Object::New(env_);
  object.Set("pems", pems_.ToObject());
  object.Set("names", names_.ToObject());
  object.Set("numbers", numbers_);
  return object;
}

}  // namespace os_truststore
