#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "check.h"
#include "fake_windows.h"
#include "input/certificate_input.h"
#include "native_tests.h"
#include "windows/store_reader.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

constexpr DWORD kMachine = CERT_SYSTEM_STORE_LOCAL_MACHINE;
constexpr DWORD kMachinePolicy = CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY;
constexpr DWORD kEnterprise = CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE;
constexpr DWORD kUser = CERT_SYSTEM_STORE_CURRENT_USER;

const char* const kCalls[] = {
    "CertOpenStore",    "CertEnumCertificatesInStore",       "CertGetEnhancedKeyUsage",
    "RegOpenKeyExW",    "CertGetCertificateContextProperty", "RegNotifyChangeKeyValue",
    "CreateEventW",     "CertCreateCertificateContext",      "CertCreateCTLContext",
    "RegQueryValueExW",
};

void Fill(FakeWindows* windows) {
  windows->Add(kMachine, L"ROOT", Certificate("root"));
  windows->Add(kMachine, L"ROOT", Certificate("disallowed"));
  windows->Add(kMachine, L"CA", Certificate("intermediate"));
  windows->Add(kMachine, L"TrustedPeople", Certificate("person"));
  windows->Add(kMachinePolicy, L"ROOT", Certificate("other"));
  windows->Add(kEnterprise, L"ROOT", Certificate("other"));
  windows->Add(kUser, L"ROOT", Certificate("user"));
  windows->Add(kUser, L"Disallowed", Certificate("disallowed"));
  windows->Add(FakeWindows::kLogical, L"ROOT", Certificate("root"));
  windows->Add(FakeWindows::kLogical, L"ROOT", Certificate("programme"));
  windows->Add(FakeWindows::kLogical, L"ROOT", Certificate("listed"));
  windows->disallowed_list = Certificate("list");
}

bool IsUsable(const StoreCertificate& certificate) {
  return certificate.trust == TrustStatus::kTrusted && (certificate.usages & kServerAuth) != 0;
}

std::set<Der> UsableOf(const ReadResult& result) {
  std::set<Der> usable;
  for (const StoreCertificate& certificate : result.certificates) {
    if (IsUsable(certificate)) usable.insert(certificate.der);
  }
  return usable;
}

const StoreCertificate* Find(const ReadResult& result, const std::string& name) {
  const Der der = Certificate(name);
  for (const StoreCertificate& certificate : result.certificates) {
    if (certificate.der == der) return &certificate;
  }
  return nullptr;
}

bool IsUsable(const ReadResult& result, const std::string& name) {
  const StoreCertificate* certificate = Find(result, name);
  return certificate != nullptr && IsUsable(*certificate);
}

void ReadsEveryStore() {
  FakeWindows windows;
  Fill(&windows);
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.errors.empty());
  CHECK(result.certificates.size() == 8);
  for (const char* name : {"root", "other", "user", "programme", "person"}) {
    CHECK_THAT(IsUsable(result, name), std::string(name));
  }
  CHECK(Find(result, "disallowed")->trust == TrustStatus::kDistrusted);
  CHECK(Find(result, "listed")->trust == TrustStatus::kDistrusted);
  CHECK(Find(result, "listed")->sources.back().store == "DisallowedCertEncodedCtl");
  CHECK(Find(result, "intermediate")->trust == TrustStatus::kUnspecified);
  CHECK(Find(result, "root")->sources.size() == 1);
  CHECK(Find(result, "programme")->sources.at(0).location == "LOGICAL");
  CHECK(Find(result, "other")->sources.size() == 2);
  CHECK(result.signature != nullptr);
}

