// Reads PKCS#7 / CMS certificate lists (RFC 2315, RFC 5652; "certs-only" of RFC 8551 §3.8), the
// contents of .p7b files.
#ifndef OS_TRUSTSTORE_NATIVE_ASN1_PKCS7_H_
#define OS_TRUSTSTORE_NATIVE_ASN1_PKCS7_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace os_truststore {

struct ByteRange {
  const uint8_t* bytes = nullptr;
  size_t size = 0;
};

// Whether the bytes start like such a list: a SEQUENCE whose first part is the OID of signedData.
bool LooksLikePkcs7(const uint8_t* bytes, size_t size);

// Lists the encoded certificates of a SignedData without signers, in order, as ranges of `bytes`,
// without parsing them. The layers around them may use BER's indefinite lengths, because Java tools
// write those. A signed message is refused: its certificates are there to check the signature, not
// as a list to trust. Returns false with a reason otherwise.
bool ReadPkcs7Certificates(const uint8_t* bytes, size_t size, std::vector<ByteRange>* out,
                           std::string* reason);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_ASN1_PKCS7_H_
