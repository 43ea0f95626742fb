// What files say of the certificates in them: OpenSSL's settings, and where the files of a Unix
// store lie. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_FILE_TRUST_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_FILE_TRUST_H_

#include <cstdint>

#include "asn1/trust_settings.h"
#include "system_store.h"

namespace os_truststore {

// A TRUSTED CERTIFICATE. `is_readable` is what ReadOpensslTrustSettings() gave: settings that
// cannot be read may reject any purpose, so they reject all.
void SetOpensslTrust(const OpensslTrustSettings& settings, bool is_readable,
                     StoreCertificate* certificate);

// Whether a file counts as a reason to trust what it holds. `is_first`: no certificate was found
// before.
bool IsReasonToTrust(const CertificateSource& source, bool is_first);

// Of a certificate in a CA file or directory, with the answer of IsReasonToTrust().
void SetListed(bool is_reason_to_trust, StoreCertificate* certificate);

// Of a certificate that lies beside a blocklist, with what OpenSSL's TRUSTED CERTIFICATE says of
// it. False when nothing is said against it: what speaks for it, the system puts in a bundle.
bool SetRejected(StoreCertificate* certificate);

// Of a certificate that a list dates: see StoreCertificate::distrust_after.
void SetDated(int64_t distrust_after, StoreCertificate* certificate);

// Whether what is said against a certificate counts beside the copy that the CA files and
// directories have, which may be null.
bool CountsBeside(const StoreCertificate* held, const StoreCertificate& against);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_FILE_TRUST_H_