void GivesEverythingBack() {
  FakeWindows windows;
  Fill(&windows);
  {
    const ReadResult result = ReadWindowsStore(windows.api(), {});
  }
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

// Cancels at each certificate in turn.
void StopsWhenCancelled() {
  int cancelled_reads = 0;
  for (int at = 1;; ++at) {
    FakeWindows windows;
    Fill(&windows);
    ReadRequest request;
    request.cancelled = std::make_shared<std::atomic<bool>>(false);
    int walked = 0;
    windows.before_next = [&] {
      if (++walked == at) request.cancelled->store(true);
    };
    bool cancelled = false;
    {
      const ReadResult result = ReadWindowsStore(windows.api(), request);
      cancelled = result.cancelled;
      CHECK(!cancelled || result.signature == nullptr);
    }
    CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
    if (cancelled) ++cancelled_reads;
    if (walked < at) break;
  }
  CHECK(cancelled_reads >= 10);
}

// Whatever fails, no certificate may become usable because of it, unless the reader reports that it
// does not know.
void CheckOneFailure(const std::string& function, int nth, const std::set<Der>& usable) {
  FakeWindows windows;
  Fill(&windows);
  windows.FailCall(function, nth);
  const std::string context = function + " " + std::to_string(nth);
  {
    const ReadResult result = ReadWindowsStore(windows.api(), {});
    const std::set<Der> now_usable = UsableOf(result);
    const bool fewer =
        std::includes(usable.begin(), usable.end(), now_usable.begin(), now_usable.end());
    CHECK_THAT(fewer || !result.errors.empty(), context);
    const bool reported = function == "CertOpenStore" || function == "CertEnumCertificatesInStore";
    CHECK_THAT(!reported || result.errors.size() == 1, context);
    for (const StoreError& error : result.errors) {
      CHECK_THAT(error.os_status == ERROR_ACCESS_DENIED, context);
      CHECK_THAT(!error.path.empty() && !error.os_status_text.empty(), context);
    }
  }
  CHECK_THAT(windows.Leaks().empty(), context + windows.Leaks());
}

void SurvivesEveryFailure() {
  std::set<Der> usable;
  std::map<std::string, int> calls;
  {
    FakeWindows windows;
    Fill(&windows);
    usable = UsableOf(ReadWindowsStore(windows.api(), {}));
    for (const char* function : kCalls) calls[function] = windows.Calls(function);
  }
  for (const char* function : kCalls) {
    CHECK_THAT(calls[function] > 0, std::string(function));
    for (int nth = 1; nth <= calls[function]; ++nth) CheckOneFailure(function, nth, usable);
  }
}

StoreCertificate Elsewhere(const std::string& name) {
  const Der der = Certificate(name);
  return MakeStoreCertificate(der.data(), der.size());
}

void ListsCertificatesByWhatWasSignedAndByKey() {
  FakeWindows windows;
  windows.disallowed_list = Certificate("list");
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.errors.empty());
  const DistrustedNames& names = result.distrusted_names;
  CHECK(names.Keys().size() == 2);
  for (const char* name : {"listed", "listed-key", "listed-key-renewed"}) {
    const DistrustOrigin* origin = names.Find(Elsewhere(name));
    CHECK_THAT(origin != nullptr, std::string(name));
    CHECK_THAT(origin->ToSource().kind == SourceKind::kWindowsStore, std::string(name));
  }
  // Wine cannot hash what an ECDSA key has signed; that is no reason for distrust.
  for (const char* name : {"root", "leaf"}) {
    CHECK_THAT(names.Find(Elsewhere(name)) == nullptr, std::string(name));
  }
  StoreCertificate foreign = Elsewhere("listed");
  foreign.parsed = false;  // as if Windows alone could read it
  CHECK(names.Find(foreign) != nullptr);
  windows.FailCall("CertCreateCertificateContext", 1);
  CHECK(names.Find(Elsewhere("root")) != nullptr);
  CHECK_THAT(windows.Leaks().find("list") == std::string::npos, windows.Leaks());
}

void ReadsALongListToItsEnd() {
  FakeWindows windows;
  windows.disallowed_list = Certificate("long-list");
  CHECK(windows.disallowed_list.size() > 32 * 1024);
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.errors.empty());
  CHECK(result.distrusted_names.Find(Elsewhere("listed-key")) != nullptr);
}

void ReportsAListItCannotRead() {
  FakeWindows windows;
  Fill(&windows);
  const auto read = [&windows](const Der& list, DWORD type) {
    windows.disallowed_list = list;
    windows.disallowed_list_type = type;
    ReadResult result = ReadWindowsStore(windows.api(), {});
    CHECK(result.distrusted_names.empty());
    return result.errors.empty() ? std::string() : result.errors.at(0).path;
  };
  const Der list = Certificate("list");
  const Der half(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2));
  const std::string path =
      "HKLM\\Software\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate\\"
      "DisallowedCertEncodedCtl";
  CHECK(read(half, REG_BINARY) == path);
  CHECK(read(Der(100, 0x30), REG_BINARY) == path);
  CHECK(read(Der(2 << 20, 0x30), REG_BINARY) == path);
  CHECK(read(Certificate("root"), REG_BINARY) == path);
  CHECK(read(Certificate("other-list"), REG_BINARY) == path);
  CHECK(read(list, REG_SZ) == path);
  CHECK(read({}, REG_BINARY).empty());
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

