// Tests what a read makes of a Mac, from the calls to the records.
#include <algorithm>

#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;

ReadResult Read(const fake::World& world) {
  ResetMac(world);
  return ReadSystemStore({});
}

// What a read says of a Mac's only certificate.
struct Verdict {
  TrustStatus trust;
  Placement placement;
};

Verdict ReadOnly(const fake::Certificate& certificate) {
  const ReadResult result = Read({certificate});
  CHECK(result.certificates.size() == 1);
  CheckClean("one certificate");
  if (result.certificates.empty()) return {TrustStatus::kUnspecified, Placement::kByShape};
  return {result.certificates[0].trust, result.certificates[0].placement};
}

bool IsAnchor(const fake::Certificate& certificate) {
  const Verdict verdict = ReadOnly(certificate);
  return verdict.trust == TrustStatus::kTrusted && verdict.placement == Placement::kAnchor;
}

bool IsDistrusted(const fake::Certificate& certificate) {
  return ReadOnly(certificate).trust == TrustStatus::kDistrusted;
}

// Known but neither trusted nor distrusted, so it can only complete chains.
bool IsHelper(const fake::Certificate& certificate) {
  const Verdict verdict = ReadOnly(certificate);
  return verdict.trust == TrustStatus::kUnspecified &&
         verdict.placement == Placement::kIntermediate;
}

TEST("the backend is called macos") { CHECK(std::string(BackendName()) == "macos"); }

TEST("a Mac without any settings is empty and not an error") {
  const ReadResult result = Read({});
  CHECK(result.certificates.empty());
  CHECK(result.errors.empty());
  CHECK(!result.cancelled);
  CHECK(result.signature == nullptr);
  CHECK(result.locations.size() == 4);
  for (const StoreLocation& location : result.locations) {
    CHECK(location.state == LocationState::kRead);
    CHECK(location.certificates == 0);
  }
  CheckClean("empty");
}

TEST("Apple's roots are anchors without a look at their settings") {
  CHECK(IsAnchor(MakeSystemRoot("Apple ships this")));
  CHECK(fake::Calls("SecTrustSettingsCopyTrustSettings") == 0);
}

TEST("a self-issued certificate is an anchor with TrustRoot, no result or no entry") {
  for (const fake::Domain domain : {fake::kUser, fake::kAdmin}) {
    CHECK(IsAnchor(With(MakeRoot("r"), domain, {})));
    CHECK(IsAnchor(With(MakeRoot("r"), domain, {fake::Entry()})));
    CHECK(IsAnchor(With(MakeRoot("r"), domain, {Says(kTrustRoot)})));
    CHECK(IsAnchor(With(MakeRoot("r"), domain, {Says(kTrustRoot, "ssl")})));
    CHECK(IsHelper(With(MakeRoot("r"), domain, {Says(kTrustAsRoot)})));
  }
}

TEST("a basic X.509 entry says nothing about TLS, and hides nothing") {
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {Says(kTrustRoot, "basic")})));
  CHECK(IsAnchor(With(MakeSystemRoot("r"), fake::kAdmin, {Says(kDeny, "basic")})));
  CHECK(IsDistrusted(
      With(MakeRoot("r"), fake::kUser, {Says(kTrustRoot, "basic"), Says(kDeny, "ssl")})));
}

TEST("settings for servers and for clients are two things") {
  const auto read = [](const std::vector<fake::Entry>& entries) {
    return Read({With(MakeRoot("r"), fake::kAdmin, entries)}).certificates.at(0);
  };
  const StoreCertificate server = read({Says(kTrustRoot, "ssl", "sslServer")});
  CHECK(server.trust == TrustStatus::kTrusted);
  CHECK(server.usages == kServerAuth);
  CHECK(server.rejected == kNoUsages);
  const StoreCertificate both =
      read({Says(kDeny, "ssl", "sslServer"), Says(kTrustRoot, "ssl", "sslClient")});
  CHECK(both.trust == TrustStatus::kTrusted);
  CHECK(both.usages == kClientAuth);
  CHECK(both.rejected == kServerAuth);
  CHECK(both.placement == Placement::kAnchor);
  CHECK(read({Says(kTrustRoot, "ssl")}).usages == kAllUsages);
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {Says(kTrustRoot, "ssl", "other")})));
  CheckClean("ends");
}

