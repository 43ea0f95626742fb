// Reading must agree with trustd: for random settings, a read must come to the same result as an
// evaluation by trustd's rules.
#include <random>

#include "chain_verifier.h"
#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;

constexpr int64_t kDenied = -67654;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  bool OneIn(int n) { return Below(n) == 0; }
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  template <typename Value, size_t kSize>
  Value Pick(const Value (&values)[kSize]) {
    return values[Below(static_cast<int>(kSize))];
  }

 private:
  std::mt19937 engine_;
};

fake::Entry MakeEntry(Random* random) {
  fake::Entry entry;
  if (!random->OneIn(4)) entry.result = random->Pick<int64_t>({1, 1, 2, 2, 3, 3, 3, 4, 0, 5});
  if (!random->OneIn(3)) entry.policy = random->Pick({"ssl", "ssl", "basic", "smime"});
  if (random->OneIn(2)) entry.policy_name = random->Pick({"sslServer", "sslClient", "other"});
  if (random->OneIn(4)) {
    entry.key_usage = random->Pick<int64_t>({0xffffffff, -1, 0x08, 0x09, 0x01, 0x108});
  }
  entry.policy_string = random->OneIn(10);
  entry.application = random->OneIn(10);
  return entry;
}

fake::Certificate MakeSubject(Random* random) {
  fake::Certificate certificate;
  const int shape = random->Below(4);
  if (shape == 0) certificate = MakeIntermediate("subject", "unknown");
  if (shape == 1) certificate.der = MakeDer({"subject", "", false, false});
  if (shape >= 2) certificate = MakeRoot("subject");
  certificate.system = shape == 3;
  for (const fake::Domain domain : {fake::kAdmin, fake::kUser}) {
    if (random->OneIn(3)) continue;
    std::vector<fake::Entry>& entries = certificate.settings[domain].entries;
    for (int left = random->Below(4); left > 0; --left) entries.push_back(MakeEntry(random));
  }
  certificate.keychain = random->OneIn(2);
  // Reading does not find settings of the administrator for a certificate that is no CA and lies
  // there.
  certificate.user_keychain_only = certificate.keychain && shape != 1 && random->OneIn(2);
  return certificate;
}

ChainVerdict AskTrustd(const fake::Certificate& subject, ChainPurpose purpose) {
  ChainRequest request;
  const Der leaf = MakeDer({"leaf", "subject", false, false});
  const bool is_peer = subject.der == MakeDer({"subject", "", false, false});
  request.chain = is_peer ? std::vector<Der>{subject.der} : std::vector<Der>{leaf, subject.der};
  request.purpose = purpose;
  fake::Verdict verdict;
  verdict.as_trustd = true;
  fake::AllowEvaluation(verdict);
  return VerifyChain(request);
}

TEST("a read says of random settings what trustd says of chains that end there") {
  int trusted = 0;
  int denied = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const fake::Certificate subject = MakeSubject(&random);
    ResetMac({subject});
    if (random.OneIn(8)) fake::SetUserSettingsDisabled(fake::Preference::kTrue);
    const ReadResult read = ReadSystemStore({});
    const StoreCertificate* found = Find(read, subject);
    const std::string when = "seed " + std::to_string(seed);
    for (const auto& [usage, purpose] : {std::pair{kServerAuth, ChainPurpose::kServerAuth},
                                         std::pair{kClientAuth, ChainPurpose::kClientAuth}}) {
      const ChainVerdict verdict = AskTrustd(subject, purpose);
      const bool is_denied = found != nullptr && (found->trust == TrustStatus::kDistrusted ||
                                                  (found->rejected & usage) != 0);
      const bool is_trusted = found != nullptr && found->trust == TrustStatus::kTrusted &&
                              (found->usages & usage) != 0 && !is_denied;
      CHECK_NAMED(is_trusted == verdict.accepted, when + ": trusted");
      CHECK_NAMED(is_denied == (verdict.platform_code == kDenied), when + ": denied");
      trusted += is_trusted;
      denied += is_denied;
    }
    CheckClean(when);
  }
  CHECK(trusted > 1000);
  CHECK(denied > 300);
}

}  // namespace
