// Makes every call of a read fail in turn, in every possible way. Nothing may leak or crash, and
// what the failure does not concern is still returned.
#include <set>

#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;
using fake::Failure;

struct Fallible {
  const char* function;
  std::vector<Failure> failures;
};

const std::vector<Fallible>& Fallibles() {
  static const std::vector<Fallible> all = {
      {"SecTrustSettingsCopyCertificates",
       {Failure::kStatus, Failure::kNothing, Failure::kWrongType}},
      {"SecTrustSettingsCopyTrustSettings",
       {Failure::kStatus, Failure::kNothing, Failure::kWrongType}},
      {"SecItemCopyMatching", {Failure::kStatus, Failure::kNothing, Failure::kWrongType}},
      {"SecCertificateCopyData", {Failure::kNothing, Failure::kWrongType}},
      {"CFPreferencesCopyValue", {Failure::kNothing, Failure::kWrongType}},
      {"SecPolicyCopyProperties", {Failure::kNothing, Failure::kWrongType}},
      {"CFDictionaryCreate", {Failure::kNothing}},
      {"CFDictionaryGetValue", {Failure::kNothing, Failure::kWrongType}},
      {"CFDictionaryGetValueIfPresent", {Failure::kNothing, Failure::kWrongType}},
      {"CFArrayGetCount", {Failure::kNothing}},
      {"CFArrayGetValueAtIndex", {Failure::kNothing, Failure::kWrongType}},
      {"CFDataGetBytePtr", {Failure::kNothing}},
      {"CFDataGetLength", {Failure::kNothing}},
      {"CFNumberGetValue", {Failure::kNothing}},
  };
  return all;
}

constexpr int kStatus = -25308;

// When these fail, entries are lost silently on purpose: the result stands for the store's
// contents, not for an error.
bool SaysSomethingElse(const std::string& function) {
  return function == "CFArrayGetCount" || function == "CFDictionaryGetValueIfPresent" ||
         function == "CFPreferencesCopyValue";
}

// The names of certificates that must never be listed as trusted.
std::set<std::vector<uint8_t>> NeverTrusted(const fake::World& world) {
  std::set<std::vector<uint8_t>> never;
  for (const fake::Certificate& certificate : world) {
    if (!certificate.system && certificate.settings.empty()) never.insert(certificate.der);
  }
  return never;
}

void CheckRead(const std::string& when, const fake::World& world, bool expect_error) {
  const ReadResult result = ReadSystemStore({});
  CHECK_NAMED(!result.cancelled, when + ": cancelled");
  CHECK_NAMED(!expect_error || !result.errors.empty(), when + ": no error reported");
  const std::set<std::vector<uint8_t>> never = NeverTrusted(world);
  for (const StoreCertificate& found : result.certificates) {
    const bool wrongly = found.trust == TrustStatus::kTrusted && never.count(found.der) != 0;
    CHECK_NAMED(!wrongly, when + ": trusts what nobody trusts");
    CHECK_NAMED(!found.sources.empty(), when + ": certificate without source");
  }
  CheckClean(when);
}

TEST("every call of a read may fail in turn, in every way") {
  const fake::World world = ManagedMac();
  ResetMac(world);
  ReadSystemStore({});
  const std::map<std::string, int> calls = fake::AllCalls();
  int runs = 0;
  for (const Fallible& fallible : Fallibles()) {
    const std::string function = fallible.function;
    const auto made = calls.find(function);
    CHECK_NAMED(made != calls.end(), function + " is never called");
    if (made == calls.end()) continue;
    for (const Failure failure : fallible.failures) {
      for (int nth = 0; nth <= made->second; ++nth) {
        ResetMac(world);
        fake::Fail(function, failure, nth, kStatus);
        const std::string when = function + " failing, call " + std::to_string(nth);
        CheckRead(when, world, !SaysSomethingElse(function));
        ++runs;
      }
    }
  }
  CHECK_NAMED(runs > 250, "only " + std::to_string(runs) + " runs");
}

TEST("the list of calls that can fail is complete") {
  ResetMac(ManagedMac());
  ReadSystemStore({});
  std::set<std::string> known;
  for (const Fallible& fallible : Fallibles()) known.insert(fallible.function);
  // This is only called to put a status into words; the next test makes it fail.
  known.insert("SecCopyErrorMessageString");
  known.insert("CFStringGetCString");
  for (const auto& [function, count] : fake::AllCalls()) {
    CHECK_NAMED(known.count(function) != 0, function + " is not among the calls that fail");
  }
}

TEST("putting a status into words may fail as well") {
  const std::pair<const char*, Failure> ways[] = {{"SecCopyErrorMessageString", Failure::kNothing},
                                                  {"CFStringGetCString", Failure::kNothing}};
  for (const auto& [function, failure] : ways) {
    ResetMac(ManagedMac());
    fake::Fail("SecItemCopyMatching", Failure::kStatus, 0, kStatus);
    fake::Fail(function, failure, 0);
    const ReadResult result = ReadSystemStore({});
    CHECK(result.errors.size() == 2);  // and the broken settings of the world
    CHECK(result.errors.back().os_status_text == "errSecInteractionNotAllowed");
    CheckClean(function);
  }
}

TEST("a certificate without bytes is one error and costs no other certificate") {
  const fake::World world = {MakeSystemRoot("a"), MakeSystemRoot("b"), MakeSystemRoot("c")};
  for (int nth = 1; nth <= 3; ++nth) {
    ResetMac(world);
    fake::Fail("SecCertificateCopyData", Failure::kNothing, nth);
    const ReadResult result = ReadSystemStore({});
    CHECK(result.certificates.size() == 2);
    CHECK(result.errors.size() == 1);
    CHECK(result.errors[0].operation == "SecCertificateCopyData");
    CHECK(result.errors[0].path == "system");
  }
}

TEST("a policy that does not name itself makes an entry unreadable, never trusted") {
  for (const Failure failure : {Failure::kNothing, Failure::kWrongType}) {
    ResetMac({With(MakeRoot("r"), fake::kUser, {Says(kTrustRoot, "ssl")})});
    fake::Fail("SecPolicyCopyProperties", failure, 0);
    const ReadResult result = ReadSystemStore({});
    CHECK(result.certificates.size() == 1);
    CHECK(result.certificates[0].trust == TrustStatus::kUnspecified);
    CHECK(result.errors.size() == 1);
    CheckClean("policy");
  }
}

}  // namespace
