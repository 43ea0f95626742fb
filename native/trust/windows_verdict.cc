#include "trust/windows_verdict.h"

namespace os_truststore {
namespace {

// CERT_TRUST_STATUS (wincrypt.h) bits that more than one place needs.
constexpr uint32_t kIsRevoked = 0x4;
constexpr uint32_t kRevocationStatusUnknown = 0x40;
constexpr uint32_t kIsOfflineRevocation = 0x01000000;
constexpr uint32_t kIsExplicitDistrust = 0x04000000;
constexpr uint32_t kRevocationUnknown = kRevocationStatusUnknown | kIsOfflineRevocation;

// HRESULTs (winerror.h) that stand for a status.
constexpr uint32_t kExpired = 0x800B0101;
constexpr uint32_t kRole = 0x800B0103;
constexpr uint32_t kCritical = 0x800B0105;
constexpr uint32_t kMalformed = 0x800B0108;
constexpr uint32_t kUntrustedRoot = 0x800B0109;
constexpr uint32_t kChaining = 0x800B010A;
constexpr uint32_t kFail = 0x800B010B;
constexpr uint32_t kRevocationFailure = 0x800B010E;
constexpr uint32_t kWrongUsage = 0x800B0110;
constexpr uint32_t kExplicitDistrust = 0x800B0111;
constexpr uint32_t kInvalidPolicy = 0x800B0113;
constexpr uint32_t kInvalidName = 0x800B0114;
constexpr uint32_t kRevoked = 0x80092010;
constexpr uint32_t kNoRevocationCheck = 0x80092012;
constexpr uint32_t kSignature = 0x80096004;
constexpr uint32_t kBasicConstraints = 0x80096019;

struct StatusOfBits {
  uint32_t bits;
  uint32_t status;
};

// The gravest come first: those that no other anchor and no later day would change. Bits that are
// not listed also refuse.
constexpr StatusOfBits kTrustErrors[] = {
    {kIsExplicitDistrust, kExplicitDistrust},
    {kIsRevoked, kRevoked},
    {0x8, kSignature},               // CERT_TRUST_IS_NOT_SIGNATURE_VALID
    {0x10000, kChaining},            // CERT_TRUST_IS_PARTIAL_CHAIN
    {0x20, kUntrustedRoot},          // CERT_TRUST_IS_UNTRUSTED_ROOT
    {0x80, kUntrustedRoot},          // CERT_TRUST_IS_CYCLIC
    {0x1, kExpired},                 // CERT_TRUST_IS_NOT_TIME_VALID
    {0x400, kBasicConstraints},      // CERT_TRUST_INVALID_BASIC_CONSTRAINTS
    {0x10, kWrongUsage},             // CERT_TRUST_IS_NOT_VALID_FOR_USAGE
    {0x800 | 0xF000, kInvalidName},  // CERT_TRUST_INVALID_NAME_CONSTRAINTS, …_NAME_CONSTRAINT
    {0x200, kInvalidPolicy},         // CERT_TRUST_INVALID_POLICY_CONSTRAINTS
    {0x02000000, kInvalidPolicy},    // CERT_TRUST_NO_ISSUANCE_CHAIN_POLICY
    {0x08000000, kCritical},         // CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT
    {0x100, kMalformed},             // CERT_TRUST_INVALID_EXTENSION
    {0x100000, kSignature},          // CERT_TRUST_HAS_WEAK_SIGNATURE
    {kIsOfflineRevocation, 0x80092013},
    {kRevocationStatusUnknown, kNoRevocationCheck},
};

enum class Kind { kFixed, kUntrustedEnd, kOutsideValidity };

struct KnownStatus {
  uint32_t status;
  const char* name;
  Kind kind;
  Refusal refusal;  // for kFixed
};

constexpr KnownStatus Fixed(uint32_t status, const char* name, Refusal refusal) {
  return {status, name, Kind::kFixed, refusal};
}

constexpr KnownStatus kStatuses[] = {
    {kExpired, "CERT_E_EXPIRED", Kind::kOutsideValidity, {}},
    {0x800B0102, "CERT_E_VALIDITYPERIODNESTING", Kind::kOutsideValidity, {}},
    {kUntrustedRoot, "CERT_E_UNTRUSTEDROOT", Kind::kUntrustedEnd, {}},
    {kChaining, "CERT_E_CHAINING", Kind::kUntrustedEnd, {}},
    {0x800B0107, "CERT_E_ISSUERCHAINING", Kind::kUntrustedEnd, {}},
    {0x800B010D, "CERT_E_UNTRUSTEDTESTROOT", Kind::kUntrustedEnd, {}},
    Fixed(kRole, "CERT_E_ROLE", refusals::kInvalidCa),
    Fixed(0x800B0104, "CERT_E_PATHLENCONST", refusals::kPathTooLong),
    Fixed(kCritical, "CERT_E_CRITICAL", refusals::kRejected),
    Fixed(0x800B0106, "CERT_E_PURPOSE", refusals::kWrongPurpose),
    Fixed(kMalformed, "CERT_E_MALFORMED", refusals::kRejected),
    Fixed(kFail, "TRUST_E_FAIL", refusals::kRejected),
    Fixed(0x800B010C, "CERT_E_REVOKED", refusals::kRevoked),
    Fixed(kRevocationFailure, "CERT_E_REVOCATION_FAILURE", refusals::kNoRevocationAnswer),
    Fixed(0x800B010F, "CERT_E_CN_NO_MATCH", refusals::kWrongName),
    Fixed(kWrongUsage, "CERT_E_WRONG_USAGE", refusals::kWrongPurpose),
    Fixed(kExplicitDistrust, "TRUST_E_EXPLICIT_DISTRUST", refusals::kDistrusted),
    Fixed(0x800B0112, "CERT_E_UNTRUSTEDCA", refusals::kRejected),
    Fixed(kInvalidPolicy, "CERT_E_INVALID_POLICY", refusals::kRejected),
    Fixed(kInvalidName, "CERT_E_INVALID_NAME", refusals::kRejected),
    Fixed(kRevoked, "CRYPT_E_REVOKED", refusals::kRevoked),
    Fixed(0x80092011, "CRYPT_E_NO_REVOCATION_DLL", refusals::kNoRevocationAnswer),
    Fixed(kNoRevocationCheck, "CRYPT_E_NO_REVOCATION_CHECK", refusals::kNoRevocationAnswer),
    Fixed(0x80092013, "CRYPT_E_REVOCATION_OFFLINE", refusals::kNoRevocationAnswer),
    Fixed(0x80092014, "CRYPT_E_NOT_IN_REVOCATION_DATABASE", refusals::kNoRevocationAnswer),
    Fixed(kSignature, "TRUST_E_CERT_SIGNATURE", refusals::kBadSignature),
    Fixed(kBasicConstraints, "TRUST_E_BASIC_CONSTRAINTS", refusals::kInvalidCa),
};

uint32_t StatusOf(uint32_t trust_errors) {
  for (const StatusOfBits& row : kTrustErrors) {
    if ((trust_errors & row.bits) != 0) return row.status;
  }
  return kFail;
}

Refusal RefusalOf(const KnownStatus& known, const ChainShape& shape) {
  if (known.kind == Kind::kUntrustedEnd) return refusals::UntrustedEnd(shape);
  if (known.kind == Kind::kOutsideValidity) return refusals::OutsideValidity(shape);
  return known.refusal;
}

}  // namespace

std::optional<WindowsRefusal> JudgeWindowsChain(const WindowsChainFacts& facts) {
  uint32_t errors = facts.trust_errors;
  if (!facts.require_revocation) errors &= ~kRevocationUnknown;
  const uint32_t status = errors != 0 ? StatusOf(errors) : facts.policy_error;
  if (status == 0) return std::nullopt;
  for (const KnownStatus& known : kStatuses) {
    if (known.status != status) continue;
    return WindowsRefusal{RefusalOf(known, facts.shape), status, known.name};
  }
  return WindowsRefusal{refusals::kRejected, status, ""};
}

bool IsRevocationUnknown(uint32_t trust_errors) { return (trust_errors & kRevocationUnknown) != 0; }

bool MayAnchorsHelp(uint32_t trust_errors) {
  return (trust_errors & (kIsExplicitDistrust | kIsRevoked)) == 0;
}

}  // namespace os_truststore
