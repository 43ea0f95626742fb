// Whether a certificate that the system distrusts is one of a chain. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_SOUGHT_CHAIN_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_SOUGHT_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "asn1/certificate.h"
#include "trust/chain_shape.h"

namespace os_truststore {

// A chain to look for, by its bytes and by the identities of its certificates, because a sender can
// write a certificate in another encoding.
class SoughtChain {
 public:
  // The certificates must outlive it.
  explicit SoughtChain(const std::vector<Der>& certificates);

  bool Holds(const uint8_t* der, size_t size) const;

 private:
  const std::vector<Der>& certificates_;
  std::set<CertificateIdentity> identities_;  // views into certificates_
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_SOUGHT_CHAIN_H_
