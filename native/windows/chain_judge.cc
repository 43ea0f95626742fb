#include "windows/chain_judge.h"

#include <optional>
#include <string>
#include <utility>

#include "trust/windows_verdict.h"
#include "windows/chain_query.h"
#include "windows/disallowed.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

int64_t Now() {
  FILETIME now = {};
  GetSystemTimeAsFileTime(&now);
  return FileTimeToSeconds(now);
}

ChainVerdict Failed(const char* operation, DWORD status) {
  const StoreError error = WindowsError(operation, "", "", status);
  ChainVerdict verdict;
  verdict.detail = error.operation;
  verdict.platform_code = error.os_status;
  verdict.platform_text = error.os_status_text;
  return verdict;
}

// Takes the chain of an answer that is accepted.
ChainVerdict Weigh(ChainAnswer* answer, const ChainRequest& request) {
  ChainVerdict verdict;
  WindowsChainFacts facts;
  facts.trust_errors = answer->trust_errors;
  facts.policy_error = answer->policy_error;
  facts.require_revocation = request.revocation == RevocationMode::kRequire;
  facts.shape = ShapeOf(answer->chain, Now());
  if (const std::optional<WindowsRefusal> refused = JudgeWindowsChain(facts)) {
    const StoreError words = WindowsError("verify", "", "", refused->status);
    verdict.refusal = refused->refusal;
    verdict.platform_code = refused->status;
    verdict.platform_text = refused->name;
    if (!verdict.platform_text.empty()) verdict.platform_text += ": ";
    verdict.platform_text += words.os_status_text;
    return verdict;
  }
  verdict.accepted = true;
  verdict.chain = std::move(answer->chain);
  if (request.revocation != RevocationMode::kOff) {
    verdict.revocation = IsRevocationUnknown(facts.trust_errors) ? RevocationState::kUnknown
                                                                 : RevocationState::kGood;
  }
  return verdict;
}

void CheckDisallowed(const WindowsApi& api, ChainVerdict* verdict) {
  std::optional<StoreError> error;
  switch (FindDisallowed(api, verdict->chain, &error)) {
    case DisallowedAnswer::kNone:
      return;
    case DisallowedAnswer::kListed:
      *verdict = ChainVerdict();
      verdict->refusal = refusals::kDistrusted;
      verdict->platform_text =
          "it is in a Disallowed store or on Microsoft's list of distrusted certificates";
      return;
    case DisallowedAnswer::kUnreadable:
      *verdict = Failed(error->operation.c_str(), static_cast<DWORD>(error->os_status));
      return;
  }
}

}  // namespace

ChainVerdict JudgeChain(const WindowsApi& api, const ChainApi& chains,
                        const ChainRequest& request) {
  ChainQuery query(api, chains, request);
  ChainAnswer answer;
  FailedCall failed;
  if (!query.Fill(&failed) || !query.AskMachine(&answer, &failed)) {
    ChainVerdict verdict = Failed(failed.operation, failed.status);
    verdict.refusal = failed.refusal;
    return verdict;
  }
  ChainVerdict verdict = Weigh(&answer, request);
  if (verdict.accepted) {
    CheckDisallowed(api, &verdict);
    return verdict;
  }
  if (!MayAnchorsHelp(answer.trust_errors) || !query.has_user_roots()) return verdict;
  // Replaces the verdict only by a better one: of two refusals, the machine's own is the one that
  // tells people something.
  if (!query.AskUserRoots(&answer, &failed)) return verdict;
  ChainVerdict second = Weigh(&answer, request);
  if (second.accepted) CheckDisallowed(api, &second);
  if (second.accepted) verdict = std::move(second);
  return verdict;
}

}  // namespace os_truststore
