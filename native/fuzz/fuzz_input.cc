// Fuzzes a whole file: its format is detected, it is read, merged and judged. The first byte
// chooses the policy and what the store says.
#include <algorithm>
#include <utility>
#include <vector>

#include "certificate_set.h"
#include "fuzz/fuzz.h"
#include "input/certificate_input.h"
#include "trust/judge.h"

using namespace os_truststore;

namespace {

Policy ToPolicy(uint8_t choice) {
  Policy policy;
  policy.purpose = static_cast<Purpose>(choice % 3);
  policy.expired = (choice & 0x80) != 0;
  policy.now = 1800000000;
  return policy;
}

void RequireReadsBack(const StoreCertificate& certificate) {
  const std::string pem = ToPem(certificate.der.data(), certificate.der.size());
  const CertificateInput again =
      ReadCertificateInput(reinterpret_cast<const uint8_t*>(pem.data()), pem.size());
  Require(again.errors.empty() && again.certificates.size() == 1);
  Require(again.certificates[0].der == certificate.der && again.certificates[0].parsed);
}

void RequireSoundJudgement(const std::vector<StoreCertificate>& certificates,
                           const Policy& policy) {
  const Judged judged = Judge(certificates, policy);
  Require(judged.judgements.size() == certificates.size());
  Require(judged.valid_until > policy.now);
  std::vector<uint32_t> order = judged.order;
  std::sort(order.begin(), order.end());
  Require(order.size() == certificates.size());
  for (uint32_t i = 0; i < order.size(); i++) Require(order[i] == i);
  for (size_t i = 0; i < certificates.size(); i++) {
    const Judgement& judgement = judged.judgements[i];
    if (judgement.skip != SkipReason::kNone) continue;
    Require(certificates[i].parsed && judgement.trust != TrustStatus::kDistrusted);
  }
  Require(Judge(certificates, policy).order == judged.order);
}

// Either all encodings of a certificate are distrusted or none is.
void RequireOneVerdictOnTwins(const std::vector<StoreCertificate>& certificates,
                              const Policy& policy) {
  const Judged judged = Judge(certificates, policy);
  for (size_t i = 0; i < certificates.size(); i++) {
    for (size_t j = 0; j < i; j++) {
      const StoreCertificate &a = certificates[i], &b = certificates[j];
      if (!a.parsed || !b.parsed) continue;
      if (IdentityOf(a.der.data(), a.fields) != IdentityOf(b.der.data(), b.fields)) continue;
      Require((judged.judgements[i].trust == TrustStatus::kDistrusted) ==
              (judged.judgements[j].trust == TrustStatus::kDistrusted));
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const uint8_t choice = bytes[0];
  CertificateInput input = ReadCertificateInput(bytes + 1, size - 1);
  CertificateSet set;
  for (StoreCertificate& certificate : input.certificates) {
    Require(certificate.parsed != !certificate.unparsable_reason.empty());
    if (certificate.parsed) RequireReadsBack(certificate);
    certificate.placement = static_cast<Placement>(choice / 3 % 4);
    // Some choices mark only every other one, so that one twin is marked and the other is not.
    const bool is_named = set.size() % 2 == 0 || choice / 36 % 2 == 0;
    if (is_named) certificate.trust = static_cast<TrustStatus>(choice / 12 % 3);
    set.Add(std::move(certificate));
  }
  const std::vector<StoreCertificate> certificates = set.Take();
  RequireSoundJudgement(certificates, ToPolicy(choice));
  RequireOneVerdictOnTwins(certificates, ToPolicy(choice));
  return 0;
}
