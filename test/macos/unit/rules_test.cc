// Tests the rule of trust/mac_trust_settings.h, row by row. No fake is needed.
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

MacTrustEntry Named(MacPolicyName name, MacTrustEntry entry) {
  entry.policy_name = name;
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

constexpr MacAnswer kAbsent = MacAnswer::kAbsent;
constexpr MacAnswer kTrusted = MacAnswer::kTrusted;
constexpr MacAnswer kDistrusted = MacAnswer::kDistrusted;
constexpr MacAnswer kUnspecified = MacAnswer::kUnspecified;
constexpr MacAnswer kUnreadable = MacAnswer::kUnreadable;

constexpr int32_t kTrustRoot = kMacResultTrustRoot;
constexpr int32_t kTrustAsRoot = kMacResultTrustAsRoot;
constexpr int32_t kDeny = kMacResultDeny;
constexpr int32_t kSaysNothing = kMacResultUnspecified;

constexpr MacPolicyName kServers = MacPolicyName::kSslServer;
constexpr MacPolicyName kClients = MacPolicyName::kSslClient;

struct Row {
  const char* name;
  Entries entries;
  MacAnswer root;   // expected for a self-signed CA
  MacAnswer other;  // expected for a CA that another has issued
};

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {"an empty array means TrustRoot", {}, kTrusted, kUnspecified},
      {"an entry without keys means TrustRoot", {NoResult()}, kTrusted, kUnspecified},
      {"TrustRoot trusts self-signed only", {Result(kTrustRoot)}, kTrusted, kUnspecified},
      {"TrustAsRoot trusts others only", {Result(kTrustAsRoot)}, kUnspecified, kTrusted},
      {"Deny distrusts both", {Result(kDeny)}, kDistrusted, kDistrusted},
      {"Unspecified says nothing", {Result(kSaysNothing)}, kUnspecified, kUnspecified},
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

      {"a policy for servers counts",
       {WithPolicy(MacPolicy::kSsl, Named(kServers, Result(kDeny)))},
       kDistrusted,
       kDistrusted},
      {"the name of a policy counts without the policy",
       {Named(kServers, Result(kDeny))},
       kDistrusted,
       kDistrusted},
      {"a policy for clients is not for servers",
       {WithPolicy(MacPolicy::kSsl, Named(kClients, Result(kTrustRoot)))},
       kUnspecified,
       kUnspecified},
      {"nor is the name of one without the policy, or a name nobody knows",
       {Named(kClients, Result(kDeny)), Named(MacPolicyName::kOther, Result(kDeny))},
       kUnspecified,
       kUnspecified},
      {"another policy does not count for its name",
       {WithPolicy(MacPolicy::kOther, Named(kServers, Result(kDeny)))},
       kUnspecified,
       kUnspecified},
      {"the name is seen before the policy is",
       {WithPolicy(MacPolicy::kUnreadable, Named(kClients, Result(kDeny)))},
       kUnspecified,
       kUnspecified},

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
      {"an unreadable entry does not hide distrust",
       {BadResult(), Result(kDeny)},
       kDistrusted,
       kDistrusted},
      {"an unreadable entry hides trust",
       {BadResult(), Result(kTrustRoot), Result(kTrustAsRoot)},
       kUnreadable,
       kUnreadable},
      {"an unreadable entry does not take back what was said before it",
       {Result(kTrustRoot), BadResult()},
       kTrusted,
       kUnspecified},

      {"of several entries the first one decides: trust",
       {Result(kTrustRoot), Result(kDeny)},
       kTrusted,
       kUnspecified},
      {"of several entries the first one decides: distrust",
       {Result(kDeny), Result(kTrustAsRoot)},
       kDistrusted,
       kDistrusted},
      {"of several entries the first one decides: Unspecified",
       {Result(kSaysNothing), Result(kDeny)},
       kUnspecified,
       kUnspecified},
      {"entries that do not match are passed over",
       {ForHost(Result(kTrustRoot)), WithPolicy(MacPolicy::kOther, Result(kTrustRoot)),
        ForApplication(Result(kDeny)), Result(kTrustAsRoot)},
       kUnspecified,
       kTrusted},
      {"a basic X.509 entry neither decides nor hides",
       {WithPolicy(MacPolicy::kOther, Result(kTrustRoot)),
        WithPolicy(MacPolicy::kSsl, Result(kDeny))},
       kDistrusted,
       kDistrusted},
  };
  return rows;
}

