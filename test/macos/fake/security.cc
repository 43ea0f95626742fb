// Implements the part of Security.framework that the backend uses, over the world of the tests.
#include <Security/Security.h>

#include "objects.h"

namespace {

using fake::Call;
using fake::Expect;
using fake::Failure;
using fake::Object;
using fake::Type;

constexpr Call::Kind kKind = Call::Kind::kSecurity;

CFStringRef MakeConstant(const char* name) {
  return reinterpret_cast<CFStringRef>(fake::MakeImmortal(Type::kString, name));
}

Object* AsObject(CFStringRef constant) {
  return reinterpret_cast<Object*>(const_cast<struct __CFString*>(constant));
}

}  // namespace

extern "C" {

#define FAKE_CONSTANT(name)      \
  extern const CFStringRef name; \
  const CFStringRef name = MakeConstant(#name)

FAKE_CONSTANT(kSecClass);
FAKE_CONSTANT(kSecClassCertificate);
FAKE_CONSTANT(kSecMatchLimit);
FAKE_CONSTANT(kSecMatchLimitAll);
FAKE_CONSTANT(kSecReturnRef);
FAKE_CONSTANT(kSecPolicyOid);
FAKE_CONSTANT(kSecPolicyAppleSSL);
// These are not declared for the backend, because it must not use them.
FAKE_CONSTANT(kSecMatchTrustedOnly);
FAKE_CONSTANT(kSecMatchPolicy);

#undef FAKE_CONSTANT

}  // extern "C"

namespace {

Object* MakeCertificate(const fake::Certificate& certificate, const char* maker) {
  Object* object = fake::MakeObject(Type::kCertificate, maker);
  object->certificate = certificate;
  return object;
}

Object* MakeNumber(int64_t number, const char* maker) {
  if (number == fake::kWrongType) return fake::MakeString("no number", maker);
  Object* object = fake::MakeObject(Type::kNumber, maker);
  object->number = number;
  return object;
}

// The OID of a policy object is the name of the constant; "no-…" are policies without properties or
// without an OID.
Object* MakePolicy(const std::string& policy, const char* maker) {
  if (policy == "wrong-type") return fake::MakeString("no policy", maker);
  Object* object = fake::MakeObject(Type::kPolicy, maker);
  object->text = policy == "ssl"     ? "kSecPolicyAppleSSL"
                 : policy == "basic" ? "kSecPolicyAppleX509Basic"
                 : policy == "smime" ? "kSecPolicyAppleSMIME"
                                     : policy;
  return object;
}

Object* MakeEntry(const fake::Entry& entry, const char* maker) {
  if (entry.not_a_dictionary) return fake::MakeString("no dictionary", maker);
  std::vector<std::pair<Object*, Object*>> values;
  const auto add = [&](const char* key, Object* value) {
    values.emplace_back(fake::MakeString(key, maker), value);
  };
  if (entry.policy) add("kSecTrustSettingsPolicy", MakePolicy(*entry.policy, maker));
  if (entry.policy_name) {
    add("kSecTrustSettingsPolicyName", fake::MakeString(*entry.policy_name, maker));
  }
  if (entry.policy_string) {
    add("kSecTrustSettingsPolicyString", fake::MakeString("host.example", maker));
  }
  if (entry.application) add("kSecTrustSettingsApplication", fake::MakeString("app", maker));
  if (entry.key_usage) add("kSecTrustSettingsKeyUsage", MakeNumber(*entry.key_usage, maker));
  if (entry.result) add("kSecTrustSettingsResult", MakeNumber(*entry.result, maker));
  return fake::MakeDictionary(std::move(values), maker);
}

bool IsListed(const fake::Certificate& certificate, SecTrustSettingsDomain domain) {
  if (domain == kSecTrustSettingsDomainSystem) return certificate.system;
  // The admin domain lists only the System keychain and Apple's roots.
  if (domain == kSecTrustSettingsDomainAdmin && certificate.user_keychain_only &&
      !certificate.system) {
    return false;
  }
  return certificate.settings.count(static_cast<fake::Domain>(domain)) != 0;
}

// Returns a result of the wrong type, owned by the caller like the right one.
template <typename Ref>
Ref WrongType(const char* maker) {
  return reinterpret_cast<Ref>(fake::MakeObject(Type::kBoolean, maker));
}

// Only these may be in a query: kSecMatchTrustedOnly and kSecMatchPolicy make Security evaluate
// every item.
void CheckQuery(const Object* query) {
  for (const Object* key : query->keys) {
    if (key->text != "kSecClass" && key->text != "kSecMatchLimit" && key->text != "kSecReturnRef") {
      fake::RecordForbidden("SecItemCopyMatching with " + key->text);
    }
  }
}

}  // namespace

extern "C" {

OSStatus SecTrustSettingsCopyCertificates(SecTrustSettingsDomain domain, CFArrayRef* certificates) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  if (call.Fails(Failure::kNothing)) return errSecSuccess;
  if (call.Fails(Failure::kWrongType)) {
    *certificates = WrongType<CFArrayRef>(__func__);
    return errSecSuccess;
  }
  std::vector<Object*> listed;
  for (const fake::Certificate& certificate : fake::CurrentWorld()) {
    if (IsListed(certificate, domain)) listed.push_back(MakeCertificate(certificate, __func__));
  }
  if (listed.empty()) return errSecNoTrustSettings;
  *certificates = reinterpret_cast<CFArrayRef>(fake::MakeArray(std::move(listed), __func__));
  return errSecSuccess;
}

OSStatus SecTrustSettingsCopyTrustSettings(SecCertificateRef certificate,
                                           SecTrustSettingsDomain domain, CFArrayRef* settings) {
  const Call call(__func__, kKind);
  const Object* object = Expect(certificate, Type::kCertificate, __func__);
  if (object == nullptr) return -50;
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  if (call.Fails(Failure::kNothing)) return errSecSuccess;
  if (call.Fails(Failure::kWrongType)) {
    *settings = WrongType<CFArrayRef>(__func__);
    return errSecSuccess;
  }
  const auto found = object->certificate.settings.find(static_cast<fake::Domain>(domain));
  if (found == object->certificate.settings.end()) return errSecItemNotFound;
  std::vector<Object*> entries;
  for (const fake::Entry& entry : found->second.entries) {
    entries.push_back(MakeEntry(entry, __func__));
  }
  *settings = reinterpret_cast<CFArrayRef>(fake::MakeArray(std::move(entries), __func__));
  return errSecSuccess;
}

CFTypeID SecCertificateGetTypeID() { return static_cast<CFTypeID>(Type::kCertificate); }
CFTypeID SecPolicyGetTypeID() { return static_cast<CFTypeID>(Type::kPolicy); }

CFDataRef SecCertificateCopyData(SecCertificateRef certificate) {
  // A certificate that an evaluation made is in no keychain.
  const Object* made = Expect(certificate, Type::kCertificate, __func__);
  const bool is_plain = made != nullptr && made->certificate.plain;
  const Call call(__func__, is_plain ? Call::Kind::kCoreFoundation : kKind);
  const Object* object = Expect(certificate, Type::kCertificate, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) return WrongType<CFDataRef>(__func__);
  Object* data = fake::MakeObject(Type::kData, __func__);
  data->bytes = object->certificate.der;
  return reinterpret_cast<CFDataRef>(data);
}

CFDictionaryRef SecPolicyCopyProperties(SecPolicyRef policy) {
  const Call call(__func__, kKind);
  const Object* object = Expect(policy, Type::kPolicy, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) return WrongType<CFDictionaryRef>(__func__);
  if (object->text == "no-properties") return nullptr;
  std::vector<std::pair<Object*, Object*>> values;
  if (object->text != "no-oid") {
    values.emplace_back(AsObject(kSecPolicyOid), fake::MakeString(object->text, __func__));
  }
  return reinterpret_cast<CFDictionaryRef>(fake::MakeDictionary(std::move(values), __func__));
}

OSStatus SecItemCopyMatching(CFDictionaryRef query, CFTypeRef* result) {
  const Call call(__func__, kKind);
  const Object* object = Expect(query, Type::kDictionary, __func__);
  if (object == nullptr) return -50;
  CheckQuery(object);
  if (call.Fails(Failure::kStatus)) return call.outcome().status;
  if (call.Fails(Failure::kNothing)) return errSecSuccess;
  if (call.Fails(Failure::kWrongType)) {
    *result = WrongType<CFTypeRef>(__func__);
    return errSecSuccess;
  }
  std::vector<Object*> items;
  for (const fake::Certificate& certificate : fake::CurrentWorld()) {
    if (certificate.keychain) items.push_back(MakeCertificate(certificate, __func__));
  }
  if (items.empty()) return errSecItemNotFound;
  *result = fake::MakeArray(std::move(items), __func__);
  return errSecSuccess;
}

CFStringRef SecCopyErrorMessageString(OSStatus status, void*) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) return WrongType<CFStringRef>(__func__);
  const std::string text = "Apple's text for " + std::to_string(status);
  return reinterpret_cast<CFStringRef>(fake::MakeString(text, __func__));
}

// Code that links one of these is wrong; see GetReport().forbidden.
#define FAKE_FORBIDDEN(name)        \
  OSStatus name(const void*, ...);  \
  OSStatus name(const void*, ...) { \
    fake::RecordForbidden(#name);   \
    return -4;                      \
  }

FAKE_FORBIDDEN(SecTrustEvaluate)
FAKE_FORBIDDEN(SecTrustEvaluateAsync)
FAKE_FORBIDDEN(SecTrustEvaluateAsyncWithError)
FAKE_FORBIDDEN(SecTrustGetTrustResult)
FAKE_FORBIDDEN(SecTrustSettingsSetTrustSettings)
FAKE_FORBIDDEN(SecKeychainSetUserInteractionAllowed)

#undef FAKE_FORBIDDEN

}  // extern "C"
