// The seam to the platform's verifier, which judges a chain as Windows or macOS would. Only this
// and its implementations may make the system use the network; reading the store (system_store.h)
// never does. Compiled in where the system has such a verifier; elsewhere OpenSSL's verdict in the
// handshake is the only one.
#ifndef OS_TRUSTSTORE_NATIVE_CHAIN_VERIFIER_H_
#define OS_TRUSTSTORE_NATIVE_CHAIN_VERIFIER_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trust/chain_shape.h"
#include "trust/refusals.h"

namespace os_truststore {

enum class ChainPurpose { kServerAuth, kClientAuth };

enum class RevocationMode {
  kOff,
  kSoftFail,  // what cannot be determined is accepted and reported
  kRequire,   // what cannot be determined is refused
};

enum class RevocationState { kNotChecked, kGood, kUnknown };

struct ChainRequest {
  std::vector<Der> chain;     // the peer's certificate first, in the order it was sent; never empty
  std::vector<Der> user_cas;  // anchors beside the machine's own
  std::optional<std::string> host;  // an ASCII name or address; names are not compared without it
  ChainPurpose purpose = ChainPurpose::kServerAuth;
  RevocationMode revocation = RevocationMode::kOff;
  bool fetch_intermediates = false;
  // The platform's own time limits are set by it; the call itself may take longer.
  std::chrono::steady_clock::time_point deadline;
};

// A chain is refused until a check says otherwise.
struct ChainVerdict {
  bool accepted = false;
  Refusal refusal = refusals::kNoVerdict;
  std::string detail;                    // which call failed, when the platform reached no verdict
  std::optional<int64_t> platform_code;  // HRESULT, OSStatus
  std::string platform_text;             // its name and the system's own words
  RevocationState revocation = RevocationState::kNotChecked;
  std::vector<Der> chain;  // as the platform built it, to the anchor; may be empty
};

// Blocks as long as the platform needs, which may use the network, so never call it on an event
// loop. Thread-safe. Bad input never makes it throw; it may throw std::bad_alloc.
ChainVerdict VerifyChain(const ChainRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_CHAIN_VERIFIER_H_
