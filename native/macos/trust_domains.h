// The certificates of the three trust domains, with what the domains together say of each.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_

#include <Security/Security.h>

#include <vector>

#include "certificate_set.h"
#include "system_store.h"

namespace os_truststore {

// Lists admin, user and system. Settings are read for certificates of the first two only: their
// number grows with what people added, while Apple ships some 160 roots whose settings all say the
// same. Errors and locations go to `result`. False when the read was cancelled; what was found so
// far is then dropped, because a later domain may distrust it. Under SecurityLock.
//
// The system domain is listed once for all reads of the process, because Apple evaluates each root
// for the list: again for a request that is `fresh`, after ForgetSystemDomain(), after a failure,
// and within a day, since Apple changes roots without an event.
bool ReadTrustDomains(const ReadRequest& request, CertificateSet* found, ReadResult* result);

// For a certificate of the keychains that no domain lists. The list of the admin domain leaves out
// what lies in the user's keychains alone; trustd finds its settings there all the same.
void AskAdminDomain(SecCertificateRef item, StoreCertificate* certificate,
                    std::vector<StoreError>* errors);

// On any thread.
void ForgetSystemDomain();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_TRUST_DOMAINS_H_
