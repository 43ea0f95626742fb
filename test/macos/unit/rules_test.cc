// The rule of trust/mac_trust_settings.h, row by row. No fake is needed.
#include "testing.h"
#include "trust/mac_trust_settings.h"

namespace {

using namespace os_truststore;
using Entries = std::vector<MacTrustEntry>;

MacTrustEntry Result(int32_t result) {
  MacTrustEntry entry;
  entry.result_kind = MacResultKind::kNumber;
  entry.result = result;
  return entry;
}

MacTrustEntry NoResult() { return MacTrustEntry(); }

MacTrustEntry WithPolicy(MacPolicy policy, MacTrustEntry entry) {
  entry.policy = policy;
  return entry;
}

MacTrustEntry WithKeyUsage(MacKeyUsage usage, MacTrustEntry entry) {
  entry.key_usage = usage;
  return entry;
}

MacTrustEntry ForApplication(MacTrustEntry entry) {
  entry.has_application = true;
  return entry;
}

MacTrustEntry ForHost(MacTrustEntry entry) {
  entry.has_policy_string = true;
  return entry;
}

MacTrustEntry BadResult() {
  MacTrustEntry entry;
  entry.result_kind = MacResultKind::kUnreadable;
  return entry;
}

MacTrustEntry NotADictionary() {
  MacTrustEntry entry;
  entry.is_dictionary = false;
  return entry;
}

constexpr MacAnswer kTrusted = MacAnswer::kTrusted;
constexpr MacAnswer kDistrusted = MacAnswer::kDistrusted;
constexpr MacAnswer kUnspecified = MacAnswer::kUnspecified;
constexpr MacAnswer kUnreadable = MacAnswer::kUnreadable;

constexpr int32_t kTrustRoot = kMacResultTrustRoot;
constexpr int32_t kTrustAsRoot = kMacResultTrustAsRoot;
constexpr int32_t kDeny = kMacResultDeny;

struct Row {
  const char* name;
  Entries entries;
  MacAnswer self_issued;  // expected for a self-issued certificate
  MacAnswer other;        // expected for any other
};

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"an empty array means TrustRoot", {}, kTrusted, kUnspecified},
      {"an entry without keys means TrustRoot", {NoResult()}, kTrusted, kUnspecified},
      {"TrustRoot trusts self-issued only", {Result(kTrustRoot)}, kTrusted, kUnspecified},
      {"TrustAsRoot trusts both", {Result(kTrustAsRoot)}, kTrusted, kTrusted},
      {"Deny distrusts both", {Result(kDeny)}, kDistrusted, kDistrusted},
      {"Unspecified says nothing", {Result(kMacResultUnspecified)}, kUnspecified, kUnspecified},
      {"Invalid (0) says nothing", {Result(0)}, kUnspecified, kUnspecified},
      {"a number nobody knows says nothing", {Result(99)}, kUnspecified, kUnspecified},
      {"a negative number says nothing", {Result(-1)}, kUnspecified, kUnspecified},

      {"the SSL policy counts",
       {WithPolicy(MacPolicy::kSsl, Result(kTrustRoot))},
       kTrusted,
       kUnspecified},
      {"the SSL policy without a result means TrustRoot",
       {WithPolicy(MacPolicy::kSsl, NoResult())},
       kTrusted,
       kUnspecified},
      {"SSL Deny distrusts",
       {WithPolicy(MacPolicy::kSsl, Result(kDeny))},
       kDistrusted,
       kDistrusted},
      {"the basic X.509 policy counts",
       {WithPolicy(MacPolicy::kBasicX509, Result(kTrustRoot))},
       kTrusted,
       kUnspecified},
      {"another policy does not trust",
       {WithPolicy(MacPolicy::kOther, Result(kTrustRoot))},
       kUnspecified,
       kUnspecified},
      {"another policy does not distrust",
       {WithPolicy(MacPolicy::kOther, Result(kDeny))},
       kUnspecified,
       kUnspecified},
      {"a policy of the wrong type is unreadable",
       {WithPolicy(MacPolicy::kUnreadable, Result(kTrustRoot))},
       kUnreadable,
       kUnreadable},

      {"an entry for one application does not trust",
       {ForApplication(Result(kTrustRoot))},
       kUnspecified,
       kUnspecified},
      {"an entry for one application does not distrust",
       {ForApplication(Result(kDeny))},
       kUnspecified,
       kUnspecified},
      {"an entry for one host does not trust",
       {ForHost(Result(kTrustAsRoot))},
       kUnspecified,
       kUnspecified},
      {"an entry for one host does not distrust",
       {ForHost(Result(kDeny))},
       kUnspecified,
       kUnspecified},
      {"a host limit is seen before the policy is",
       {ForHost(WithPolicy(MacPolicy::kUnreadable, Result(kDeny)))},
       kUnspecified,
       kUnspecified},

      {"key usage for signing certificates counts",
       {WithKeyUsage(MacKeyUsage::kSignsCertificates, Result(kTrustRoot))},
       kTrusted,
       kUnspecified},
      {"key usage for anything else does not",
       {WithKeyUsage(MacKeyUsage::kOther, Result(kTrustRoot))},
       kUnspecified,
       kUnspecified},
      {"key usage of the wrong type is unreadable",
       {WithKeyUsage(MacKeyUsage::kUnreadable, Result(kTrustRoot))},
       kUnreadable,
       kUnreadable},

      {"a result of the wrong type is unreadable", {BadResult()}, kUnreadable, kUnreadable},
      {"an entry that is no dictionary is unreadable",
       {NotADictionary()},
       kUnreadable,
       kUnreadable},
      {"an unreadable entry does not hide a definite one",
       {BadResult(), Result(kDeny)},
       kDistrusted,
       kDistrusted},
      {"an unreadable entry does not take back a definite one",
       {Result(kTrustAsRoot), BadResult()},
       kTrusted,
       kTrusted},
      {"unreadable is remembered beside entries that say nothing",
       {Result(kMacResultUnspecified), NotADictionary()},
       kUnreadable,
       kUnreadable},

      {"of several entries the first definite one wins: trust",
       {Result(kTrustAsRoot), Result(kDeny)},
       kTrusted,
       kTrusted},
      {"of several entries the first definite one wins: distrust",
       {Result(kDeny), Result(kTrustAsRoot)},
       kDistrusted,
       kDistrusted},
      {"entries that say nothing are passed over",
       {Result(kMacResultUnspecified), Result(kDeny)},
       kDistrusted,
       kDistrusted},
      {"entries out of scope are passed over",
       {ForHost(Result(kTrustRoot)), WithPolicy(MacPolicy::kOther, Result(kTrustRoot)),
        ForApplication(Result(kDeny)), Result(kTrustAsRoot)},
       kTrusted,
       kTrusted},
      {"TrustRoot is not definite for a certificate that is not self-issued",
       {Result(kTrustRoot), Result(kDeny)},
       kTrusted,
       kDistrusted},
      {"SSL is asked before basic X.509, whatever the order",
       {WithPolicy(MacPolicy::kBasicX509, Result(kTrustAsRoot)),
        WithPolicy(MacPolicy::kSsl, Result(kDeny))},
       kDistrusted,
       kDistrusted},
      {"basic X.509 answers where SSL says nothing",
       {WithPolicy(MacPolicy::kSsl, Result(kMacResultUnspecified)),
        WithPolicy(MacPolicy::kBasicX509, Result(kDeny))},
       kDistrusted,
       kDistrusted},
  };
  return rows;
}

