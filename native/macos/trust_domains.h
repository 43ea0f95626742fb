// Reads the certificates of the three trust domains, with what the domains together say of each.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_

#include <Security/Security.h>

#include <vector>

#include "certificate_set.h"
#include "system_store.h"

namespace os_truststore {

// Lists admin, user and system. Settings are read only for certificates of the first two: their
// number grows with what people added, while Apple ships some 160 roots whose settings all say the
// same. Errors and locations go to `result`. Returns false when the read was cancelled, and then
// drops what was found so far, because a later domain may distrust it. Call it under SecurityLock.
//
// The system domain is listed once for all reads of the process, because Apple evaluates each root
// for the list. It is listed again for a `fresh` request, after ForgetSystemDomain(), after a
// failure, and after a day, because Apple changes roots without an event.
bool ReadTrustDomains(const ReadRequest& request, CertificateSet* found, ReadResult* result);

// Asks about a certificate of the keychains that no domain lists. The admin domain's list leaves
// out certificates that lie only in the user's keychains, but trustd finds the domain's settings
// for them.
void AskAdminDomain(SecCertificateRef item, StoreCertificate* certificate,
                    std::vector<StoreError>* errors);

// May be called on any thread.
void ForgetSystemDomain();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
