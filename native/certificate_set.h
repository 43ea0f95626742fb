// Collects what a backend finds: merges duplicates by exact DER. The one place where copies of a
// certificate meet, for all backends.
#ifndef OS_TRUSTSTORE_NATIVE_CERTIFICATE_SET_H_
#define OS_TRUSTSTORE_NATIVE_CERTIFICATE_SET_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "system_store.h"

namespace os_truststore {

class CertificateSet {
 public:
  // Takes over one found copy. What copies of one certificate come to: see trust/copies.h.
  void Add(StoreCertificate certificate);

  // Returns the first copy taken, or null. Valid until the next Add().
  const StoreCertificate* Find(const std::vector<uint8_t>& der) const;

  // Returns the certificates in the order of their first copy and leaves the set empty.
  std::vector<StoreCertificate> Take();

  // In the order of their first copy.
  const std::vector<StoreCertificate>& certificates() const { return certificates_; }

  size_t size() const { return certificates_.size(); }

  // Ordered, not hashed, so that no input makes it slower than n log n.
  struct DerOrder {
    bool operator()(std::string_view a, std::string_view b) const;
  };
  // Maps a view of the DER to a place. The views stay valid because a DER's heap memory never
  // moves.
  using DerIndex = std::map<std::string_view, size_t, DerOrder>;

 private:
  std::vector<StoreCertificate> certificates_;
  DerIndex by_der_;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_CERTIFICATE_SET_H_