void HasNoSignatureWhenItCannotListen() {
  for (const char* function : {"CreateEventW", "RegNotifyChangeKeyValue", "RegOpenKeyExW"}) {
    FakeWindows windows;
    Fill(&windows);
    windows.FailCall(function, 1);
    const ReadResult result = ReadWindowsStore(windows.api(), {});
    CHECK_THAT(result.signature == nullptr, std::string(function));
    CHECK_THAT(result.certificates.size() == 8, std::string(function));
  }
}

void RefusesOldWindows() {
  FakeWindows windows;
  Fill(&windows);
  windows.major_version = 6;
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.certificates.empty());
  CHECK(result.errors.size() == 1);
  CHECK(result.errors.at(0).code == StoreErrorCode::kUnsupported);
  CHECK(result.errors.at(0).message.find("Windows 10") != std::string::npos);
}

void ReadWithFlags(uint32_t flags, const std::set<std::string>& expected) {
  FakeWindows windows;
  Fill(&windows);
  for (int shift = 0; shift < 32; shift += 8) {
    windows.protected_roots_flags.push_back(static_cast<uint8_t>(flags >> shift));
  }
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.errors.empty());
  for (const char* name : {"root", "other", "user", "programme", "person"}) {
    CHECK_THAT(IsUsable(result, name) == (expected.count(name) > 0),
               std::to_string(flags) + " " + name);
  }
}

void HonoursThePolicyOnRoots() {
  ReadWithFlags(0, {"root", "other", "user", "programme", "person"});
  ReadWithFlags(0x20, {"root", "other", "user", "programme", "person"});
  ReadWithFlags(0x1, {"root", "other", "programme", "person"});
  // The machine's own copy no longer counts, but Windows still shows it in its view.
  ReadWithFlags(0x8, {"root", "other", "programme", "person"});
  ReadWithFlags(0x10000, {"root", "other", "user", "programme"});
}

void AssumesAStrictPolicyWhenItCannotBeRead() {
  FakeWindows windows;
  Fill(&windows);
  windows.protected_roots_flags = {1, 0, 0, 0};
  windows.protected_roots_type = REG_BINARY;
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(result.errors.size() == 1);
  CHECK(!IsUsable(result, "user"));
  CHECK(!IsUsable(result, "person"));
  CHECK(IsUsable(result, "other"));
}

Der FileTime(uint64_t ticks) {
  Der bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<uint8_t>(ticks >> shift));
  return bytes;
}

struct Withdrawal {
  DWORD date_id;
  Der date;
  Der purposes;
  Usages usages;
  Usages rejected;
  bool is_dated;
};

constexpr Usages kAllButServers = kClientAuth | kOtherUsages;

// Wine drops certificates with these properties, so the fake adds the properties here.
void HonoursWithdrawalByTheRootProgramme() {
  const Der past = FileTime(0x01D0000000000000);    // in 2014
  const Der future = FileTime(0x02F0000000000000);  // in 2272
  const Der server = {0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1};
  const Der damaged = {0xff};
  constexpr DWORD kDisabled = CERT_DISALLOWED_FILETIME_PROP_ID;
  constexpr DWORD kNotBefore = CERT_NOT_BEFORE_FILETIME_PROP_ID;
  const Withdrawal cases[] = {
      {kDisabled, past, {}, kNoUsages, kAllUsages, false},
      {kDisabled, future, {}, kAllUsages, kNoUsages, false},
      {kDisabled, damaged, {}, kNoUsages, kNoUsages, false},
      {kDisabled, {}, {}, kNoUsages, kNoUsages, false},
      {kDisabled, {}, server, kAllButServers, kServerAuth, false},
      {kDisabled, past, server, kAllButServers, kServerAuth, false},
      {kDisabled, past, damaged, kNoUsages, kAllUsages, false},
      {kNotBefore, past, {}, kServerAuth, kNoUsages, true},
      {kNotBefore, future, {}, kAllUsages, kNoUsages, true},
      {kNotBefore, damaged, {}, kNoUsages, kNoUsages, false},
      {kNotBefore, {}, {}, kNoUsages, kNoUsages, false},
      {kNotBefore, past, server, kAllUsages, kNoUsages, true},
      {kNotBefore, past, damaged, kServerAuth, kNoUsages, true},
  };
  for (const Withdrawal& one : cases) {
    FakeWindows windows;
    Fill(&windows);
    windows.properties[one.date_id] = one.date;
    const DWORD purposes = one.date_id == kDisabled ? CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID
                                                    : CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID;
    if (!one.purposes.empty()) windows.properties[purposes] = one.purposes;
    const ReadResult result = ReadWindowsStore(windows.api(), {});
    const StoreCertificate* root = Find(result, "root");
    const std::string context = "case " + std::to_string(&one - cases);
    CHECK_THAT(root->usages == one.usages, context);
    CHECK_THAT(root->rejected == one.rejected, context);
    CHECK_THAT((root->distrust_after != kNeverDistrusted) == one.is_dated, context);
    // Only roots are disabled this way.
    CHECK_THAT(Find(result, "intermediate")->usages == kAllUsages, context);
  }
}

