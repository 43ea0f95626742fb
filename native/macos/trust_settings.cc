#include "macos/trust_settings.h"

#include "macos/os_status.h"
#include "macos/scoped_cf.h"

namespace os_truststore {
namespace {

bool HasKey(CFDictionaryRef dictionary, CFStringRef key) {
  return CFDictionaryGetValueIfPresent(dictionary, key, nullptr) != 0;
}

// False when the value is absent, or no number that fits.
bool GetNumber(CFTypeRef value, int64_t* out) {
  const auto number = CheckedCast<CFNumberRef>(value, CFNumberGetTypeID());
  return number != nullptr && CFNumberGetValue(number, kCFNumberSInt64Type, out) != 0;
}

// On macOS the value is a SecPolicyRef; its properties name the policy. No policy is evaluated
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
  if (CFEqual(oid, kSecPolicyAppleSSL)) return MacPolicy::kSsl;
  if (CFEqual(oid, kSecPolicyAppleX509Basic)) return MacPolicy::kBasicX509;
  return MacPolicy::kOther;
}

MacKeyUsage ReadKeyUsage(CFDictionaryRef entry) {
  const void* value = nullptr;
  if (!CFDictionaryGetValueIfPresent(entry, kSecTrustSettingsKeyUsage, &value)) {
    return MacKeyUsage::kAbsent;
  }
  int64_t usage = 0;
  if (!GetNumber(value, &usage)) return MacKeyUsage::kUnreadable;
  // kSecTrustSettingsKeyUseAny has every bit set, so one test serves both.
  const bool signs_certificates = (usage & kSecTrustSettingsKeyUseSignCert) != 0;
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
  entry.key_usage = ReadKeyUsage(dictionary);
  ReadResultValue(dictionary, &entry);
  return entry;
}

}  // namespace

MacAnswer ReadTrustSettings(SecCertificateRef certificate, SecTrustSettingsDomain domain,
                            const std::string& domain_name, bool is_self_issued,
                            std::vector<StoreError>* errors) {
  constexpr char kOperation[] = "SecTrustSettingsCopyTrustSettings";
  ScopedCf<CFArrayRef> settings;
  const OSStatus status = SecTrustSettingsCopyTrustSettings(certificate, domain, settings.out());
  // Removed since the domain was listed.
  if (status == errSecItemNotFound) return MacAnswer::kUnspecified;
  if (status != errSecSuccess) {
    errors->push_back(OsStatusError(kOperation, status, domain_name));
    return MacAnswer::kUnreadable;
  }
  if (!settings || CFGetTypeID(settings.get()) != CFArrayGetTypeID()) {
    errors->push_back(BadResultError(kOperation, "gave no list of settings", domain_name));
    return MacAnswer::kUnreadable;
  }
  std::vector<MacTrustEntry> entries;
  const CFIndex count = CFArrayGetCount(settings.get());
  for (CFIndex i = 0; i < count; ++i) {
    entries.push_back(ReadEntry(CFArrayGetValueAtIndex(settings.get(), i)));
  }
  const MacAnswer answer = EvaluateMacTrustSettings(entries, is_self_issued);
  if (answer == MacAnswer::kUnreadable) {
    errors->push_back(BadResultError(kOperation, "gave settings that do not read as trust settings",
                                     domain_name));
  }
  return answer;
}

}  // namespace os_truststore
