// What several copies of one certificate, found in several places, come to. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_COPIES_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_COPIES_H_

#include "system_store.h"

namespace os_truststore {

// Adds a copy of a known certificate: its sources, and what the store says. Distrusted wins over
// everything, then trusted; usages of equally trusted copies are united (one good copy suffices),
// rejected purposes are united; the earliest date of distrust counts; an anchor placement wins over
// the others.
void CombineCopies(StoreCertificate&& copy, StoreCertificate* known);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_COPIES_H_
