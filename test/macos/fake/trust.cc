// Implements evaluating chains: records what is asked and returns what tests injected.
#include <Security/Security.h>

#include "objects.h"
#include "trustd.h"

namespace {

using fake::Call;
using fake::Expect;
using fake::ExpectAny;
using fake::Failure;
using fake::Object;
using fake::Type;

constexpr Call::Kind kKind = Call::Kind::kEvaluation;

// Whether the bytes are exactly one DER value.
bool IsDer(const std::vector<uint8_t>& bytes) {
  if (bytes.size() < 2 || bytes[0] != 0x30) return false;
  size_t size = bytes[1];
  size_t header = 2;
  if (size >= 0x80) {
    const size_t octets = size & 0x7f;
    if (octets == 0 || octets > 2 || bytes.size() < 2 + octets) return false;
    size = 0;
    for (size_t i = 0; i < octets; ++i) size = size << 8 | bytes[2 + i];
    header += octets;
  }
  return header + size == bytes.size();
}

Object* MakeCertificate(const std::vector<uint8_t>& der, const char* maker) {
  Object* object = fake::MakeObject(Type::kCertificate, maker);
  object->certificate.der = der;
  object->certificate.plain = true;
  return object;
}

std::vector<std::vector<uint8_t>> DersOf(CFArrayRef array, const char* function) {
  std::vector<std::vector<uint8_t>> ders;
  const Object* object = Expect(array, Type::kArray, function);
  if (object == nullptr) return ders;
  for (const Object* item : object->values) {
    const Object* certificate =
        Expect(reinterpret_cast<CFTypeRef>(item), Type::kCertificate, function);
    if (certificate != nullptr) ders.push_back(certificate->certificate.der);
  }
  return ders;
}

void AddPolicy(const Object* policy, fake::Evaluation* evaluation) {
  const fake::Evaluation& asked = policy->evaluation;
  if (asked.has_ssl_policy) {
    evaluation->has_ssl_policy = true;
    evaluation->server = asked.server;
    evaluation->host = asked.host;
  }
  if (asked.revocation_flags) evaluation->revocation_flags = asked.revocation_flags;
}

void KeepChild(Object* parent, CFTypeRef child) {
  parent->values.push_back(fake::Retain(static_cast<Object*>(const_cast<void*>(child))));
}

}  // namespace

extern "C" {

extern const CFStringRef kSecTrustRevocationChecked;
const CFStringRef kSecTrustRevocationChecked =
    reinterpret_cast<CFStringRef>(fake::MakeImmortal(Type::kString, "kSecTrustRevocationChecked"));

SecCertificateRef SecCertificateCreateWithData(CFAllocatorRef, CFDataRef data) {
  const Call call(__func__, kKind);
  const Object* object = Expect(data, Type::kData, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing) || !IsDer(object->bytes)) return nullptr;
  return reinterpret_cast<SecCertificateRef>(MakeCertificate(object->bytes, __func__));
}

SecPolicyRef SecPolicyCreateSSL(Boolean server, CFStringRef host) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  Object* policy = fake::MakeObject(Type::kPolicy, __func__);
  policy->evaluation.has_ssl_policy = true;
  policy->evaluation.server = server != 0;
  if (host != nullptr) {
    const Object* name = Expect(host, Type::kString, __func__);
    if (name != nullptr) policy->evaluation.host = name->text;
  }
  return reinterpret_cast<SecPolicyRef>(policy);
}

SecPolicyRef SecPolicyCreateRevocation(CFOptionFlags flags) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  Object* policy = fake::MakeObject(Type::kPolicy, __func__);
  policy->evaluation.revocation_flags = flags;
  return reinterpret_cast<SecPolicyRef>(policy);
}

