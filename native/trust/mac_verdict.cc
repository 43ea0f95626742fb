#include "trust/mac_verdict.h"

namespace os_truststore {
namespace {

enum class Kind { kFixed, kUntrustedEnd, kOutsideValidity };

struct KnownStatus {
  int32_t status;
  const char* name;
  Kind kind;
  Refusal refusal;  // for kFixed
};

constexpr KnownStatus Fixed(int32_t status, const char* name, Refusal refusal) {
  return {status, name, Kind::kFixed, refusal};
}

// From SecBase.h. Apple's "Evaluating a trust and parsing the result" says that the status names
// only the first problem, and one status may stand for several (an expired and a not yet valid
// certificate both give errSecCertificateExpired), so the chain itself decides where it can.
constexpr KnownStatus kStatuses[] = {
    {-67818, "errSecCertificateExpired", Kind::kOutsideValidity, {}},
    Fixed(-67819, "errSecCertificateNotValidYet", refusals::kNotYetValid),
    {-67843, "errSecNotTrusted", Kind::kUntrustedEnd, {}},
    {-25318, "errSecCreateChainFailed", Kind::kUntrustedEnd, {}},
    {-67612, "errSecInvalidRoot", Kind::kUntrustedEnd, {}},
    Fixed(-67602, "errSecHostNameMismatch", refusals::kWrongName),
    Fixed(-67603, "errSecUnknownCriticalExtensionFlag", refusals::kRejected),
    Fixed(-67604, "errSecNoBasicConstraints", refusals::kInvalidCa),
    Fixed(-67605, "errSecNoBasicConstraintsCA", refusals::kInvalidCa),
    Fixed(-67608, "errSecInvalidKeyUsageForPolicy", refusals::kWrongPurpose),
    Fixed(-67609, "errSecInvalidExtendedKeyUsage", refusals::kWrongPurpose),
    Fixed(-67611, "errSecPathLengthConstraintExceeded", refusals::kPathTooLong),
    Fixed(-67613, "errSecCRLExpired", refusals::kNoRevocationAnswer),
    Fixed(-67614, "errSecCRLNotValidYet", refusals::kNoRevocationAnswer),
    Fixed(-67615, "errSecCRLNotFound", refusals::kNoRevocationAnswer),
    Fixed(-67616, "errSecCRLServerDown", refusals::kNoRevocationAnswer),
    Fixed(-67629, "errSecSSLBadExtendedKeyUsage", refusals::kWrongPurpose),
    Fixed(-67632, "errSecOCSPUnavailable", refusals::kNoRevocationAnswer),
    Fixed(-67635, "errSecIncompleteCertRevocationCheck", refusals::kNoRevocationAnswer),
    Fixed(-67636, "errSecNetworkFailure", refusals::kNoRevocationAnswer),
    Fixed(-67654, "errSecTrustSettingDeny", refusals::kDistrusted),
    Fixed(-67688, "errSecInvalidSignature", refusals::kBadSignature),
    Fixed(-67808, "errSecVerifyFailed", refusals::kBadSignature),
    Fixed(-67820, "errSecCertificateRevoked", refusals::kRevoked),
    Fixed(-67821, "errSecCertificateSuspended", refusals::kRevoked),
    Fixed(-67826, "errSecInvalidCertAuthority", refusals::kInvalidCa),
};

}  // namespace

MacRefusal JudgeMacStatus(int64_t status, const ChainShape& shape) {
  for (const KnownStatus& known : kStatuses) {
    if (known.status != status) continue;
    if (known.kind == Kind::kUntrustedEnd) return {refusals::UntrustedEnd(shape), known.name};
    if (known.kind == Kind::kOutsideValidity) return {refusals::OutsideValidity(shape), known.name};
    return {known.refusal, known.name};
  }
  return {refusals::kRejected, ""};
}

}  // namespace os_truststore
