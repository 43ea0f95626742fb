// Judges chains through given tables of calls; VerifyChain uses it with the real ones.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_JUDGE_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_JUDGE_H_

#include "chain_verifier.h"
#include "windows/chain_api.h"
#include "windows/windows_api.h"

namespace os_truststore {

ChainVerdict JudgeChain(const WindowsApi& api, const ChainApi& chains, const ChainRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_JUDGE_H_
