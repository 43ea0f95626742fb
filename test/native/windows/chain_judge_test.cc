// Tests the verifier against stores in memory: "leaf" is for host.example and was issued by "root",
// which no machine trusts.
#include <chrono>
#include <cstring>
#include <map>
#include <string>

#include "check.h"
#include "fake_windows.h"
#include "native_tests.h"
#include "windows/chain_judge.h"

namespace os_truststore {
namespace {

constexpr DWORD kMachinePolicy = CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY;
constexpr DWORD kIgnoreRevocation = 0x80;
constexpr DWORD kIgnoreName = 0x1000;

const char* const kCalls[] = {
    "CertOpenStore",
    "CertAddEncodedCertificateToStore",
    "CertCreateCertificateChainEngine",
    "CertGetCertificateChain",
    "CertVerifyCertificateChainPolicy",
    "CertEnumCertificatesInStore",
    "RegQueryValueExW",
    "CertCreateCTLContext",
    "CertCreateCertificateContext",
};

ChainRequest Ask() {
  ChainRequest request;
  request.chain = {Certificate("leaf")};
  request.user_cas = {Certificate("root"), Certificate("other")};
  request.host = "host.example";
  request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  return request;
}

ChainVerdict Judge(const FakeWindows& windows, const ChainRequest& request) {
  return JudgeChain(windows.api(), windows.chains(), request);
}

std::string CodeOf(const ChainVerdict& verdict) {
  return verdict.accepted ? "accepted" : verdict.refusal.code;
}

// Adds a store that distrusts something else, so that looking through it is a call that can fail.
void Fill(FakeWindows* windows) {
  windows->Add(kMachinePolicy, L"Disallowed", Certificate("disallowed"));
  windows->disallowed_list = Certificate("list");
}

void AsksTheMachineFirst() {
  FakeWindows windows;
  Fill(&windows);
  ChainRequest request = Ask();
  const ChainVerdict accepted = Judge(windows, request);
  CHECK_THAT(accepted.accepted, CodeOf(accepted));
  CHECK(accepted.chain == (std::vector<Der>{Certificate("leaf"), Certificate("root")}));
  CHECK(windows.asked.has_engine);
  windows.ResetCounts();
  request.user_cas.clear();
  const ChainVerdict refused = Judge(windows, request);
  CHECK_THAT(CodeOf(refused) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE", CodeOf(refused));
  CHECK(refused.platform_code == 0x800B010A);
  CHECK(refused.platform_text.rfind("CERT_E_CHAINING", 0) == 0);
  CHECK(windows.Calls("CertCreateCertificateChainEngine") == 0);
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void GivesTheMachinesOwnReason() {
  FakeWindows windows;
  ChainRequest request = Ask();
  request.user_cas = {Certificate("other")};
  const ChainVerdict verdict = Judge(windows, request);
  CHECK_THAT(CodeOf(verdict) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE", CodeOf(verdict));
  request.user_cas = {Certificate("root")};
  request.host = "other.example";
  CHECK(CodeOf(Judge(windows, request)) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void HonoursDistrustOfEveryLocation() {
  const DWORD locations[] = {
      CERT_SYSTEM_STORE_LOCAL_MACHINE, kMachinePolicy, CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
      CERT_SYSTEM_STORE_CURRENT_USER, CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY};
  for (const DWORD location : locations) {
    for (const char* name : {"root", "leaf", "root-twin", "leaf-twin"}) {
      FakeWindows windows;
      windows.Add(location, L"Disallowed", Certificate(name));
      const ChainVerdict verdict = Judge(windows, Ask());
      // The machine's engine knows no root here; its answer is reported.
      CHECK_THAT(CodeOf(verdict) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE", CodeOf(verdict));
      CHECK(verdict.chain.empty());
      CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
    }
  }
}

void HonoursMicrosoftsList() {
  FakeWindows windows;
  windows.disallowed_list = Certificate("list-of-chain");
  const ChainVerdict verdict = Judge(windows, Ask());
  CHECK_THAT(CodeOf(verdict) == "UNABLE_TO_VERIFY_LEAF_SIGNATURE", CodeOf(verdict));
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void HonoursDistrustOfNothingElse() {
  FakeWindows windows;
  windows.disallowed_list = Certificate("list");
  windows.Add(kMachinePolicy, L"Disallowed", Certificate("root-renewed"));
  const ChainVerdict verdict = Judge(windows, Ask());
  CHECK_THAT(verdict.accepted, CodeOf(verdict));
}

void RefusesWhateverFails() {
  std::map<std::string, int> calls;
  {
    FakeWindows windows;
    Fill(&windows);
    CHECK(Judge(windows, Ask()).accepted);
    for (const char* function : kCalls) calls[function] = windows.Calls(function);
  }
  for (const char* function : kCalls) {
    CHECK_THAT(calls[function] > 0, std::string(function));
    for (int nth = 1; nth <= calls[function]; ++nth) {
      FakeWindows windows;
      Fill(&windows);
      windows.FailCall(function, nth);
      const std::string context = function + (" " + std::to_string(nth));
      const ChainVerdict verdict = Judge(windows, Ask());
      CHECK_THAT(!verdict.accepted, context);
      CHECK_THAT(verdict.chain.empty(), context);
      CHECK_THAT(windows.Leaks().empty(), context + windows.Leaks());
    }
  }
}

void AsksForWhatWasAsked() {
  struct Case {
    RevocationMode revocation;
    bool fetch;
    DWORD flags;
    DWORD policy_flags;
    DWORD checks;
  };
  const DWORD revocation =
      CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT | CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT;
  const DWORD ignored = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
  const Case cases[] = {
      {RevocationMode::kOff, false, CERT_CHAIN_DISABLE_AIA, ignored, kIgnoreRevocation},
      {RevocationMode::kOff, true, 0, ignored, kIgnoreRevocation},
      {RevocationMode::kSoftFail, false, revocation | CERT_CHAIN_DISABLE_AIA, ignored,
       kIgnoreRevocation},
      {RevocationMode::kRequire, false, revocation | CERT_CHAIN_DISABLE_AIA, 0, 0},
      {RevocationMode::kRequire, true, revocation, 0, 0},
  };
  for (const Case& one : cases) {
    FakeWindows windows;
    ChainRequest request = Ask();
    request.revocation = one.revocation;
    request.fetch_intermediates = one.fetch;
    CHECK(Judge(windows, request).accepted);
    CHECK(windows.asked.flags == one.flags);
    CHECK(windows.asked.policy_flags == one.policy_flags);
    CHECK(windows.asked.checks == one.checks);
    CHECK(windows.asked.host == L"host.example");
    CHECK(windows.asked.auth_type == AUTHTYPE_SERVER);
    CHECK(windows.asked.usage == szOID_PKIX_KP_SERVER_AUTH);
    CHECK(windows.asked.timeout > 0 && windows.asked.timeout <= 10'000);
  }
  FakeWindows windows;
  ChainRequest request = Ask();
  request.purpose = ChainPurpose::kClientAuth;
  request.host.reset();
  request.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(10);
  Judge(windows, request);
  CHECK(windows.asked.checks == (kIgnoreRevocation | kIgnoreName));
  CHECK(windows.asked.host.empty());
  CHECK(windows.asked.auth_type == AUTHTYPE_CLIENT);
  CHECK(windows.asked.usage == szOID_PKIX_KP_CLIENT_AUTH);
  // Zero would mean Windows' own limit.
  CHECK(windows.asked.timeout == 1);
}

// Wine's engine does not know the flag; test/system shows what Windows does with it.
void AsksForPeersWhereListsTrustThem() {
  const auto flags = [](ChainPurpose purpose, std::vector<Der> user_cas,
                        const char* leaf = "root") {
    FakeWindows windows;
    ChainRequest request = Ask();
    request.chain = {Certificate(leaf)};
    request.purpose = purpose;
    request.user_cas = std::move(user_cas);
    Judge(windows, request);
    return windows.asked.flags & CERT_CHAIN_ENABLE_PEER_TRUST;
  };
  CHECK(flags(ChainPurpose::kServerAuth, {}) != 0);
  CHECK(flags(ChainPurpose::kClientAuth, {}) == 0);
  // The last engine asked has only the user's roots.
  CHECK(flags(ChainPurpose::kServerAuth, {Certificate("other")}) == 0);
  // Its issuer may have revoked it.
  CHECK(flags(ChainPurpose::kServerAuth, {}, "leaf") == 0);
}

void RefusesGarbage() {
  const Der garbage[] = {{}, {0}, {0x30, 0x82, 0xff, 0xff}, Der(100'000, 0x30)};
  for (const Der& bytes : garbage) {
    FakeWindows windows;
    ChainRequest request = Ask();
    request.chain = {bytes};
    CHECK(CodeOf(Judge(windows, request)) == "ERR_TRUSTSTORE_BAD_CERTIFICATE");
    request.chain = {Certificate("leaf"), bytes};
    CHECK(CodeOf(Judge(windows, request)) == "ERR_TRUSTSTORE_BAD_CERTIFICATE");
    request = Ask();
    request.user_cas.push_back(bytes);
    CHECK(CodeOf(Judge(windows, request)) == "ERR_TRUSTSTORE_USER_CA");
    CHECK(windows.Calls("CertGetCertificateChain") == 0);
    CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
  }
}

}  // namespace

std::vector<NativeTest> ChainJudgeTests() {
  return {
      {"asks the machine first and user roots only after it", AsksTheMachineFirst},
      {"gives the machine's own reason when both refuse", GivesTheMachinesOwnReason},
      {"honours distrust of every location, of the peer and of the root, in any encoding",
       HonoursDistrustOfEveryLocation},
      {"honours Microsoft's list", HonoursMicrosoftsList},
      {"honours distrust of nothing else", HonoursDistrustOfNothingElse},
      {"refuses whatever call fails, and gives back every handle", RefusesWhateverFails},
      {"asks for what was asked, within what is left of the time", AsksForWhatWasAsked},
      {"asks for peers where lists trust them", AsksForPeersWhereListsTrustThem},
      {"refuses what is no certificate", RefusesGarbage},
  };
}

}  // namespace os_truststore
