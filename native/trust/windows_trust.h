// What a place of Windows makes of the certificates in it. Pure, without OS headers.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_TRUST_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_TRUST_H_

#include <cstdint>

#include "system_store.h"
#include "trust/shape.h"
#include "trust/windows_usage.h"

namespace os_truststore {

enum class WindowsStore { kRoot, kCa, kTrustedPeople, kDisallowed };

// A store location; `kLogical` is the view of all locations that Windows makes for this user.
enum class WindowsLocation {
  kLocalMachine,
  kLocalMachineGroupPolicy,
  kLocalMachineEnterprise,
  kCurrentUser,
  kCurrentUserGroupPolicy,
  kLogical,
};

// Whether a ROOT store counts under the machine's policy on root stores (`Flags` of the
// ProtectedRoots policy, 0 when there is none). The logical view always does: Windows has applied
// the policy to it already.
bool IsRootLocationTrusted(WindowsLocation location, uint32_t protected_roots_flags);

// Whether TrustedPeople counts under the same policy.
bool IsPeerTrustAllowed(uint32_t protected_roots_flags);

// Whether Windows is asked to let a peer of TrustedPeople end a chain. False for an issued
// certificate, and for clients.
bool MayPeerEndChain(bool is_server, bool is_self_signed);

// Stands for a policy that could not be read: only what no flag can take away then counts.
constexpr uint32_t kUnreadableProtectedRootsFlags = 0xFFFFFFFF;

// One copy of a certificate, as it was found.
struct WindowsCopy {
  WindowsStore store = WindowsStore::kCa;
  WindowsLocation location = WindowsLocation::kLocalMachine;
  uint32_t protected_roots_flags = 0;
  Shape shape;
  WindowsUsageFacts usage;  // not looked at in Disallowed, which ends all purposes
};

// Writes down what this copy is. `now` in seconds since the epoch.
void SetWindowsTrust(const WindowsCopy& copy, int64_t now, StoreCertificate* certificate);

// When all copies are known: one good copy suffices for a purpose, say an administrator's of a root
// that Microsoft has disabled.
void AllowByAnyCopy(StoreCertificate* certificate);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_TRUST_H_