constexpr Shape kRoot = {true, true, true};
constexpr Shape kIssued = {true, false, false};

TEST("every row of the trust settings rule holds") {
  for (const Row& row : Rows()) {
    const std::string name = row.name;
    CHECK_NAMED(EvaluateMacTrustSettings(row.entries, kServers, kRoot) == row.root, name);
    CHECK_NAMED(EvaluateMacTrustSettings(row.entries, kServers, kIssued) == row.other,
                name + " (issued)");
  }
}

TEST("the rule for clients is that for servers, but for the name of the policy") {
  const auto ask = [](MacPolicyName name) {
    const Entries entries = {WithPolicy(MacPolicy::kSsl, Named(name, Result(kTrustRoot)))};
    return EvaluateMacTrustSettings(entries, kClients, kRoot);
  };
  CHECK(ask(kClients) == kTrusted);
  CHECK(ask(MacPolicyName::kAbsent) == kTrusted);
  CHECK(ask(kServers) == kUnspecified);
  CHECK(ask(MacPolicyName::kOther) == kUnspecified);
}

TEST("what is self-issued and does not look self-signed is an anchor by no setting") {
  const Shape rolled_over = {true, true, false};
  for (const int32_t result : {kTrustRoot, kTrustAsRoot}) {
    CHECK(EvaluateMacTrustSettings({Result(result)}, kServers, rolled_over) == kUnspecified);
  }
  CHECK(EvaluateMacTrustSettings({}, kServers, rolled_over) == kUnspecified);
  CHECK(EvaluateMacTrustSettings({Result(kDeny)}, kServers, rolled_over) == kDistrusted);
}

TEST("an entry for signing certificates says nothing of a certificate that is no CA") {
  const Shape peer = {false, true, true};
  const Entries entries = {WithKeyUsage(MacKeyUsage::kSignsCertificates, Result(kTrustRoot))};
  CHECK(EvaluateMacTrustSettings(entries, kServers, peer) == kUnspecified);
  CHECK(EvaluateMacTrustSettings({Result(kTrustRoot)}, kServers, peer) == kTrusted);
}

struct DomainRow {
  const char* name;
  MacAnswer admin;
  MacAnswer user;
  bool system;
  TrustStatus expected;
};

TEST("every row of the domain rule holds") {
  constexpr TrustStatus kYes = TrustStatus::kTrusted;
  constexpr TrustStatus kNo = TrustStatus::kDistrusted;
  constexpr TrustStatus kNothing = TrustStatus::kUnspecified;
  const DomainRow rows[] = {
      {"nobody says anything", kAbsent, kAbsent, false, kNothing},
      {"a root of Apple's is trusted", kAbsent, kAbsent, true, kYes},
      {"the user's trust counts", kAbsent, kTrusted, false, kYes},
      {"the user's distrust counts", kAbsent, kDistrusted, false, kNo},
      {"the user's distrust removes a root of Apple's", kAbsent, kDistrusted, true, kNo},
      {"the administrator's trust counts", kTrusted, kAbsent, false, kYes},
      {"distrust in the admin domain removes a system root", kDistrusted, kAbsent, true, kNo},
      {"the administrator's distrust overrules the user's trust", kDistrusted, kTrusted, true, kNo},
      {"the administrator's trust overrules the user's distrust", kTrusted, kDistrusted, false,
       kYes},
      {"admin settings that say nothing of TLS hide the user's distrust", kUnspecified, kDistrusted,
       true, kYes},
      {"admin settings that say nothing of TLS hide the user's trust", kUnspecified, kTrusted,
       false, kNothing},
      {"settings that say nothing of TLS leave a root of Apple's", kUnspecified, kAbsent, true,
       kYes},
      {"unreadable user settings never end as trusted", kAbsent, kUnreadable, true, kNothing},
      {"unreadable user settings do not matter below the administrator's", kTrusted, kUnreadable,
       false, kYes},
      {"unreadable admin settings never end as trusted", kUnreadable, kAbsent, true, kNothing},
      {"unreadable admin settings hide the user's trust", kUnreadable, kTrusted, true, kNothing},
      {"unreadable admin settings leave the user's distrust", kUnreadable, kDistrusted, true, kNo},
  };
  for (const DomainRow& row : rows) {
    CHECK_NAMED(CombineMacDomains(row.admin, row.user, row.system) == row.expected, row.name);
  }
}

