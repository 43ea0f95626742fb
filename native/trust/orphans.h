// Finds the issued certificates that lead nowhere. lib/trust/merge.ts makes the same question of several
// lists; the two must agree.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_

#include <cstdint>
#include <vector>

#include "system_store.h"

namespace os_truststore {

// Which of `issued` no path of issuers among them connects with one of `roots`; both are
// indices into `certificates`. An issuer is one whose subject is the other's issuer and whose key
// identifier does not contradict (RFC 5280 §4.2.1.1). Loops are harmless; the time is linear up to
// a logarithm.
std::vector<uint32_t> FindOrphans(const std::vector<StoreCertificate>& certificates,
                                  const std::vector<uint32_t>& roots,
                                  const std::vector<uint32_t>& issued);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_