TEST("any other certificate is an anchor with TrustAsRoot only") {
  const fake::Certificate other = MakeIntermediate("i", "r");
  CHECK(IsAnchor(With(other, fake::kAdmin, {Says(kTrustAsRoot, "ssl")})));
  CHECK(IsHelper(With(other, fake::kAdmin, {Says(kTrustRoot, "ssl")})));
  CHECK(IsHelper(With(other, fake::kAdmin, {})));
  CHECK(IsHelper(With(other, fake::kAdmin, {fake::Entry()})));
}

TEST("a trusted self-issued certificate that is no CA is a leaf that vouches for itself") {
  fake::Certificate server;
  server.der = MakeDer({"dev.local", "", false, false});
  const Verdict verdict = ReadOnly(With(server, fake::kUser, {Says(kTrustRoot, "ssl")}));
  CHECK(verdict.trust == TrustStatus::kTrusted);
  CHECK(verdict.placement == Placement::kLeaf);
}

TEST("Deny distrusts, whatever the shape and the domain") {
  for (const fake::Domain domain : {fake::kUser, fake::kAdmin}) {
    CHECK(IsDistrusted(With(MakeRoot("r"), domain, {Says(kDeny)})));
    CHECK(IsDistrusted(With(MakeSystemRoot("r"), domain, {Says(kDeny, "ssl")})));
    CHECK(IsDistrusted(With(MakeIntermediate("i", "r"), domain, {Says(kDeny)})));
  }
}

TEST("settings for one program, one host, other policies or other key usages decide nothing") {
  fake::Entry host = Says(kTrustRoot, "ssl");
  host.policy_string = true;
  fake::Entry program = Says(kTrustRoot);
  program.application = true;
  fake::Entry usage = Says(kTrustRoot);
  usage.key_usage = 0x10;
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {host})));
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {program})));
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {usage})));
  CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {Says(kTrustRoot, "smime")})));
  usage.key_usage = 0xffffffff;
  CHECK(IsAnchor(With(MakeRoot("r"), fake::kUser, {usage})));
  for (const int64_t other : {-1, 0x09, 0x18}) {
    usage.key_usage = other;
    CHECK(IsHelper(With(MakeRoot("r"), fake::kUser, {usage})));
  }
  usage.key_usage = 0x08;
  CHECK(IsAnchor(With(MakeRoot("r"), fake::kUser, {usage})));
}

TEST("settings of wrong types trust nothing, not even one of Apple's roots, and are reported") {
  fake::Entry wrong_usage = Says(kTrustRoot);
  wrong_usage.key_usage = fake::kWrongType;
  fake::Entry no_dictionary;
  no_dictionary.not_a_dictionary = true;
  for (const fake::Entry& entry :
       {Says(fake::kWrongType), Says(int64_t{1} << 40), Says(kTrustRoot, "wrong-type"),
        Says(kTrustRoot, "no-properties"), Says(kTrustRoot, "no-oid"), wrong_usage,
        no_dictionary}) {
    CHECK(IsHelper(With(MakeSystemRoot("r"), fake::kUser, {entry})));
    const ReadResult result = ReadSystemStore({});
    CHECK(result.errors.size() == 1);
    if (result.errors.empty()) continue;
    CHECK(result.errors[0].operation == "SecTrustSettingsCopyTrustSettings");
    CHECK(result.errors[0].path == "user");
    CHECK(IsDistrusted(With(MakeSystemRoot("r"), fake::kUser, {entry, Says(kDeny)})));
  }
}