TEST("trust and distrust for one end of connections are kept apart") {
  constexpr TrustStatus kYes = TrustStatus::kTrusted;
  constexpr TrustStatus kNo = TrustStatus::kDistrusted;
  constexpr TrustStatus kNothing = TrustStatus::kUnspecified;
  const struct {
    TrustStatus server, client, trust;
    Usages usages, rejected;
  } rows[] = {
      {kYes, kYes, kYes, kAllUsages, kNoUsages},
      {kNo, kNo, kNo, kAllUsages, kNoUsages},
      {kNothing, kNothing, kNothing, kAllUsages, kNoUsages},
      {kYes, kNothing, kYes, kServerAuth, kNoUsages},
      {kNothing, kYes, kYes, kClientAuth, kNoUsages},
      {kYes, kNo, kYes, kServerAuth, kClientAuth},
      {kNo, kYes, kYes, kClientAuth, kServerAuth},
      {kNo, kNothing, kNothing, kAllUsages, kServerAuth},
      {kNothing, kNo, kNothing, kAllUsages, kClientAuth},
  };
  for (const auto& row : rows) {
    StoreCertificate certificate;
    SetMacTrust(row.server, row.client, &certificate);
    CHECK(certificate.trust == row.trust);
    CHECK(certificate.usages == row.usages);
    CHECK(certificate.rejected == row.rejected);
  }
}

TEST("what the domains say and the shape make the place of a certificate") {
  constexpr Shape kPeer = {false, true, true};
  constexpr Shape kUnparsable = {};
  constexpr MacAnswers kYes = {kTrusted, kTrusted};
  constexpr MacAnswers kNo = {kDistrusted, kDistrusted};
  const struct {
    const char* name;
    MacAnswers admin;
    bool system;
    Shape shape;
    Placement expected;
  } rows[] = {
      {"a trusted root", kYes, false, kRoot, Placement::kAnchor},
      {"a root of Apple's", {}, true, kRoot, Placement::kAnchor},
      {"a trusted CA that is issued", kYes, false, kIssued, Placement::kAnchor},
      {"a trusted peer", kYes, false, kPeer, Placement::kLeaf},
      {"trusted bytes that do not parse", kYes, false, kUnparsable, Placement::kAnchor},
      {"a peer trusted for clients alone",
       {kUnspecified, kTrusted},
       false,
       kPeer,
       Placement::kLeaf},
      {"a root nobody trusts", {}, false, kRoot, Placement::kIntermediate},
      {"a root distrusted for clients alone",
       {kAbsent, kDistrusted},
       false,
       kRoot,
       Placement::kIntermediate},
      {"a distrusted root", kNo, true, kRoot, Placement::kByShape},
  };
  for (const auto& row : rows) {
    StoreCertificate certificate;
    SetMacTrust(row.admin, {}, row.system, row.shape, &certificate);
    CHECK_NAMED(certificate.placement == row.expected, row.name);
  }
}

TEST("settings of the administrator that can be read hide the user's") {
  CHECK(AreUserSettingsHidden({kTrusted, kTrusted}));
  CHECK(AreUserSettingsHidden({kUnspecified, kUnspecified}));
  CHECK(!AreUserSettingsHidden({kAbsent, kAbsent}));
  CHECK(!AreUserSettingsHidden({kUnreadable, kTrusted}));
  CHECK(!AreUserSettingsHidden({kTrusted, kUnreadable}));
}

TEST("keychains show CAs, and what does not parse") {
  CHECK(IsListedFromKeychain(true, kRoot));
  CHECK(IsListedFromKeychain(false, {}));
  CHECK(!IsListedFromKeychain(true, {false, true, true}));
}

}  // namespace