// A copy in another store also has the properties, unless the test removes them.
void LetsOneGoodCopyOfAWithdrawnRootSuffice() {
  FakeWindows windows;
  windows.Add(kMachine, L"ROOT", Certificate("root"));
  windows.Add(kMachinePolicy, L"ROOT", Certificate("root"));
  int walked = 0;
  windows.properties[CERT_DISALLOWED_FILETIME_PROP_ID] = FileTime(0x01D0000000000000);
  windows.before_next = [&] {
    if (++walked == 3) windows.properties.clear();
  };
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  CHECK(Find(result, "root")->sources.size() == 2);
  CHECK(Find(result, "root")->usages == kAllUsages);
  CHECK(Find(result, "root")->rejected == kNoUsages);
}

void ReportsAnEntryWithoutBytes() {
  FakeWindows windows;
  Fill(&windows);
  windows.empty_first_entry = true;
  {
    const ReadResult result = ReadWindowsStore(windows.api(), {});
    CHECK(result.certificates.size() == 8);
    CHECK(!result.errors.empty());
    CHECK(result.errors.at(0).code == StoreErrorCode::kBadCertificate);
    CHECK(result.errors.at(0).path == "LOCAL_MACHINE\\ROOT");
  }
  CHECK_THAT(windows.Leaks().empty(), windows.Leaks());
}

std::string LabelOf(const Der& name) {
  FakeWindows windows;
  windows.Add(kMachine, L"ROOT", Certificate("root"));
  windows.properties[CERT_FRIENDLY_NAME_PROP_ID] = name;
  const ReadResult result = ReadWindowsStore(windows.api(), {});
  return result.certificates.at(0).sources.at(0).label;
}

void ReadsFriendlyNames() {
  CHECK(LabelOf({'a', 0, 0xfc, 0, 0, 0}) == "a\xc3\xbc");
  CHECK(LabelOf({'a', 0}) == "a");       // no terminator
  CHECK(LabelOf({'a', 0, 'b'}) == "a");  // half a unit
  CHECK(LabelOf({0x3d, 0xd8, 0x00, 0xde, 0, 0}) == "\xf0\x9f\x98\x80");
  CHECK(LabelOf({0x3d, 0xd8, 'x', 0}) == "\xef\xbf\xbdx");  // half a surrogate pair
  CHECK(LabelOf({}).empty());
  CHECK(LabelOf(Der(1 << 20, 'x')).empty());
}

}  // namespace

std::vector<NativeTest> StoreReaderTests() {
  return {
      {"reads every store and what each makes of a certificate", ReadsEveryStore},
      {"gives back every handle", GivesEverythingBack},
      {"stops at any certificate when cancelled, and gives back every handle", StopsWhenCancelled},
      {"survives the failure of every single call without trusting more", SurvivesEveryFailure},
      {"lists certificates by what was signed and by key",
       ListsCertificatesByWhatWasSignedAndByKey},
      {"reads a long list to its end", ReadsALongListToItsEnd},
      {"reports a list it cannot read", ReportsAListItCannotRead},
      {"has no signature when it cannot listen for changes", HasNoSignatureWhenItCannotListen},
      {"refuses Windows before 10 with a clear error", RefusesOldWindows},
      {"honours the policy on root stores", HonoursThePolicyOnRoots},
      {"assumes a strict policy when it cannot be read", AssumesAStrictPolicyWhenItCannotBeRead},
      {"honours how the root programme withdraws a root", HonoursWithdrawalByTheRootProgramme},
      {"lets one good copy of a withdrawn root suffice", LetsOneGoodCopyOfAWithdrawnRootSuffice},
      {"reports an entry without bytes and reads on", ReportsAnEntryWithoutBytes},
      {"reads friendly names, whole or damaged", ReadsFriendlyNames},
  };
}

}  // namespace os_truststore
