// Translates the OSStatus of a refused evaluation. Pure, without OS headers.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_MAC_VERDICT_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_MAC_VERDICT_H_

#include <cstdint>

#include "trust/refusals.h"

namespace os_truststore {

struct MacRefusal {
  Refusal refusal;
  const char* name;  // the constant of SecBase.h; empty when it is not known here
};

// Every status refuses, even errSecSuccess, because it is only called after
// SecTrustEvaluateWithError has refused.
MacRefusal JudgeMacStatus(int64_t status, const ChainShape& shape);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_MAC_VERDICT_H_