TEST("settings that cannot be read trust nothing, and the failure has number, name and text") {
  ResetMac({With(MakeSystemRoot("r"), fake::kAdmin, {Says(kDeny)})});
  fake::Fail("SecTrustSettingsCopyTrustSettings", fake::Failure::kStatus, 1, -25262);
  const ReadResult result = ReadSystemStore({});
  CHECK(result.certificates.size() == 1);
  CHECK(result.certificates[0].trust == TrustStatus::kUnspecified);
  CHECK(result.errors.size() == 1);
  CHECK(result.errors[0].code == StoreErrorCode::kReadFailed);
  CHECK(result.errors[0].operation == "SecTrustSettingsCopyTrustSettings");
  CHECK(result.errors[0].path == "admin");
  CHECK(result.errors[0].os_status == -25262);
  CHECK(result.errors[0].os_status_text == "errSecInvalidTrustSettings: Apple's text for -25262");
  CheckClean("settings");
}

TEST("settings that vanish between listing and reading are no settings") {
  ResetMac({With(MakeSystemRoot("r"), fake::kUser, {Says(kDeny)})});
  fake::Fail("SecTrustSettingsCopyTrustSettings", fake::Failure::kStatus, 0, -25300);
  const ReadResult result = ReadSystemStore({});
  CHECK(result.errors.empty());
  CHECK(result.certificates.size() == 1);
  CHECK(result.certificates[0].trust == TrustStatus::kTrusted);
}

TEST("a domain that cannot be listed is an error, and the others are still read") {
  for (int failing = 1; failing <= 3; ++failing) {
    const fake::Certificate by_admin = With(MakeRoot("a"), fake::kAdmin, {});
    const fake::Certificate by_user = With(MakeRoot("u"), fake::kUser, {});
    const fake::Certificate by_apple = MakeSystemRoot("s");
    ResetMac({by_user, by_admin, by_apple});
    fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, failing, -2070);
    const ReadResult result = ReadSystemStore({});
    CHECK(result.certificates.size() == 2);
    CHECK((Find(result, by_admin) == nullptr) == (failing == 1));
    CHECK((Find(result, by_user) == nullptr) == (failing == 2));
    CHECK((Find(result, by_apple) == nullptr) == (failing == 3));
    CHECK(result.errors.size() == 1);
    CHECK(result.errors[0].os_status == -2070);
    CHECK(result.errors[0].message.find("sandbox") != std::string::npos);
    CHECK(result.locations[static_cast<size_t>(failing - 1)].state == LocationState::kFailed);
    CheckClean("listing");
  }
}

TEST("a process that may not talk to trustd gets errors and no certificates") {
  ResetMac(ManagedMac());
  fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, 0, -25291);
  fake::Fail("SecItemCopyMatching", fake::Failure::kStatus, 0, -25291);
  const ReadResult result = ReadSystemStore({});
  CHECK(result.certificates.empty());
  CHECK(result.errors.size() == 4);
  for (const StoreError& error : result.errors) {
    CHECK(error.os_status == -25291);
    CHECK(error.os_status_text.find("errSecNotAvailable") == 0);
  }
  CheckClean("denied");
}

TEST("a status nobody knows still has a text, also where Apple has none") {
  ResetMac({});
  fake::Fail("SecItemCopyMatching", fake::Failure::kStatus, 0, -12345);
  CHECK(ReadSystemStore({}).errors[0].os_status_text == "Apple's text for -12345");
  fake::Fail("SecCopyErrorMessageString", fake::Failure::kNothing, 0);
  CHECK(ReadSystemStore({}).errors[0].os_status_text == "OSStatus -12345");
}

TEST("a keychain gives its CA certificates as intermediates and nothing else") {
  fake::Certificate ca = MakeIntermediate("ca", "r");
  fake::Certificate root = MakeRoot("not marked as trusted");
  fake::Certificate client;
  client.der = MakeDer({"client ca", "r", true, true});
  fake::Certificate leaf;
  leaf.der = MakeDer({"somebody", "r", false, false});
  fake::Certificate junk;
  junk.der = {0x30, 0x03, 0x01, 0x02, 0x03};
  for (fake::Certificate* item : {&ca, &root, &client, &leaf, &junk}) item->keychain = true;
  const ReadResult result = Read({ca, root, client, leaf, junk});
  CHECK(result.certificates.size() == 4);
  CHECK(Find(result, leaf) == nullptr);
  for (const StoreCertificate& found : result.certificates) {
    CHECK(found.placement == Placement::kIntermediate);
    CHECK(found.trust == TrustStatus::kUnspecified);
    CHECK(found.sources.size() == 1);
    CHECK(found.sources[0].kind == SourceKind::kMacKeychain);
  }
  CHECK(Find(result, client)->fields.eku == kClientAuth);
  CHECK(!Find(result, junk)->parsed);
  CHECK(!Find(result, junk)->unparsable_reason.empty());
  CHECK(result.locations[3].certificates == 5);
  CheckClean("keychain");
}