TEST("every row of the trust settings rule holds") {
  for (const Row& row : Rows()) {
    const std::string name = row.name;
    CHECK_NAMED(EvaluateMacTrustSettings(row.entries, true) == row.self_issued, name + " (self)");
    CHECK_NAMED(EvaluateMacTrustSettings(row.entries, false) == row.other, name + " (other)");
  }
}

struct DomainRow {
  const char* name;
  MacAnswer user;
  MacAnswer admin;
  bool system;
  TrustStatus expected;
};

TEST("every row of the domain rule holds") {
  constexpr TrustStatus kYes = TrustStatus::kTrusted;
  constexpr TrustStatus kNo = TrustStatus::kDistrusted;
  constexpr TrustStatus kNothing = TrustStatus::kUnspecified;
  const DomainRow rows[] = {
      {"nobody says anything", kUnspecified, kUnspecified, false, kNothing},
      {"a root of Apple's is trusted", kUnspecified, kUnspecified, true, kYes},
      {"the user's trust counts", kTrusted, kUnspecified, false, kYes},
      {"the user's distrust counts", kDistrusted, kUnspecified, false, kNo},
      {"the user's distrust removes a root of Apple's", kDistrusted, kUnspecified, true, kNo},
      {"the administrator's trust counts", kUnspecified, kTrusted, false, kYes},
      {"distrust in the admin domain removes a system root", kUnspecified, kDistrusted, true, kNo},
      {"the user's trust overrides the administrator's distrust", kTrusted, kDistrusted, true,
       kYes},
      {"the user's distrust overrides the administrator's trust", kDistrusted, kTrusted, true, kNo},
      {"unreadable user settings never end as trusted", kUnreadable, kTrusted, true, kNothing},
      {"unreadable user settings leave the administrator's distrust", kUnreadable, kDistrusted,
       true, kNo},
      {"unreadable admin settings never end as trusted", kUnspecified, kUnreadable, true, kNothing},
      {"unreadable admin settings leave the user's trust", kTrusted, kUnreadable, false, kYes},
      {"unreadable admin settings leave the user's distrust", kDistrusted, kUnreadable, true, kNo},
  };
  for (const DomainRow& row : rows) {
    CHECK_NAMED(CombineMacDomains({row.user, row.admin, row.system}) == row.expected, row.name);
  }
}

}  // namespace
