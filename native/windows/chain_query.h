// Puts one chain to Windows and reports the answers. What they mean, chain_judge.cc says.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_QUERY_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_QUERY_H_

#include <vector>

#include "chain_verifier.h"
#include "windows/chain_api.h"
#include "windows/scoped_cert.h"

namespace os_truststore {

struct FailedCall {
  const char* operation = "";
  DWORD status = ERROR_SUCCESS;
  Refusal refusal = refusals::kNoVerdict;
};

struct ChainAnswer {
  DWORD trust_errors = 0;
  DWORD policy_error = 0;
  std::vector<Der> chain;  // as Windows built it
};

class ChainQuery {
 public:
  ChainQuery(const WindowsApi& api, const ChainApi& chains, const ChainRequest& request);

  // First. This and what follows is false when a call fails.
  bool Fill(FailedCall* failed);

  bool has_user_roots() const { return has_user_roots_; }

  // With the roots of this machine, and with the user's alone.
  bool AskMachine(ChainAnswer* answer, FailedCall* failed);
  bool AskUserRoots(ChainAnswer* answer, FailedCall* failed);

 private:
  ScopedCertStore OpenMemoryStore();
  ScopedCertificate Add(const ScopedCertStore& store, const Der& der);
  bool Ask(HCERTCHAINENGINE engine, ChainAnswer* answer, FailedCall* failed);
  ScopedChain Build(HCERTCHAINENGINE engine);
  bool AskPolicy(const ScopedChain& chain, DWORD* policy_error);
  DWORD Flags(HCERTCHAINENGINE engine) const;
  DWORD RemainingMs() const;

  const WindowsApi& api_;
  const ChainApi& chains_;
  const ChainRequest& request_;
  const ScopedCertStore sent_;  // what the peer sent beside its certificate
  const ScopedCertStore user_roots_;
  const ScopedCertStore user_issuers_;
  ScopedCertificate leaf_;
  bool has_user_roots_ = false;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_QUERY_H_
