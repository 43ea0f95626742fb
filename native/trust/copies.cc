#include "trust/copies.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace os_truststore {

namespace {

// A trusted copy outweighs a copy the store says nothing about; distrust outweighs all.
int Weight(TrustStatus trust) {
  switch (trust) {
    case TrustStatus::kDistrusted:
      return 2;
    case TrustStatus::kTrusted:
      return 1;
    case TrustStatus::kUnspecified:
      return 0;
  }
  return 2;
}

// An anchor placement wins, then a bundle's "by shape", then a peer trusted as itself, then an
// intermediate.
int Weight(Placement placement) {
  switch (placement) {
    case Placement::kAnchor:
      return 3;
    case Placement::kByShape:
      return 2;
    case Placement::kLeaf:
      return 1;
    case Placement::kIntermediate:
      return 0;
  }
  return 0;
}

// "One good copy suffices" holds only among copies with equal verdicts: a copy that the store is
// silent about does not widen an explicit verdict.
Usages CombineUsages(const StoreCertificate& a, const StoreCertificate& b) {
  if (a.trust == b.trust) return a.usages | b.usages;
  return Weight(a.trust) > Weight(b.trust) ? a.usages : b.usages;
}

}  // namespace

void CombineCopies(StoreCertificate&& copy, StoreCertificate* known) {
  known->usages = CombineUsages(*known, copy);
  known->rejected |= copy.rejected;
  known->distrust_after = std::min(known->distrust_after, copy.distrust_after);
  known->vouched |= copy.vouched;
  if (Weight(copy.trust) > Weight(known->trust)) known->trust = copy.trust;
  if (Weight(copy.placement) > Weight(known->placement)) known->placement = copy.placement;
  std::move(copy.sources.begin(), copy.sources.end(), std::back_inserter(known->sources));
}

}  // namespace os_truststore
