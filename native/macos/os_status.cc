#include "macos/os_status.h"

#include <array>
#include <utility>

#include "macos/scoped_cf.h"

namespace os_truststore {
namespace {

struct KnownStatus {
  OSStatus status;
  const char* name;
  const char* cause;  // where there is a usual one
};

// The process may not talk to the daemon, or may not read.
constexpr char kDenied[] =
    "macOS refused the call; a sandbox that does not allow com.apple.trustd.agent and "
    "com.apple.SecurityServer is the usual cause";

// SecTrustSettingsCopyCertificates (SecTrustSettings.cpp) waits five seconds for trustd, which
// evaluates each of Apple's roots for the system domain and serves all listings of a process one
// after another.
constexpr char kGaveUp[] =
    "macOS ended its own wait of five seconds, as with a busy or just started trustd: a later read "
    "usually works. If none does, a sandbox without com.apple.trustd.agent is the usual cause";

// From SecBase.h. Sandboxed tools report the denials when com.apple.trustd.agent or securityd is
// out of reach.
constexpr KnownStatus kKnownStatuses[] = {
    {-36, "errSecIO", kGaveUp},
    {-50, "errSecParam", nullptr},
    {-61, "errSecWrPerm", kDenied},
    {-108, "errSecAllocate", nullptr},
    {-128, "errSecUserCanceled", nullptr},
    {-909, "errSecBadReq", nullptr},
    {-2070, "errSecInternalComponent", kDenied},
    {-4960, "errSecCoreFoundationUnknown", nullptr},
    {-25262, "errSecInvalidTrustSettings", nullptr},
    {-25263, "errSecNoTrustSettings", nullptr},
    {-25291, "errSecNotAvailable", kDenied},
    {-25293, "errSecAuthFailed", kDenied},
    {-25294, "errSecNoSuchKeychain", nullptr},
    {-25295, "errSecInvalidKeychain", nullptr},
    {-25300, "errSecItemNotFound", nullptr},
    {-25308, "errSecInteractionNotAllowed", kDenied},
    {-26276, "errSecInternal", nullptr},
    {-34018, "errSecMissingEntitlement", kDenied},
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
      known != nullptr && known->cause != nullptr ? known->cause : "macOS could not answer";
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
