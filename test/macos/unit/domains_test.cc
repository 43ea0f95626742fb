// Tests which domain decides, and when domains are listed.
#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;

StoreCertificate ReadOnly(const fake::Certificate& certificate) {
  ResetMac({certificate});
  const ReadResult result = ReadSystemStore({});
  CHECK(result.certificates.size() == 1);
  CheckClean("one certificate");
  return result.certificates.empty() ? StoreCertificate() : result.certificates[0];
}

bool IsAnchor(const fake::Certificate& certificate) {
  const StoreCertificate found = ReadOnly(certificate);
  return found.trust == TrustStatus::kTrusted && found.placement == Placement::kAnchor;
}

bool IsDenied(const fake::Certificate& certificate) {
  return ReadOnly(certificate).trust == TrustStatus::kDistrusted;
}

bool IsHelper(const fake::Certificate& certificate) {
  const StoreCertificate found = ReadOnly(certificate);
  return found.trust == TrustStatus::kUnspecified && found.placement == Placement::kIntermediate;
}

TEST("the administrator's settings hide the user's, whatever they say") {
  const auto both = [](int64_t admin, int64_t user) {
    return With(With(MakeSystemRoot("r"), fake::kUser, {Says(user)}), fake::kAdmin, {Says(admin)});
  };
  CHECK(IsDenied(both(kDeny, kTrustRoot)));
  CHECK(IsAnchor(both(kTrustRoot, kDeny)));
  CHECK(IsAnchor(both(kSaysNothing, kDeny)));
  const fake::Certificate mail = With(MakeRoot("r"), fake::kAdmin, {Says(kDeny, "smime")});
  CHECK(IsHelper(With(mail, fake::kUser, {Says(kTrustRoot)})));
  CHECK(fake::Calls("SecTrustSettingsCopyTrustSettings") == 1);
}

TEST("the administrator is asked about what lies in the user's keychain alone") {
  fake::Certificate root = With(MakeRoot("r"), fake::kAdmin, {Says(kDeny)});
  root.keychain = root.user_keychain_only = true;
  CHECK(IsDenied(root));
  CHECK(IsDenied(With(root, fake::kUser, {Says(kTrustRoot)})));
  fake::Certificate issuing = With(MakeIntermediate("i", "r"), fake::kAdmin, {Says(kTrustAsRoot)});
  issuing.keychain = issuing.user_keychain_only = true;
  CHECK(IsAnchor(issuing));
}

TEST("where the settings of users are switched off they neither trust nor distrust") {
  using fake::Preference;
  const fake::Certificate trusted = With(MakeRoot("u"), fake::kUser, {Says(kTrustRoot)});
  const fake::Certificate denied = With(MakeSystemRoot("s"), fake::kUser, {Says(kDeny)});
  const fake::Certificate company = With(MakeRoot("a"), fake::kAdmin, {});
  for (const Preference preference : {Preference::kTrue, Preference::kOne, Preference::kYes}) {
    ResetMac({trusted, denied, company});
    fake::SetUserSettingsDisabled(preference);
    const ReadResult result = ReadSystemStore({});
    CHECK(Find(result, trusted) == nullptr);
    CHECK(Find(result, denied)->trust == TrustStatus::kTrusted);
    CHECK(Find(result, company)->trust == TrustStatus::kTrusted);
    CHECK(result.locations[1].location == "user");
    CHECK(result.locations[1].state == LocationState::kNotNeeded);
    CheckClean("switched off");
  }
  for (const Preference preference : {Preference::kAbsent, Preference::kFalse}) {
    ResetMac({trusted, denied, company});
    fake::SetUserSettingsDisabled(preference);
    const ReadResult result = ReadSystemStore({});
    CHECK(Find(result, trusted)->trust == TrustStatus::kTrusted);
    CHECK(Find(result, denied)->trust == TrustStatus::kDistrusted);
    CheckClean("switched on");
  }
}

TEST("an administrator's distrust holds though the admin domain cannot be listed") {
  fake::Certificate root = With(MakeRoot("r"), fake::kAdmin, {Says(kDeny)});
  root = With(root, fake::kUser, {Says(kTrustRoot)});
  ResetMac({root});
  fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, 1, -2070);
  CHECK(ReadSystemStore({}).certificates.at(0).trust == TrustStatus::kDistrusted);
  ResetMac({root});
  fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, 1, -2070);
  fake::Fail("SecTrustSettingsCopyTrustSettings", fake::Failure::kStatus, 1, -2070);
  CHECK(ReadSystemStore({}).certificates.at(0).trust == TrustStatus::kUnspecified);
}

TEST("the time limit Apple sets itself is named as a cause of errSecIO") {
  ResetMac({MakeSystemRoot("s")});
  fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, 3, -36);
  const ReadResult result = ReadSystemStore({});
  CHECK(result.errors.size() == 1);
  CHECK(result.errors[0].message.find("five seconds") != std::string::npos);
  CHECK(result.errors[0].os_status_text.find("errSecIO") == 0);
}

int Listings() { return fake::Calls("SecTrustSettingsCopyCertificates"); }

TEST("Apple's roots are listed once for all reads of the process") {
  const fake::Certificate apple = MakeSystemRoot("s");
  ResetMac({apple, With(MakeRoot("a"), fake::kAdmin, {})});
  ReadSystemStore({});
  CHECK(Listings() == 3);
  const ReadResult again = ReadSystemStore({});
  CHECK(Listings() == 5);
  CHECK(Find(again, apple)->trust == TrustStatus::kTrusted);
  CHECK(Find(again, apple)->sources.size() == 1);
  CHECK(again.locations[2].certificates == 1);
  fake::Reset({MakeSystemRoot("another")});
  CHECK(ReadSystemStore({}).certificates.at(0).der == apple.der);
  CheckClean("listed once");
}

TEST("Apple's roots are listed again for who asks, after a failure and after a read given up") {
  const fake::Certificate old = MakeSystemRoot("old");
  const fake::Certificate added = MakeSystemRoot("new");
  const auto is_new = [&] { return ReadSystemStore({}).certificates.at(0).der == added.der; };
  ReadRequest fresh;
  fresh.fresh = true;

  ResetMac({old});
  ReadSystemStore({});
  fake::Reset({added});
  CHECK(ReadSystemStore(fresh).certificates.at(0).der == added.der);
  CHECK(is_new());

  ResetMac({old});
  ReadSystemStore({});
  fake::Reset({added});
  fake::Fail("SecTrustSettingsCopyCertificates", fake::Failure::kStatus, 3, -36);
  CHECK(ReadSystemStore(fresh).certificates.empty());
  CHECK(is_new());

  ResetMac({});
  ReadSystemStore({});
  fake::Reset({added});
  CHECK(is_new());

  ResetMac({old, old});
  ReadRequest cancellable;
  cancellable.cancelled = std::make_shared<std::atomic<bool>>(false);
  fake::OnCall([&](const std::string& function) {
    if (function == "SecCertificateCopyData") cancellable.cancelled->store(true);
  });
  CHECK(ReadSystemStore(cancellable).cancelled);
  fake::Reset({added});
  CHECK(is_new());
}

}  // namespace
