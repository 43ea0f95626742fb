// What a place makes of a certificate, on Windows and on Unix, and what several copies come to,
// case by case. Prints one line a case: "ok NAME" or what came out.
#include <cstdio>
#include <string>

#include "trust/copies.h"
#include "trust/file_trust.h"
#include "trust/windows_trust.h"

namespace os_truststore {
namespace {

bool passed = true;

void Report(const std::string& name, int64_t actual, int64_t expected) {
  if (actual == expected) {
    std::printf("ok %s\n", name.c_str());
  } else {
    std::printf("FAILED %s: %lld instead of %lld\n", name.c_str(), static_cast<long long>(actual),
                static_cast<long long>(expected));
    passed = false;
  }
}

// What a store says of a certificate.
struct Said {
  TrustStatus trust = TrustStatus::kUnspecified;
  Placement placement = Placement::kByShape;
  Usages usages = kAllUsages;
  Usages rejected = kNoUsages;
  Usages vouched = kNoUsages;
  int64_t distrust_after = kNeverDistrusted;
};

StoreCertificate Make(const Said& said) {
  StoreCertificate certificate;
  certificate.trust = said.trust;
  certificate.placement = said.placement;
  certificate.usages = said.usages;
  certificate.rejected = said.rejected;
  certificate.vouched = said.vouched;
  certificate.distrust_after = said.distrust_after;
  return certificate;
}

void Report(const std::string& name, const StoreCertificate& actual, const Said& expected) {
  Report(name + ": trust", static_cast<int>(actual.trust), static_cast<int>(expected.trust));
  Report(name + ": place", static_cast<int>(actual.placement),
         static_cast<int>(expected.placement));
  Report(name + ": usages", actual.usages, expected.usages);
  Report(name + ": rejected", actual.rejected, expected.rejected);
  Report(name + ": vouched", actual.vouched, expected.vouched);
  Report(name + ": date", actual.distrust_after, expected.distrust_after);
}

constexpr auto kTrusted = TrustStatus::kTrusted;
constexpr auto kDistrusted = TrustStatus::kDistrusted;
constexpr auto kUnspecified = TrustStatus::kUnspecified;
constexpr auto kByShape = Placement::kByShape;
constexpr auto kAnchor = Placement::kAnchor;
constexpr auto kIntermediate = Placement::kIntermediate;
constexpr auto kLeaf = Placement::kLeaf;

// --- Windows: the policy on root stores ---

struct PolicyCase {
  const char* name;
  WindowsLocation location;
  bool by_flags[4];  // none, DISABLE_CURRENT_USER, ONLY_LM_GPT, unreadable
};

const PolicyCase kPolicies[] = {
    {"machine", WindowsLocation::kLocalMachine, {true, true, false, false}},
    {"machine policy", WindowsLocation::kLocalMachineGroupPolicy, {true, true, true, true}},
    {"enterprise", WindowsLocation::kLocalMachineEnterprise, {true, true, true, true}},
    {"user", WindowsLocation::kCurrentUser, {true, false, false, false}},
    {"user policy", WindowsLocation::kCurrentUserGroupPolicy, {true, true, false, false}},
    {"view of Windows", WindowsLocation::kLogical, {true, true, true, true}},
};

void RunPolicies() {
  const uint32_t flags[] = {0, 0x1, 0x8, kUnreadableProtectedRootsFlags};
  for (const PolicyCase& one : kPolicies) {
    for (int i = 0; i < 4; i++) {
      const std::string name =
          std::string("roots of the ") + one.name + " under policy " + std::to_string(flags[i]);
      Report(name, IsRootLocationTrusted(one.location, flags[i]), one.by_flags[i]);
    }
  }
  Report("peers without a policy", IsPeerTrustAllowed(0), true);
  Report("peers under another policy", IsPeerTrustAllowed(0x9), true);
  Report("peers under the policy against them", IsPeerTrustAllowed(0x10000), false);
  Report("peers under an unreadable policy", IsPeerTrustAllowed(kUnreadableProtectedRootsFlags),
         false);
}

// --- Windows: places ---

constexpr Shape kRootShape = {true, true, true};
constexpr Shape kIssuedCa = {true, false, false};
constexpr Shape kPeer = {false, true, true};
constexpr Shape kIssuedLeaf = {false, false, false};
constexpr Shape kRolledOver = {false, true, false};  // self-issued, not self-signed

struct PlaceCase {
  const char* name;
  WindowsStore store;
  WindowsLocation location;
  uint32_t flags;
  Shape shape;
  TrustStatus trust;
  Placement placement;
};

constexpr auto kMachine = WindowsLocation::kLocalMachine;
constexpr auto kUser = WindowsLocation::kCurrentUser;
constexpr auto kRootStore = WindowsStore::kRoot;
constexpr auto kPeople = WindowsStore::kTrustedPeople;

const PlaceCase kPlaces[] = {
    {"a root in ROOT", kRootStore, kMachine, 0, kRootShape, kTrusted, kAnchor},
    {"an issued CA in ROOT", kRootStore, kMachine, 0, kIssuedCa, kTrusted, kAnchor},
    {"a peer in ROOT", kRootStore, kMachine, 0, kPeer, kTrusted, kLeaf},
    {"an issued leaf in ROOT", kRootStore, kMachine, 0, kIssuedLeaf, kTrusted, kAnchor},
    {"a root in the user's ROOT", kRootStore, kUser, 0, kRootShape, kTrusted, kAnchor},
    {"a root in a ROOT that does not count", kRootStore, kUser, 1, kRootShape, kUnspecified,
     kIntermediate},
    {"a peer in a ROOT that does not count", kRootStore, kUser, 1, kPeer, kUnspecified,
     kIntermediate},
    {"a root in CA", WindowsStore::kCa, kMachine, 0, kRootShape, kUnspecified, kIntermediate},
    {"a peer in CA", WindowsStore::kCa, kMachine, 0, kPeer, kUnspecified, kIntermediate},
    {"a peer in TrustedPeople", kPeople, kMachine, 0, kPeer, kTrusted, kLeaf},
    {"a peer in TrustedPeople against the policy", kPeople, kMachine, 0x10000, kPeer, kUnspecified,
     kLeaf},
    {"a root in TrustedPeople", kPeople, kMachine, 0, kRootShape, kUnspecified, kLeaf},
    {"an issued leaf in TrustedPeople", kPeople, kMachine, 0, kIssuedLeaf, kUnspecified, kLeaf},
    {"a self-issued leaf in TrustedPeople", kPeople, kMachine, 0, kRolledOver, kUnspecified, kLeaf},
};

void RunPlaces() {
  Report("a server may be a peer", MayPeerEndChain(true, true), true);
  Report("a server that is issued is none", MayPeerEndChain(true, false), false);
  Report("a client is none", MayPeerEndChain(false, true), false);
  for (const PlaceCase& one : kPlaces) {
    WindowsCopy copy{one.store, one.location, one.flags, one.shape, {}};
    copy.usage.property = {EkuAnswer::State::kListed, kServerAuth};
    StoreCertificate certificate;
    SetWindowsTrust(copy, 0, &certificate);
    Report(one.name, certificate, {one.trust, one.placement, kServerAuth});
  }
  WindowsCopy withdrawn{kRootStore, kMachine, 0, kRootShape, {}};
  withdrawn.usage.disabled_since = {DateAnswer::State::kSet, 1};
  withdrawn.usage.not_before = {DateAnswer::State::kSet, 9};
  StoreCertificate certificate;
  SetWindowsTrust(withdrawn, 5, &certificate);
  Report("a withdrawn root", certificate, {kTrusted, kAnchor, kNoUsages, kAllUsages, kNoUsages, 9});
  certificate.usages = kServerAuth;
  AllowByAnyCopy(&certificate);
  Report("a withdrawn root with a good copy", certificate.rejected, kClientAuth | kOtherUsages);
  StoreCertificate disallowed;
  SetWindowsTrust({WindowsStore::kDisallowed, kMachine, 0, kRootShape, {}}, 0, &disallowed);
  Report("a root in Disallowed", disallowed, {kDistrusted});
}

// --- Unix ---

void RunUnix() {
  const CertificateSource file{SourceKind::kFile, "/x/ca-bundle.trust.crt", "", ""};
  const CertificateSource bundle{SourceKind::kDirectory, "/x/ca-bundle.trust.crt", "/x", ""};
  const CertificateSource other{SourceKind::kDirectory, "/x/ca-bundle.crt", "/x", ""};
  Report("a CA file counts", IsReasonToTrust(file, false), true);
  Report("a file of a directory counts", IsReasonToTrust(other, false), true);
  Report("the trust bundle counts alone", IsReasonToTrust(bundle, true), true);
  Report("the trust bundle adds nothing to others", IsReasonToTrust(bundle, false), false);

  StoreCertificate listed = Make({kUnspecified, kByShape, kServerAuth, kNoUsages, kServerAuth});
  SetListed(true, &listed);
  Report("listed", listed, {kTrusted, kByShape, kServerAuth, kNoUsages, kServerAuth});
  SetListed(false, &listed);
  Report("listed where that is no reason", listed, {kTrusted, kByShape, kNoUsages});
  StoreCertificate distrusted = Make({kDistrusted});
  SetListed(true, &distrusted);
  Report("listed and distrusted", distrusted, {kDistrusted});

  StoreCertificate plain;
  Report("nothing is said against a plain one", SetRejected(&plain), false);
  StoreCertificate limited = Make({kUnspecified, kByShape, kServerAuth, kClientAuth, kServerAuth});
  Report("purposes are said against it", SetRejected(&limited), true);
  Report("limited", limited, {kUnspecified, kIntermediate, kNoUsages, kClientAuth | kOtherUsages});
  StoreCertificate none = Make({kUnspecified, kByShape, kNoUsages});
  none.trusts_no_purpose = true;
  Report("trusted for nothing", SetRejected(&none), true);
  Report("distrusted", none, {kDistrusted, kByShape, kNoUsages});
  StoreCertificate dated = Make({kUnspecified, kByShape, kAllUsages, kNoUsages, kAllUsages});
  SetDated(7, &dated);
  Report("dated", dated, {kUnspecified, kIntermediate, kNoUsages, kNoUsages, kNoUsages, 7});

  const StoreCertificate held = Make({kTrusted, kByShape, kServerAuth});
  const StoreCertificate against_server =
      Make({kUnspecified, kIntermediate, kNoUsages, kServerAuth});
  const StoreCertificate against_client =
      Make({kUnspecified, kIntermediate, kNoUsages, kClientAuth});
  Report("distrust counts beside a bundle", CountsBeside(&held, Make({kDistrusted})), true);
  Report("a purpose that a bundle allows", CountsBeside(&held, against_server), false);
  Report("a purpose that no bundle allows", CountsBeside(&held, against_client), true);
  Report("a purpose without a bundle", CountsBeside(nullptr, against_server), true);
}

void RunOpenssl() {
  OpensslTrustSettings settings;
  StoreCertificate certificate;
  SetOpensslTrust(settings, true, &certificate);
  Report("no settings", certificate, {});
  settings = {kServerAuth, kClientAuth, false, true};
  SetOpensslTrust(settings, true, &certificate);
  Report("a list vouches", certificate,
         {kUnspecified, kByShape, kServerAuth, kClientAuth, kServerAuth});
  StoreCertificate damaged;
  SetOpensslTrust({}, false, &damaged);
  Report("what cannot be read rejects all", damaged,
         {kUnspecified, kByShape, kNoUsages, kAllUsages});
}

// --- Copies ---

struct CopiesCase {
  const char* name;
  Said a, b, together;
};

const CopiesCase kCopies[] = {
    {"distrust wins over trust",
     {kTrusted, kAnchor, kServerAuth},
     {kDistrusted, kByShape, kNoUsages},
     {kDistrusted, kAnchor, kNoUsages}},
    {"trust wins over silence, with its purposes",
     {kTrusted, kAnchor, kServerAuth},
     {kUnspecified, kIntermediate, kAllUsages},
     {kTrusted, kAnchor, kServerAuth}},
    {"purposes of equals are united",
     {kTrusted, kAnchor, kServerAuth},
     {kTrusted, kAnchor, kClientAuth},
     {kTrusted, kAnchor, kServerAuth | kClientAuth}},
    {"the strongest place wins",
     {kUnspecified, kIntermediate},
     {kUnspecified, kLeaf},
     {kUnspecified, kLeaf}},
    {"a bundle before a peer", {kUnspecified, kLeaf}, {kUnspecified, kByShape}, {}},
    {"rejected and vouched purposes are united, the earliest date counts",
     {kUnspecified, kByShape, kAllUsages, kServerAuth, kClientAuth, 9},
     {kUnspecified, kByShape, kAllUsages, kOtherUsages, kOtherUsages, 5},
     {kUnspecified, kByShape, kAllUsages, kServerAuth | kOtherUsages, kClientAuth | kOtherUsages,
      5}},
};

void RunCopies() {
  for (const CopiesCase& one : kCopies) {
    for (const bool turned : {false, true}) {
      StoreCertificate known = Make(turned ? one.b : one.a);
      CombineCopies(Make(turned ? one.a : one.b), &known);
      Report(std::string(one.name) + (turned ? ", the other way round" : ""), known, one.together);
    }
  }
}

}  // namespace
}  // namespace os_truststore

int main() {
  os_truststore::RunPolicies();
  os_truststore::RunPlaces();
  os_truststore::RunUnix();
  os_truststore::RunOpenssl();
  os_truststore::RunCopies();
  return os_truststore::passed ? 0 : 1;
}
