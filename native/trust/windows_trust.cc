#include "trust/windows_trust.h"

namespace os_truststore {
namespace {

// Signed by itself and no CA: a development server's certificate, a peer's. It vouches for itself
// and for nothing else; TrustedPeople does not mean CAs.
bool IsPeer(const Shape& shape) { return shape.looks_self_signed && !shape.is_ca; }

bool IsTrusted(const WindowsCopy& copy) {
  if (copy.store == WindowsStore::kRoot) {
    return IsRootLocationTrusted(copy.location, copy.protected_roots_flags);
  }
  return copy.store == WindowsStore::kTrustedPeople && IsPeer(copy.shape) &&
         IsPeerTrustAllowed(copy.protected_roots_flags);
}

Placement PlacementOf(const WindowsCopy& copy, bool is_trusted) {
  if (copy.store == WindowsStore::kTrustedPeople || (is_trusted && IsPeer(copy.shape))) {
    return Placement::kLeaf;
  }
  return is_trusted ? Placement::kAnchor : Placement::kIntermediate;
}

}  // namespace

// Microsoft's wincrypt.h, CERT_PROT_ROOT_*: values of `Flags` beside the ROOT group policy.
bool IsRootLocationTrusted(WindowsLocation location, uint32_t protected_roots_flags) {
  constexpr uint32_t kDisableCurrentUser = 0x1;      // CERT_PROT_ROOT_DISABLE_CURRENT_USER_FLAG
  constexpr uint32_t kOnlyLocalMachinePolicy = 0x8;  // CERT_PROT_ROOT_ONLY_LM_GPT_FLAG
  switch (location) {
    case WindowsLocation::kCurrentUser:
      return (protected_roots_flags & (kDisableCurrentUser | kOnlyLocalMachinePolicy)) == 0;
    case WindowsLocation::kLocalMachine:
    case WindowsLocation::kCurrentUserGroupPolicy:
      return (protected_roots_flags & kOnlyLocalMachinePolicy) == 0;
    case WindowsLocation::kLocalMachineGroupPolicy:
    case WindowsLocation::kLocalMachineEnterprise:
    case WindowsLocation::kLogical:
      return true;
  }
  return false;
}

bool IsPeerTrustAllowed(uint32_t protected_roots_flags) {
  constexpr uint32_t kDisablePeerTrust = 0x10000;  // CERT_PROT_ROOT_DISABLE_PEER_TRUST
  return (protected_roots_flags & kDisablePeerTrust) == 0;
}

// Windows trusts a peer in TrustedPeople only for callers that ask, and then builds no chain for it
// (CertGetCertificateChain). It is not asked about an issued certificate, because the issuer may
// have revoked it. Lists do the same for servers: they take no peer of a user's unless a policy
// says so (wincrypt.h, CERT_PROT_ROOT_PEER_USAGES_DEFAULT_A). Windows would take a client on the
// word of the user's mail program.
bool MayPeerEndChain(bool is_server, bool is_self_signed) { return is_server && is_self_signed; }

void SetWindowsTrust(const WindowsCopy& copy, int64_t now, StoreCertificate* certificate) {
  if (copy.store == WindowsStore::kDisallowed) {
    certificate->trust = TrustStatus::kDistrusted;
    return;
  }
  const WindowsUsages found = EvaluateWindowsUsages(copy.usage, now);
  certificate->usages = found.usages;
  certificate->rejected = found.rejected;
  certificate->distrust_after = found.distrust_after;
  const bool is_trusted = IsTrusted(copy);
  certificate->trust = is_trusted ? TrustStatus::kTrusted : TrustStatus::kUnspecified;
  certificate->placement = PlacementOf(copy, is_trusted);
}

void AllowByAnyCopy(StoreCertificate* certificate) {
  certificate->rejected &= static_cast<Usages>(~certificate->usages);
}

}  // namespace os_truststore