OSStatus SecTrustCreateWithCertificates(CFTypeRef certificates, CFTypeRef policies,
                                        SecTrustRef* trust) {
  const Call call(__func__, kKind);
  const Object* listed = Expect(policies, Type::kArray, __func__);
  if (listed == nullptr) return -50;
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  if (call.Fails(Failure::kNothing)) return errSecSuccess;
  Object* object = fake::MakeObject(Type::kTrust, __func__);
  object->evaluation.certificates = DersOf(static_cast<CFArrayRef>(certificates), __func__);
  for (const Object* policy : listed->values) AddPolicy(policy, &object->evaluation);
  KeepChild(object, certificates);
  KeepChild(object, policies);
  *trust = reinterpret_cast<SecTrustRef>(object);
  return errSecSuccess;
}

OSStatus SecTrustSetAnchorCertificates(SecTrustRef trust, CFArrayRef anchors) {
  const Call call(__func__, kKind);
  Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr) return -50;
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  object->evaluation.anchors = DersOf(anchors, __func__);
  object->evaluation.anchors_only = true;
  KeepChild(object, anchors);
  return errSecSuccess;
}

OSStatus SecTrustSetAnchorCertificatesOnly(SecTrustRef trust, Boolean only) {
  const Call call(__func__, kKind);
  Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr) return -50;
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  object->evaluation.anchors_only = only != 0;
  return errSecSuccess;
}

OSStatus SecTrustSetNetworkFetchAllowed(SecTrustRef trust, Boolean allowed) {
  const Call call(__func__, kKind);
  Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr) return -50;
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  object->evaluation.network = allowed != 0;
  return errSecSuccess;
}

bool SecTrustEvaluateWithError(SecTrustRef trust, CFErrorRef* error) {
  const Call call(__func__, kKind);
  Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr) return false;
  if (call.Fails(Failure::kNothing)) return false;
  fake::RecordEvaluation(object->evaluation);
  fake::Verdict verdict = fake::NextVerdict();
  if (verdict.as_trustd) verdict = fake::AskTrustd(object->evaluation);
  for (const std::vector<uint8_t>& der : verdict.chain) {
    object->keys.push_back(MakeCertificate(der, __func__));
  }
  if (verdict.trusted) return true;
  if (verdict.without_error || error == nullptr) return false;
  Object* made = fake::MakeObject(Type::kError, __func__);
  made->number = verdict.status;
  made->text = "Apple's words for " + std::to_string(verdict.status);
  *error = reinterpret_cast<CFErrorRef>(made);
  return false;
}

CFIndex SecTrustGetCertificateCount(SecTrustRef trust) {
  const Call call(__func__, kKind);
  const Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return 0;
  return static_cast<CFIndex>(object->keys.size());
}

SecCertificateRef SecTrustGetCertificateAtIndex(SecTrustRef trust, CFIndex index) {
  const Call call(__func__, kKind);
  const Object* object = Expect(trust, Type::kTrust, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  if (index < 0 || static_cast<size_t>(index) >= object->keys.size()) {
    fake::RecordFault("SecTrustGetCertificateAtIndex beyond the end");
    return nullptr;
  }
  return reinterpret_cast<SecCertificateRef>(object->keys[static_cast<size_t>(index)]);
}

CFDictionaryRef SecTrustCopyResult(SecTrustRef trust) {
  const Call call(__func__, kKind);
  if (Expect(trust, Type::kTrust, __func__) == nullptr) return nullptr;
  if (call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) {
    return reinterpret_cast<CFDictionaryRef>(fake::MakeObject(Type::kBoolean, __func__));
  }
  static Object* const no = fake::MakeImmortal(Type::kBoolean, "false");
  std::vector<std::pair<Object*, Object*>> values;
  const fake::Verdict verdict = fake::NextVerdict();
  if (verdict.revocation_checked) {
    auto* yes = reinterpret_cast<Object*>(const_cast<struct __CFBoolean*>(kCFBooleanTrue));
    values.emplace_back(fake::MakeString("kSecTrustRevocationChecked", __func__),
                        *verdict.revocation_checked ? yes : no);
  }
  return reinterpret_cast<CFDictionaryRef>(fake::MakeDictionary(std::move(values), __func__));
}

}  // extern "C"
