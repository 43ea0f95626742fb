// What a store adds to the roots that a runtime brings, where that can be told without merging
// them. Pure.
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

// Names in canonical form.
using NamePlaces = std::unordered_map<std::string, uint32_t>;

// They never change, so they are parsed once. One of each.
class RuntimeRoots {
 public:
  // What does not parse is left out.
  void Add(StoreCertificate&& certificate);

  const std::vector<StoreCertificate>& certificates() const { return roots_.certificates(); }

  // Whether there are any and each ends chains and may issue: then none of them depends on what
  // else there is.
  bool IsPlain() const { return is_plain_ && roots_.size() > 0; }

  bool Holds(const StoreCertificate& certificate) const {
    return roots_.Find(certificate.der) != nullptr;
  }

  // The place of the first with this subject, in canonical form.
  std::optional<uint32_t> Find(const std::string& subject) const;

 private:
  CertificateSet roots_;
  NamePlaces by_subject_;
  bool is_plain_ = true;
};

// Indices of certificates of a store, in the order they have when all lists are merged.
struct BesideRoots {
  std::vector<uint32_t> anchors;
  // How many of the anchors, the first ones, bear the name of a root and so stand beside it.
  size_t namesakes = 0;
  std::vector<uint32_t> intermediates;
  // In seconds: no validity period, of one that the roots do not hold, begins or ends in between.
  double since = -std::numeric_limits<double>::infinity();
  double until = std::numeric_limits<double>::infinity();
};

// False where a rule of lib/trust/merge.ts reaches across the lists: something is distrusted, or a
// certificate is a peer, shares its name with another, or has its issuer elsewhere. `names` are the
// canonical names, subjects and issuers, of what is merged besides; more are added.
bool FindBesideRoots(const std::vector<StoreCertificate>& certificates, const Judged& judged,
                     const RuntimeRoots& roots, int64_t now, NamePlaces* names, BesideRoots* found);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_BESIDE_ROOTS_H_
