// Combines Windows' chain status and policy status into one verdict. Pure, without OS headers.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_VERDICT_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_VERDICT_H_

#include <cstdint>
#include <optional>

#include "trust/refusals.h"

namespace os_truststore {

struct WindowsChainFacts {
  uint32_t trust_errors = 0;  // CERT_CHAIN_CONTEXT.TrustStatus.dwErrorStatus
  uint32_t policy_error = 0;  // CERT_CHAIN_POLICY_STATUS.dwError, of the SSL policy
  bool require_revocation = false;
  ChainShape shape;
};

struct WindowsRefusal {
  Refusal refusal;
  uint32_t status;   // HRESULT
  const char* name;  // its symbolic name; empty when it is not known here
};

// Returns none when the chain is good. The chain's own status is weighed first: a policy may
// overlook parts of it (Wine's ignores a partial chain), and OpenSSL also looks at the name last.
std::optional<WindowsRefusal> JudgeWindowsChain(const WindowsChainFacts& facts);

// Whether it could not be determined if a certificate is revoked.
bool IsRevocationUnknown(uint32_t trust_errors);

// Whether other anchors may change a refusal. They cannot undo what the machine or an issuer says
// against a certificate itself.
bool MayAnchorsHelp(uint32_t trust_errors);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_VERDICT_H_
