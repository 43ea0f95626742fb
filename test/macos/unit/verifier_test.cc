// Tests what the verifier asks Security, and what it makes of the answers.
#include <cstring>

#include "chain_verifier.h"
#include "testing.h"
#include "worlds.h"

namespace {

using namespace os_truststore;
using namespace testing;
using fake::Failure;

constexpr int32_t kNotTrusted = -67843;
constexpr int32_t kHostNameMismatch = -67602;
constexpr int32_t kExpired = -67818;
constexpr int32_t kRevoked = -67820;
constexpr int32_t kIncomplete = -67635;

Der Leaf() { return MakeDer({"host.example", "Company CA", false, false}); }
Der Issuer() { return MakeDer({"Company CA", "Company Root", true, false}); }
Der Root() { return MakeDer({"Company Root", "", true, false}); }

ChainRequest Ask() {
  ChainRequest request;
  request.chain = {Leaf(), Issuer()};
  request.host = "host.example";
  request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return request;
}

fake::Verdict Trusted() {
  fake::Verdict verdict;
  verdict.trusted = true;
  verdict.chain = {Leaf(), Issuer(), Root()};
  return verdict;
}

fake::Verdict Refused(int32_t status) {
  fake::Verdict verdict;
  verdict.status = status;
  verdict.chain = {Leaf(), Issuer(), Root()};
  return verdict;
}

ChainVerdict VerifyIn(const fake::Verdict& answer, const ChainRequest& request) {
  ResetMac({});
  fake::AllowEvaluation(answer);
  ChainVerdict verdict = VerifyChain(request);
  CheckClean("verified");
  return verdict;
}

bool HasCode(const ChainVerdict& verdict, const char* code) {
  return !verdict.accepted && std::strcmp(verdict.refusal.code, code) == 0;
}

TEST("a chain macOS trusts is accepted, with the chain it built") {
  const ChainVerdict verdict = VerifyIn(Trusted(), Ask());
  CHECK(verdict.accepted);
  CHECK(verdict.chain == (std::vector<Der>{Leaf(), Issuer(), Root()}));
  CHECK(verdict.revocation == RevocationState::kNotChecked);
  const std::vector<fake::Evaluation> asked = fake::Evaluations();
  CHECK(asked.size() == 1);
  CHECK(asked[0].certificates == (std::vector<Der>{Leaf(), Issuer()}));
  CHECK(asked[0].has_ssl_policy && asked[0].server);
  CHECK(asked[0].host == "host.example");
  CHECK(asked[0].anchors.empty() && !asked[0].anchors_only);
  CHECK(asked[0].network == false);
  CHECK(!asked[0].revocation_flags);
}

TEST("a client's chain is judged for a client, without a name") {
  ChainRequest request = Ask();
  request.purpose = ChainPurpose::kClientAuth;
  request.host.reset();
  CHECK(VerifyIn(Trusted(), request).accepted);
  CHECK(!fake::Evaluations()[0].server);
  CHECK(!fake::Evaluations()[0].host);
}

TEST("user CAs are anchors beside the machine's own") {
  ChainRequest request = Ask();
  request.user_cas = {Root()};
  CHECK(VerifyIn(Trusted(), request).accepted);
  CHECK(fake::Evaluations()[0].anchors == std::vector<Der>{Root()});
  CHECK(!fake::Evaluations()[0].anchors_only);
}

TEST("the network is used only when it was asked for") {
  struct Case {
    bool fetch;
    RevocationMode revocation;
    bool network;
    std::optional<unsigned long> flags;
  };
  const Case cases[] = {
      {false, RevocationMode::kOff, false, std::nullopt},
      {true, RevocationMode::kOff, true, std::nullopt},
      {false, RevocationMode::kSoftFail, true, 3},
      {false, RevocationMode::kRequire, true, 3 | 8},
      {true, RevocationMode::kRequire, true, 3 | 8},
  };
  for (const Case& one : cases) {
    ChainRequest request = Ask();
    request.fetch_intermediates = one.fetch;
    request.revocation = one.revocation;
    CHECK(VerifyIn(Trusted(), request).accepted);
    CHECK(fake::Evaluations()[0].network == one.network);
    CHECK(fake::Evaluations()[0].revocation_flags == one.flags);
  }
}

TEST("soft-fail reports what macOS found out about revocation") {
  ChainRequest request = Ask();
  request.revocation = RevocationMode::kSoftFail;
  fake::Verdict answer = Trusted();
  CHECK(VerifyIn(answer, request).revocation == RevocationState::kUnknown);
  answer.revocation_checked = false;
  CHECK(VerifyIn(answer, request).revocation == RevocationState::kUnknown);
  answer.revocation_checked = true;
  CHECK(VerifyIn(answer, request).revocation == RevocationState::kGood);
  for (const Failure failure : {Failure::kNothing, Failure::kWrongType}) {
    ResetMac({});
    fake::AllowEvaluation(answer);
    fake::Fail("SecTrustCopyResult", failure, 0);
    const ChainVerdict verdict = VerifyChain(request);
    CHECK(verdict.accepted && verdict.revocation == RevocationState::kUnknown);
    CheckClean("no result");
  }
  request.revocation = RevocationMode::kRequire;
  CHECK(VerifyIn(Trusted(), request).revocation == RevocationState::kGood);
}

TEST("refusals carry the code of Node and the words of macOS") {
  const std::pair<int32_t, const char*> cases[] = {
      {kNotTrusted, "SELF_SIGNED_CERT_IN_CHAIN"},
      {kHostNameMismatch, "ERR_TLS_CERT_ALTNAME_INVALID"},
      {kExpired, "CERT_HAS_EXPIRED"},
      {kRevoked, "CERT_REVOKED"},
      {kIncomplete, "UNABLE_TO_GET_CRL"},
      {-99999, "CERT_REJECTED"},
  };
  for (const auto& [status, code] : cases) {
    const ChainVerdict verdict = VerifyIn(Refused(status), Ask());
    CHECK_NAMED(HasCode(verdict, code), code);
    CHECK(verdict.platform_code == status);
    CHECK(verdict.platform_text.find("Apple's words for " + std::to_string(status)) !=
          std::string::npos);
    CHECK(verdict.chain.empty());
  }
  CHECK(VerifyIn(Refused(kExpired), Ask()).platform_text ==
        "errSecCertificateExpired: Apple's words for -67818");
}

TEST("what is missing from a chain decides how a refusal is called") {
  fake::Verdict answer = Refused(kNotTrusted);
  answer.chain = {Leaf(), Issuer()};
  CHECK(HasCode(VerifyIn(answer, Ask()), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"));
  answer.chain = {Leaf()};
  CHECK(HasCode(VerifyIn(answer, Ask()), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"));
  answer.chain = {Root()};
  CHECK(HasCode(VerifyIn(answer, Ask()), "DEPTH_ZERO_SELF_SIGNED_CERT"));
  // When macOS returns no chain, the verdict has the one that was sent.
  answer.chain.clear();
  CHECK(HasCode(VerifyIn(answer, Ask()), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"));
}

TEST("a refusal without an error is a refusal") {
  fake::Verdict answer = Refused(kNotTrusted);
  answer.without_error = true;
  const ChainVerdict verdict = VerifyIn(answer, Ask());
  CHECK(HasCode(verdict, "CERT_REJECTED"));
  CHECK(!verdict.platform_code);
}

TEST("what is no certificate is refused without asking") {
  const Der garbage[] = {{}, {0x00}, {0x30, 0x82, 0xff, 0xff, 0x00}, Der(5000, 0x30)};
  for (const Der& bytes : garbage) {
    ChainRequest request = Ask();
    request.chain = {bytes};
    CHECK(HasCode(VerifyIn(Trusted(), request), "ERR_TRUSTSTORE_BAD_CERTIFICATE"));
    request.chain = {Leaf(), bytes};
    CHECK(HasCode(VerifyIn(Trusted(), request), "ERR_TRUSTSTORE_BAD_CERTIFICATE"));
    request = Ask();
    request.user_cas = {Root(), bytes};
    CHECK(HasCode(VerifyIn(Trusted(), request), "ERR_TRUSTSTORE_USER_CA"));
    CHECK(fake::Evaluations().empty());
  }
}

struct Fallible {
  const char* function;
  std::vector<Failure> failures;
  bool refuses;  // whether the verdict depends on it
};

const std::vector<Fallible>& Fallibles() {
  static const std::vector<Fallible> all = {
      {"CFDataCreate", {Failure::kNothing}, true},
      {"CFStringCreateWithBytes", {Failure::kNothing}, true},
      {"CFArrayCreate", {Failure::kNothing}, true},
      {"SecCertificateCreateWithData", {Failure::kNothing}, true},
      {"SecPolicyCreateSSL", {Failure::kNothing}, true},
      {"SecPolicyCreateRevocation", {Failure::kNothing}, true},
      {"SecTrustCreateWithCertificates", {Failure::kStatus, Failure::kNothing}, true},
      {"SecTrustSetAnchorCertificates", {Failure::kStatus}, true},
      {"SecTrustSetAnchorCertificatesOnly", {Failure::kStatus}, true},
      {"SecTrustSetNetworkFetchAllowed", {Failure::kStatus}, true},
      {"SecTrustEvaluateWithError", {Failure::kNothing}, true},
      {"SecTrustGetCertificateCount", {Failure::kNothing}, false},
      {"SecTrustGetCertificateAtIndex", {Failure::kNothing}, false},
      {"SecCertificateCopyData", {Failure::kNothing, Failure::kWrongType}, false},
      {"CFDataGetBytePtr", {Failure::kNothing}, false},
      {"CFDataGetLength", {Failure::kNothing}, false},
      {"SecTrustCopyResult", {Failure::kNothing, Failure::kWrongType}, false},
      {"CFDictionaryGetValue", {Failure::kNothing, Failure::kWrongType}, false},
  };
  return all;
}

ChainRequest AskEverything() {
  ChainRequest request = Ask();
  request.user_cas = {Root()};
  request.revocation = RevocationMode::kSoftFail;
  return request;
}

TEST("every call of a verification may fail in turn: nothing leaks, nothing is accepted for it") {
  fake::Verdict answer = Trusted();
  answer.revocation_checked = true;
  VerifyIn(answer, AskEverything());
  const std::map<std::string, int> calls = fake::AllCalls();
  int runs = 0;
  for (const Fallible& fallible : Fallibles()) {
    const auto made = calls.find(fallible.function);
    CHECK_NAMED(made != calls.end(), std::string(fallible.function) + " is never called");
    if (made == calls.end()) continue;
    for (const Failure failure : fallible.failures) {
      for (int nth = 0; nth <= made->second; ++nth) {
        const std::string when = std::string(fallible.function) + " " + std::to_string(nth);
        ResetMac({});
        fake::AllowEvaluation(answer);
        fake::Fail(fallible.function, failure, nth, -25308);
        const ChainVerdict verdict = VerifyChain(AskEverything());
        CHECK_NAMED(verdict.accepted != fallible.refuses, when);
        CHECK_NAMED(verdict.accepted || *verdict.refusal.code != '\0', when);
        CheckClean(when);
        ++runs;
      }
    }
  }
  CHECK_NAMED(runs > 40, std::to_string(runs));
  for (const auto& [function, count] : calls) {
    bool known = false;
    for (const Fallible& fallible : Fallibles()) known = known || function == fallible.function;
    CHECK_NAMED(known, function + " is not among the calls that fail");
  }
}

TEST("reading the store evaluates nothing, and the fake would notice") {
  ResetMac(ManagedMac());
  ReadSystemStore({});
  CheckClean("read");
  for (const auto& [function, count] : fake::AllCalls()) {
    CHECK_NAMED(function.rfind("SecTrust", 0) != 0 || function.rfind("SecTrustSettings", 0) == 0,
                function);
  }
  // Without AllowEvaluation.
  ResetMac({});
  VerifyChain(Ask());
  CHECK(fake::GetReport().forbidden.size() >= 4);
  ResetMac({});
}

}  // namespace
