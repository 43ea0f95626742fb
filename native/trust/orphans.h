// Finds the issued certificates that lead nowhere. lib/trust/merge.ts does the same across several
// lists; the two must agree.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_

#include <cstdint>
#include <vector>

#include "system_store.h"

namespace os_truststore {

// Returns those of `issued` that no path of issuers among them connects with one of `roots`; both
// are indices into `certificates`. A certificate can be an issuer when its subject is the other's
// issuer and its key identifier does not contradict (RFC 5280 §4.2.1.1). Loops are harmless; the
// time is linear but for a logarithm.
std::vector<uint32_t> FindOrphans(const std::vector<StoreCertificate>& certificates,
                                  const std::vector<uint32_t>& roots,
                                  const std::vector<uint32_t>& issued);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_ORPHANS_H_
