#include "macos/os_status.h"

#include <array>
#include <utility>

#include "macos/scoped_cf.h"

namespace os_truststore {
namespace {

struct KnownStatus {
  OSStatus status;
  const char* name;
  bool means_denied;  // the process may not talk to the daemon, or may not read
};

// SecBase.h. The denials are what sandboxed tools report when com.apple.trustd.agent or securityd
// is out of reach.
constexpr KnownStatus kKnownStatuses[] = {
    {-36, "errSecIO", true},
    {-50, "errSecParam", false},
    {-61, "errSecWrPerm", true},
    {-108, "errSecAllocate", false},
    {-128, "errSecUserCanceled", false},
    {-909, "errSecBadReq", false},
    {-2070, "errSecInternalComponent", true},
    {-4960, "errSecCoreFoundationUnknown", false},
    {-25262, "errSecInvalidTrustSettings", false},
    {-25263, "errSecNoTrustSettings", false},
    {-25291, "errSecNotAvailable", true},
    {-25293, "errSecAuthFailed", true},
    {-25294, "errSecNoSuchKeychain", false},
    {-25295, "errSecInvalidKeychain", false},
    {-25300, "errSecItemNotFound", false},
    {-25308, "errSecInteractionNotAllowed", true},
    {-26276, "errSecInternal", false},
    {-34018, "errSecMissingEntitlement", true},
};

const KnownStatus* FindStatus(OSStatus status) {
  for (const KnownStatus& known : kKnownStatuses) {
    if (known.status == status) return &known;
  }
  return nullptr;
}

std::string AppleText(OSStatus status) {
  const ScopedCf<CFStringRef> message(SecCopyErrorMessageString(status, nullptr));
  return message ? ToUtf8(message.get()) : std::string();
}

}  // namespace

std::string ToUtf8(CFStringRef text) {
  std::array<char, 512> buffer;
  const auto size = static_cast<CFIndex>(buffer.size());
  if (!CFStringGetCString(text, buffer.data(), size, kCFStringEncodingUTF8)) return {};
  return buffer.data();
}

std::string OsStatusText(OSStatus status) {
  const KnownStatus* known = FindStatus(status);
  const std::string apple = AppleText(status);
  if (known == nullptr) return apple.empty() ? "OSStatus " + std::to_string(status) : apple;
  return apple.empty() ? known->name : known->name + (": " + apple);
}

StoreError OsStatusError(const char* operation, OSStatus status, std::string path) {
  const KnownStatus* known = FindStatus(status);
  std::string message =
      known != nullptr && known->means_denied
          ? "macOS refused the call; a sandbox that does not allow com.apple.trustd.agent and "
            "com.apple.SecurityServer is the usual cause"
          : "macOS could not answer";
  StoreError error(StoreErrorCode::kReadFailed, operation, std::move(message));
  error.path = std::move(path);
  error.os_status = status;
  error.os_status_text = OsStatusText(status);
  return error;
}

StoreError BadResultError(const char* operation, const char* what, std::string path) {
  StoreError error(StoreErrorCode::kReadFailed, operation, what);
  error.path = std::move(path);
  return error;
}

}  // namespace os_truststore
