#include "trust/orphans.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "asn1/name.h"

namespace os_truststore {

namespace {

std::string CanonicalNameAt(const StoreCertificate& certificate, DerSpan span) {
  return CanonicalName(certificate.der.data() + span.offset, span.size);
}

std::string_view BytesAt(const StoreCertificate& certificate, DerSpan span) {
  return {reinterpret_cast<const char*>(certificate.der.data()) + span.offset, span.size};
}

// The certificates not reached yet, by the issuer they name and the key identifier they expect of
// it. Each is taken once, so the search visits each once, however many share a name.
class UnreachedCertificates {
 public:
  void Add(const StoreCertificate& certificate, uint32_t index) {
    by_issuer_[CanonicalNameAt(certificate, certificate.fields.issuer)]
              [BytesAt(certificate, certificate.fields.authority_key_id)]
                  .push_back(index);
  }

  // Moves those that `issuer` can have issued to `reached`.
  void TakeIssuedBy(const StoreCertificate& issuer, std::vector<uint32_t>* reached) {
    const auto issued = by_issuer_.find(CanonicalNameAt(issuer, issuer.fields.subject));
    if (issued == by_issuer_.end()) return;
    const std::string_view key_id = BytesAt(issuer, issuer.fields.subject_key_id);
    if (key_id.empty()) {
      for (auto& [expected, indices] : issued->second) TakeAll(&indices, reached);
      by_issuer_.erase(issued);
      return;
    }
    for (const std::string_view expected : {key_id, std::string_view()}) {
      const auto group = issued->second.find(expected);
      if (group == issued->second.end()) continue;
      TakeAll(&group->second, reached);
      issued->second.erase(group);
    }
  }

  void TakeRest(std::vector<uint32_t>* rest) {
    for (auto& [issuer, groups] : by_issuer_) {
      for (auto& [expected, indices] : groups) TakeAll(&indices, rest);
    }
    by_issuer_.clear();
  }

 private:
  static void TakeAll(std::vector<uint32_t>* from, std::vector<uint32_t>* to) {
    to->insert(to->end(), from->begin(), from->end());
  }

  std::map<std::string, std::map<std::string_view, std::vector<uint32_t>>> by_issuer_;
};

}  // namespace

std::vector<uint32_t> FindOrphans(const std::vector<StoreCertificate>& certificates,
                                  const std::vector<uint32_t>& roots,
                                  const std::vector<uint32_t>& issued) {
  std::vector<uint32_t> orphans;
  if (issued.empty()) return orphans;
  UnreachedCertificates unreached;
  for (const uint32_t index : issued) unreached.Add(certificates[index], index);
  std::vector<uint32_t> reached = roots;
  for (size_t i = 0; i < reached.size(); i++) {
    unreached.TakeIssuedBy(certificates[reached[i]], &reached);
  }
  unreached.TakeRest(&orphans);
  std::sort(orphans.begin(), orphans.end());
  return orphans;
}

}  // namespace os_truststore
