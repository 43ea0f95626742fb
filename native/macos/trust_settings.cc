#include "macos/trust_settings.h"

#include "macos/os_status.h"
#include "macos/scoped_cf.h"

// From SecTrustSettingsPriv.h. Apple stores the name of a policy whenever settings are made
// (TrustSettings::validateApiTrustSettings) and returns it with them.
#ifndef kSecTrustSettingsPolicyName
#define kSecTrustSettingsPolicyName CFSTR("kSecTrustSettingsPolicyName")
#endif

namespace os_truststore {
namespace {

bool HasKey(CFDictionaryRef dictionary, CFStringRef key) {
  return CFDictionaryGetValueIfPresent(dictionary, key, nullptr) != 0;
}

// Returns false when the value is absent or no number that fits.
bool GetNumber(CFTypeRef value, int64_t* out) {
  const auto number = CheckedCast<CFNumberRef>(value, CFNumberGetTypeID());
  return number != nullptr && CFNumberGetValue(number, kCFNumberSInt64Type, out) != 0;
}

// On macOS the value is a SecPolicyRef, whose properties name the policy. No policy is evaluated
// here.
MacPolicy ReadPolicy(CFDictionaryRef entry) {
  const void* value = nullptr;
  if (!CFDictionaryGetValueIfPresent(entry, kSecTrustSettingsPolicy, &value)) {
    return MacPolicy::kAbsent;
  }
  const auto policy = CheckedCast<SecPolicyRef>(value, SecPolicyGetTypeID());
  if (policy == nullptr) return MacPolicy::kUnreadable;
  const ScopedCf<CFDictionaryRef> properties(SecPolicyCopyProperties(policy));
  if (!properties || CFGetTypeID(properties.get()) != CFDictionaryGetTypeID()) {
    return MacPolicy::kUnreadable;
  }
  const auto oid = CheckedCast<CFStringRef>(CFDictionaryGetValue(properties.get(), kSecPolicyOid),
                                            CFStringGetTypeID());
  if (oid == nullptr) return MacPolicy::kUnreadable;
  return CFEqual(oid, kSecPolicyAppleSSL) ? MacPolicy::kSsl : MacPolicy::kOther;
}

MacPolicyName ReadPolicyName(CFDictionaryRef entry) {
  const void* value = nullptr;
  if (!CFDictionaryGetValueIfPresent(entry, kSecTrustSettingsPolicyName, &value)) {
    return MacPolicyName::kAbsent;
  }
  // The SDK does not have kSecPolicyNameSSLServer and kSecPolicyNameSSLClient.
  if (CFEqual(value, CFSTR("sslServer"))) return MacPolicyName::kSslServer;
  return CFEqual(value, CFSTR("sslClient")) ? MacPolicyName::kSslClient : MacPolicyName::kOther;
}

// Follows SecPVCContainsTrustSettingsKeyUsage: it compares with kSecTrustSettingsKeyUseAny before
// it cuts the number to 32 bits, so -1 does not mean "any".
MacKeyUsage ReadKeyUsage(CFDictionaryRef entry) {
  const void* value = nullptr;
  if (!CFDictionaryGetValueIfPresent(entry, kSecTrustSettingsKeyUsage, &value)) {
    return MacKeyUsage::kAny;
  }
  int64_t usage = 0;
  if (!GetNumber(value, &usage)) return MacKeyUsage::kUnreadable;
  if (usage == int64_t{UINT32_MAX}) return MacKeyUsage::kAny;
  const bool signs_certificates = static_cast<uint32_t>(usage) == kSecTrustSettingsKeyUseSignCert;
  return signs_certificates ? MacKeyUsage::kSignsCertificates : MacKeyUsage::kOther;
}

void ReadResultValue(CFDictionaryRef dictionary, MacTrustEntry* entry) {
  const void* value = nullptr;
  if (!CFDictionaryGetValueIfPresent(dictionary, kSecTrustSettingsResult, &value)) return;
  int64_t number = 0;
  if (!GetNumber(value, &number) || number < INT32_MIN || number > INT32_MAX) {
    entry->result_kind = MacResultKind::kUnreadable;
    return;
  }
  entry->result_kind = MacResultKind::kNumber;
  entry->result = static_cast<int32_t>(number);
}

MacTrustEntry ReadEntry(CFTypeRef value) {
  MacTrustEntry entry;
  const auto dictionary = CheckedCast<CFDictionaryRef>(value, CFDictionaryGetTypeID());
  if (dictionary == nullptr) {
    entry.is_dictionary = false;
    return entry;
  }
  entry.has_application = HasKey(dictionary, kSecTrustSettingsApplication);
  entry.has_policy_string = HasKey(dictionary, kSecTrustSettingsPolicyString);
  entry.policy = ReadPolicy(dictionary);
  entry.policy_name = ReadPolicyName(dictionary);
  entry.key_usage = ReadKeyUsage(dictionary);
  ReadResultValue(dictionary, &entry);
  return entry;
}

}  // namespace

MacAnswers ReadTrustSettings(SecCertificateRef certificate, SecTrustSettingsDomain domain,
                             const std::string& domain_name, const Shape& shape,
                             std::vector<StoreError>* errors) {
  constexpr char kOperation[] = "SecTrustSettingsCopyTrustSettings";
  constexpr MacAnswers kUnreadable = {MacAnswer::kUnreadable, MacAnswer::kUnreadable};
  ScopedCf<CFArrayRef> settings;
  const OSStatus status = SecTrustSettingsCopyTrustSettings(certificate, domain, settings.out());
  if (status == errSecItemNotFound) return {};
  if (status != errSecSuccess) {
    errors->push_back(OsStatusError(kOperation, status, domain_name));
    return kUnreadable;
  }
  if (!settings || CFGetTypeID(settings.get()) != CFArrayGetTypeID()) {
    errors->push_back(BadResultError(kOperation, "gave no list of settings", domain_name));
    return kUnreadable;
  }
  std::vector<MacTrustEntry> entries;
  const CFIndex count = CFArrayGetCount(settings.get());
  for (CFIndex i = 0; i < count; ++i) {
    entries.push_back(ReadEntry(CFArrayGetValueAtIndex(settings.get(), i)));
  }
  const MacAnswers answers = {EvaluateMacTrustSettings(entries, MacPolicyName::kSslServer, shape),
                              EvaluateMacTrustSettings(entries, MacPolicyName::kSslClient, shape)};
  if (answers.server == MacAnswer::kUnreadable || answers.client == MacAnswer::kUnreadable) {
    errors->push_back(BadResultError(kOperation, "gave settings that do not read as trust settings",
                                     domain_name));
  }
  return answers;
}

}  // namespace os_truststore
