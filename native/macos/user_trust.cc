#include "macos/user_trust.h"

#include <CoreFoundation/CoreFoundation.h>
#include <strings.h>

#include "macos/os_status.h"
#include "macos/scoped_cf.h"

namespace os_truststore {

// These are the forms that Dictionary::getBoolValue (libsecurity_utilities, simpleprefs.cpp) takes.
bool AreUserSettingsDisabled() {
  const ScopedCf<CFPropertyListRef> value(
      CFPreferencesCopyValue(CFSTR("DisableUserTrustSettings"), CFSTR("com.apple.security"),
                             kCFPreferencesAnyUser, kCFPreferencesCurrentHost));
  if (!value) return false;
  if (const auto text = CheckedCast<CFStringRef>(value.get(), CFStringGetTypeID())) {
    return strcasecmp(ToUtf8(text).c_str(), "YES") == 0;
  }
  if (const auto number = CheckedCast<CFNumberRef>(value.get(), CFNumberGetTypeID())) {
    int64_t n = 0;
    CFNumberGetValue(number, kCFNumberSInt64Type, &n);
    return n != 0;
  }
  return CFEqual(value.get(), kCFBooleanTrue) != 0;
}

}  // namespace os_truststore