TEST("a certificate found in several places is one record with all of them as sources") {
  fake::Certificate root = With(MakeSystemRoot("r"), fake::kUser, {Says(kSaysNothing)});
  root = With(root, fake::kAdmin, {Says(kTrustRoot)});
  root.keychain = true;
  const ReadResult result = Read({root});
  CHECK(result.certificates.size() == 1);
  const std::vector<CertificateSource>& sources = result.certificates[0].sources;
  CHECK(sources.size() == 4);
  CHECK(sources[0].location == "admin");
  CHECK(sources[1].location == "user");
  CHECK(sources[2].location == "system");
  CHECK(sources[3].kind == SourceKind::kMacKeychain);
  CHECK(result.certificates[0].placement == Placement::kAnchor);
  CHECK(result.certificates[0].trust == TrustStatus::kTrusted);
}

TEST("a root denied by the user stays denied although it lies in a keychain") {
  fake::Certificate root = With(MakeRoot("r"), fake::kUser, {Says(kDeny)});
  root.keychain = true;
  CHECK(IsDistrusted(root));
}

TEST("bytes that are no certificate do not spoil the rest") {
  fake::Certificate junk;
  junk.der = {0x30, 0x82, 0xff};
  junk.system = true;
  const fake::Certificate good = MakeSystemRoot("good");
  const ReadResult result = Read({junk, good});
  CHECK(result.certificates.size() == 2);
  CHECK(!Find(result, junk)->parsed);
  CHECK(Find(result, good)->trust == TrustStatus::kTrusted);
  CHECK(IsDistrusted(With(junk, fake::kAdmin, {Says(kDeny)})));
}

TEST("the order of the records is the order of the domains and their lists") {
  const fake::World world = {MakeSystemRoot("s1"), With(MakeRoot("a"), fake::kAdmin, {}),
                             MakeSystemRoot("s2"), With(MakeRoot("u"), fake::kUser, {})};
  const ReadResult result = Read(world);
  CHECK(result.certificates.size() == 4);
  CHECK(result.certificates[0].der == world[1].der);
  CHECK(result.certificates[1].der == world[3].der);
  CHECK(result.certificates[2].der == world[0].der);
  CHECK(result.certificates[3].der == world[2].der);
}

TEST("on a crowded Mac settings are read for what people added alone") {
  const fake::World world = CrowdedMac(160, 2000);
  const ReadResult result = Read(world);
  // One call for each of 3 certificates of the administrator and 1 CA of the keychains, two for
  // each of 4 of the user.
  CHECK(fake::Calls("SecTrustSettingsCopyTrustSettings") == 3 + 1 + 2 * 4);
  CHECK(fake::Calls("SecTrustSettingsCopyCertificates") == 3);
  CHECK(fake::Calls("SecItemCopyMatching") == 1);
  const auto trusted = std::count_if(
      result.certificates.begin(), result.certificates.end(),
      [](const StoreCertificate& found) { return found.trust == TrustStatus::kTrusted; });
  CHECK(trusted == 160 + 4 + 2);
  CheckClean("crowded");
}

TEST("verify paths name the domains and the keychains and read nothing") {
  ResetMac(ManagedMac());
  const VerifyPaths paths = ReadVerifyPaths({});
  CHECK(paths.locations.size() == 4);
  CHECK(paths.openssl_file.empty());
  CHECK(fake::AllCalls().empty());
}

}  // namespace
