// Finds what a store adds to the runtime's own roots, where that is possible without merging them.
// Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_BESIDE_ROOTS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_BESIDE_ROOTS_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "certificate_set.h"
#include "trust/judge.h"

namespace os_truststore {

// Maps names in canonical form to places.
using NamePlaces = std::unordered_map<std::string, uint32_t>;

// The roots of a runtime, one copy of each. They never change, so they are parsed once.
class RuntimeRoots {
 public:
  // Leaves out what cannot be parsed.
  void Add(StoreCertificate&& certificate);

  const std::vector<StoreCertificate>& certificates() const { return roots_.certificates(); }

  // Whether there are roots and all of them end chains and may issue: then none depends on what
  // else there is.
  bool IsPlain() const { return is_plain_ && roots_.size() > 0; }

  bool Holds(const StoreCertificate& certificate) const {
    return roots_.Find(certificate.der) != nullptr;
  }

  // Returns the place of the first root with this subject, in canonical form.
  std::optional<uint32_t> Find(const std::string& subject) const;

 private:
  CertificateSet roots_;
  NamePlaces by_subject_;
  bool is_plain_ = true;
};

// Indices of certificates of a store, in the order they have when all lists are merged.
struct BesideRoots {
  std::vector<uint32_t> anchors;
  // The first so many anchors have the name of a root and so stand beside it.
  size_t namesakes = 0;
  std::vector<uint32_t> intermediates;
  // In seconds. Between the two no validity period begins or ends, except of certificates that the
  // roots hold.
  double since = -std::numeric_limits<double>::infinity();
  double until = std::numeric_limits<double>::infinity();
};

// Returns false where a rule of lib/merge.ts reaches across the lists: something is distrusted, or
// a certificate is a peer, shares its name with another, or has its issuer elsewhere. `names` are
// the canonical subjects and issuers of the other certificates to merge; this adds more.
bool FindBesideRoots(const ReadResult& store, const Judged& judged, const RuntimeRoots& roots,
                     int64_t now, NamePlaces* names, BesideRoots* found);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_BESIDE_ROOTS_H_
