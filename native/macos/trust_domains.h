// The certificates of the three trust domains, with what the domains together say of each.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_

#include "certificate_set.h"
#include "system_store.h"

namespace os_truststore {

// Lists user, admin and system. Settings are read for certificates of the first two only: their
// number grows with what people added, while Apple ships some 160 roots whose settings all say the
// same. Errors and locations go to `result`. False when the read was cancelled; what was found so
// far is then dropped, because a later domain may distrust it.
bool ReadTrustDomains(const ReadRequest& request, CertificateSet* found, ReadResult* result);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
