#include "trust/beside_roots.h"

#include <algorithm>
#include <utility>

#include "asn1/name.h"

namespace os_truststore {

namespace {

std::string NameAt(const StoreCertificate& certificate, DerSpan name) {
  return CanonicalName(certificate.der.data() + name.offset, name.size);
}

bool EndsChains(const StoreCertificate& certificate) {
  return LooksSelfSigned(certificate.der.data(), certificate.fields);
}

class BesideFinder {
 public:
  BesideFinder(const RuntimeRoots& roots, NamePlaces* names, BesideRoots* found)
      : roots_(roots),
        names_(*names),
        found_(*found),
        namesakes_(roots.certificates().size(), kNone) {}

  // False where merging has more to decide about this certificate.
  bool Add(const StoreCertificate& certificate, const Judgement& judgement, const uint32_t index) {
    if (judgement.skip == SkipReason::kOrphan) return IsOrphanAnywhere(certificate, judgement);
    if (judgement.skip != SkipReason::kNone) return true;
    const bool ends_chains = EndsChains(certificate);
    if (judgement.role != (ends_chains ? Role::kAnchor : Role::kIntermediate)) return false;
    std::string subject = NameAt(certificate, certificate.fields.subject);
    const auto root = roots_.Find(subject);
    if (!names_.try_emplace(std::move(subject), index).second) return false;
    if (!ends_chains) {
      found_.intermediates.push_back(index);
    } else if (root) {
      namesakes_[*root] = index;
    } else {
      found_.anchors.push_back(index);
    }
    return true;
  }

  // "The period of time from notBefore through notAfter, inclusive" (RFC 5280 §4.1.2.5).
  void AddDates(const CertificateFields& fields, int64_t now) {
    for (const int64_t moment : {fields.not_before, fields.not_after + 1}) {
      const auto seconds = static_cast<double>(moment);
      if (moment <= now) {
        found_.since = std::max(found_.since, seconds);
      } else {
        found_.until = std::min(found_.until, seconds);
      }
    }
  }

  // Certificates with the same name follow the first one with it, and the roots come first.
  void Finish() {
    std::vector<uint32_t> anchors;
    for (const uint32_t index : namesakes_) {
      if (index != kNone) anchors.push_back(index);
    }
    found_.namesakes = anchors.size();
    for (const uint32_t index : found_.anchors) anchors.push_back(index);
    found_.anchors.swap(anchors);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // It is an orphan in the store; this checks that no certificate of the other lists issued it.
  bool IsOrphanAnywhere(const StoreCertificate& certificate, const Judgement& judgement) const {
    const std::string issuer = NameAt(certificate, certificate.fields.issuer);
    return judgement.role == Role::kIntermediate && !roots_.Find(issuer) &&
           names_.count(issuer) == 0;
  }

  const RuntimeRoots& roots_;
  NamePlaces& names_;
  BesideRoots& found_;
  std::vector<uint32_t> namesakes_;  // by the place of the root
};

}  // namespace

void RuntimeRoots::Add(StoreCertificate&& certificate) {
  if (!certificate.parsed) return;
  is_plain_ = is_plain_ && EndsChains(certificate) &&
              IsCertificateAuthority(certificate.der.data(), certificate.fields);
  const auto place = static_cast<uint32_t>(roots_.size());
  by_subject_.try_emplace(NameAt(certificate, certificate.fields.subject), place);
  roots_.Add(std::move(certificate));
}

std::optional<uint32_t> RuntimeRoots::Find(const std::string& subject) const {
  const auto found = by_subject_.find(subject);
  if (found == by_subject_.end()) return std::nullopt;
  return found->second;
}

bool FindBesideRoots(const ReadResult& store, const Judged& judged, const RuntimeRoots& roots,
                     int64_t now, NamePlaces* names, BesideRoots* found) {
  if (!roots.IsPlain()) return false;
  for (const StoreCertificate& root : roots.certificates()) {
    if (store.distrusted_names.Find(root) != nullptr) return false;
  }
  for (const auto& [name, place] : *names) {
    if (roots.Find(name)) return false;
  }
  BesideFinder finder(roots, names, found);
  for (const uint32_t index : judged.order) {
    const StoreCertificate& certificate = store.certificates[index];
    const Judgement& judgement = judged.judgements[index];
    if (judgement.trust == TrustStatus::kDistrusted) return false;
    if (roots.Holds(certificate)) continue;
    finder.AddDates(certificate.fields, now);
    if (!finder.Add(certificate, judgement, index)) return false;
  }
  finder.Finish();
  return true;
}

}  // namespace os_truststore
