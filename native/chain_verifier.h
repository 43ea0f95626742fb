// The seam to the verifier of the platform: what judges a chain the way Windows or macOS would.
// This and what implements it is the only native code that may make the system use the network;
// reading the store (system_store.h) never does. Compiled in where the system has such a verifier;
// elsewhere OpenSSL's verdict of the handshake is all there is.
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
  kSoftFail,  // what cannot be found out is accepted and reported
  kRequire,   // what cannot be found out is refused
};

enum class RevocationState { kNotChecked, kGood, kUnknown };

struct ChainRequest {
  std::vector<Der> chain;     // the peer's certificate first, in the order it was sent; never empty
  std::vector<Der> user_cas;  // anchors beside the machine's own
  std::optional<std::string> host;  // a name or an address in ASCII; none: names are not compared
  ChainPurpose purpose = ChainPurpose::kServerAuth;
  RevocationMode revocation = RevocationMode::kOff;
  bool fetch_intermediates = false;
  // What the platform's own time limits are set to; the call itself may take longer.
  std::chrono::steady_clock::time_point deadline;
};

// Refused until something says otherwise.
struct ChainVerdict {
  bool accepted = false;
  Refusal refusal = refusals::kNoVerdict;
  std::string detail;                    // which call, where the platform did not get to a verdict
  std::optional<int64_t> platform_code;  // HRESULT, OSStatus
  std::string platform_text;             // its name and the system's own words
  RevocationState revocation = RevocationState::kNotChecked;
  std::vector<Der> chain;  // as the platform built it, to the anchor; may be empty
};

// Blocks for as long as the platform likes, the network included: never called on an event loop.
// Thread-safe. Never throws for what it is given; may throw std::bad_alloc.
ChainVerdict VerifyChain(const ChainRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_CHAIN_VERIFIER_H_
