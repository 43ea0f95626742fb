// Turns the bytes of a CA file into certificates: PEM with any number of blocks, one DER
// certificate, or PKCS#7 certs-only in either form. Used for the store's files and for the user's
// own CAs.
#ifndef OS_TRUSTSTORE_NATIVE_INPUT_CERTIFICATE_INPUT_H_
#define OS_TRUSTSTORE_NATIVE_INPUT_CERTIFICATE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "system_store.h"

namespace os_truststore {

class CertificateSet;

// `sources` and `path` are left empty: the caller knows them. Blocks that are base64 but not a
// certificate come back with parsed == false; blocks that are not base64 are errors. There are at
// most a thousand and one of these two together; the last error then counts the rest. A file
// without any certificate gives two empty lists: the caller decides whether that is a fault.
struct CertificateInput {
  std::vector<StoreCertificate> certificates;  // in file order, duplicates included
  std::vector<StoreError> errors;
};

// A certificate that `known` already holds is not parsed again: most stores keep theirs in a bundle
// and also in a directory.
CertificateInput ReadCertificateInput(const uint8_t* bytes, size_t size,
                                      const CertificateSet* known = nullptr);

// What cannot be parsed becomes an error with its reason, because a caller who names certificates
// wants only certificates.
void MoveUnparsableToErrors(CertificateInput* input);

// Sets der and fields, or parsed = false and the reason.
StoreCertificate MakeStoreCertificate(const uint8_t* der, size_t size);

// Appends the canonical PEM of a DER certificate: 64 columns, "\n", and a final newline.
void AppendPem(const uint8_t* der, size_t size, std::string* text);
std::string ToPem(const uint8_t* der, size_t size);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_INPUT_CERTIFICATE_INPUT_H_
