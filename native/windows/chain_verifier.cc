// The verifier of Windows: CryptoAPI's chain engine and its SSL policy.
#include "chain_verifier.h"

#include "windows/chain_judge.h"

namespace os_truststore {

ChainVerdict VerifyChain(const ChainRequest& request) {
  return JudgeChain(SystemWindowsApi(), SystemChainApi(), request);
}

}  // namespace os_truststore
