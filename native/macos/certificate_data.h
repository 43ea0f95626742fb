// Converts Security's certificate objects to records.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_CERTIFICATE_DATA_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_CERTIFICATE_DATA_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <functional>
#include <optional>

#include "system_store.h"

namespace os_truststore {

// Returns the certificate's DER, parsed, without sources. Empty when Security has no bytes for it.
std::optional<StoreCertificate> CopyStoreCertificate(SecCertificateRef certificate);

// Calls `visit` with every certificate of a list that `operation` returned, and where it was found.
// Entries that are no certificate or have no bytes become errors. Returns false when the read was
// cancelled.
using CertificateVisitor = std::function<void(SecCertificateRef, StoreCertificate)>;
bool ForEachCertificate(CFArrayRef list, const char* operation, const CertificateSource& source,
                        const ReadRequest& request, ReadResult* result,
                        const CertificateVisitor& visit);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_CERTIFICATE_DATA_H_
