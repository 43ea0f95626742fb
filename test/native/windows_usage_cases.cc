// Tests the rules for Windows' purposes, case by case, without Windows. Prints one line a case: "ok
// NAME" or the wrong result.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "trust/windows_usage.h"

namespace os_truststore {
namespace {

constexpr uint32_t kSuccess = 0;
constexpr uint32_t kNotFound = 0x80092004;     // CRYPT_E_NOT_FOUND
constexpr uint32_t kAccessDenied = 5;          // ERROR_ACCESS_DENIED
constexpr uint32_t kBadEncoding = 0x80093102;  // CRYPT_E_ASN1_EOD
constexpr int64_t kNow = 1'000'000;

const char kServer[] = "1.3.6.1.5.5.7.3.1";
const char kClient[] = "1.3.6.1.5.5.7.3.2";
const char kEmail[] = "1.3.6.1.5.5.7.3.4";
const char kAny[] = "2.5.29.37.0";

bool passed = true;

void Report(const std::string& name, int actual, int expected) {
  if (actual == expected) {
    std::printf("ok %s\n", name.c_str());
  } else {
    std::printf("FAILED %s: %d instead of %d\n", name.c_str(), actual, expected);
    passed = false;
  }
}

// --- What one call of CertGetEnhancedKeyUsage means ---

struct CallCase {
  const char* name;
  bool succeeded;
  uint32_t error;
  std::vector<std::string> oids;
  EkuAnswer::State state;
  Usages listed;
};

constexpr auto kAbsent = EkuAnswer::State::kAbsent;
constexpr auto kListed = EkuAnswer::State::kListed;
constexpr auto kUnreadable = EkuAnswer::State::kUnreadable;

const CallCase kCalls[] = {
    {"a list of purposes", true, kSuccess, {kServer, kClient}, kListed, kServerAuth | kClientAuth},
    {"a list and an old last error", true, kNotFound, {kServer}, kListed, kServerAuth},
    {"any purpose", true, kSuccess, {kAny}, kListed, kAllUsages},
    {"any purpose among others", true, kSuccess, {kEmail, kAny}, kListed, kAllUsages},
    {"a purpose of no interest", true, kSuccess, {kEmail}, kListed, kOtherUsages},
    {"an identifier that only begins alike",
     true,
     kSuccess,
     {"1.3.6.1.5.5.7.3.17"},
     kListed,
     kOtherUsages},
    {"an empty identifier", true, kSuccess, {""}, kListed, kOtherUsages},
    {"nothing listed, not found: every use", true, kNotFound, {}, kAbsent, kNoUsages},
    {"nothing listed, no error: no use", true, kSuccess, {}, kListed, kNoUsages},
    {"nothing listed, some other error: no use", true, kAccessDenied, {}, kListed, kNoUsages},
    {"refused, not found: the source is absent", false, kNotFound, {}, kAbsent, kNoUsages},
    {"refused otherwise", false, kAccessDenied, {}, kUnreadable, kNoUsages},
    {"refused, whatever is listed", false, kAccessDenied, {kServer}, kUnreadable, kNoUsages},
    {"refused without an error", false, kSuccess, {}, kUnreadable, kNoUsages},
    {"not decodable", false, kBadEncoding, {}, kUnreadable, kNoUsages},
};

// --- What all answers together mean ---

EkuAnswer Absent() { return {}; }
EkuAnswer Listed(Usages usages) { return {kListed, usages}; }
EkuAnswer Unreadable() { return {kUnreadable, kNoUsages}; }

DateAnswer At(int64_t seconds) { return {DateAnswer::State::kSet, seconds}; }
DateAnswer UnreadableDate() { return {DateAnswer::State::kUnreadable, 0}; }

struct FactsCase {
  const char* name;
  WindowsUsageFacts facts;
  Usages expected;
  Usages rejected = kNoUsages;
  int64_t distrust_after = INT64_MAX;
};

WindowsUsageFacts Purposes(const EkuAnswer& property, const EkuAnswer& extension) {
  WindowsUsageFacts facts;
  facts.property = property;
  facts.extension = extension;
  return facts;
}

WindowsUsageFacts Disabled(const DateAnswer& since, const EkuAnswer& purposes) {
  WindowsUsageFacts facts;
  facts.disabled_since = since;
  facts.disabled_eku = purposes;
  return facts;
}

WindowsUsageFacts NotBefore(const DateAnswer& date, const EkuAnswer& purposes) {
  WindowsUsageFacts facts;
  facts.not_before = date;
  facts.not_before_eku = purposes;
  return facts;
}

WindowsUsageFacts WithProperty(WindowsUsageFacts facts, const EkuAnswer& property) {
  facts.property = property;
  return facts;
}

constexpr Usages kNotServer = kClientAuth | kOtherUsages;

std::vector<FactsCase> FactsCases() {
  const DateAnswer past = At(kNow - 1), present = At(kNow), future = At(kNow + 1);
  return {
      {"neither property nor extension: every purpose", Purposes(Absent(), Absent()), kAllUsages},
      {"property alone", Purposes(Listed(kServerAuth), Absent()), kServerAuth},
      {"extension alone", Purposes(Absent(), Listed(kClientAuth)), kClientAuth},
      {"both intersect", Purposes(Listed(kServerAuth | kClientAuth), Listed(kNotServer)),
       kClientAuth},
      {"both, nothing in common", Purposes(Listed(kServerAuth), Listed(kClientAuth)), kNoUsages},
      {"empty property: no purpose", Purposes(Listed(kNoUsages), Absent()), kNoUsages},
      {"empty extension: no purpose", Purposes(Absent(), Listed(kNoUsages)), kNoUsages},
      {"unreadable property", Purposes(Unreadable(), Absent()), kNoUsages},
      {"unreadable extension", Purposes(Listed(kServerAuth), Unreadable()), kNoUsages},

      {"disabled since before", Disabled(past, Absent()), kNoUsages, kAllUsages},
      {"disabled since just now", Disabled(present, Absent()), kNoUsages, kAllUsages},
      {"disabled from later on", Disabled(future, Absent()), kAllUsages},
      {"disabled at an unreadable time", Disabled(UnreadableDate(), Absent()), kNoUsages},
      {"disabled for a purpose", Disabled(past, Listed(kServerAuth)), kNotServer, kServerAuth},
      {"disabled for a purpose from later on", Disabled(future, Listed(kServerAuth)), kAllUsages},
      {"disabled for a purpose at an unreadable time",
       Disabled(UnreadableDate(), Listed(kServerAuth)), kNotServer, kServerAuth},
      {"disabled for an empty list", Disabled(past, Listed(kNoUsages)), kNoUsages, kAllUsages},
      {"disabled for an unreadable list", Disabled(past, Unreadable()), kNoUsages, kAllUsages},
      {"purposes disabled without a date", Disabled({}, Listed(kServerAuth)), kNotServer,
       kServerAuth},
      {"empty list of disabled purposes", Disabled({}, Listed(kNoUsages)), kAllUsages},
      {"unreadable list of disabled purposes", Disabled({}, Unreadable()), kNoUsages},

      {"not trusted for what is issued after", NotBefore(past, Absent()), kServerAuth, kNoUsages,
       kNow - 1},
      {"not trusted for what is issued later", NotBefore(future, Absent()), kAllUsages, kNoUsages,
       kNow + 1},
      {"not trusted for servers issued after", NotBefore(past, Listed(kServerAuth)), kAllUsages,
       kNoUsages, kNow - 1},
      {"not trusted for clients issued after", NotBefore(past, Listed(kClientAuth)),
       kServerAuth | kOtherUsages},
      {"not trusted for an unreadable list", NotBefore(past, Unreadable()), kServerAuth, kNoUsages,
       kNow - 1},
      {"not trusted from an unreadable date", NotBefore(UnreadableDate(), Absent()), kNoUsages},
      {"not trusted for a purpose from an unreadable date",
       NotBefore(UnreadableDate(), Listed(kServerAuth)), kNotServer},
      {"purposes without a date they are for", NotBefore({}, Listed(kServerAuth)), kAllUsages},

      {"withdrawal and property add up",
       WithProperty(Disabled(past, Listed(kClientAuth)), Listed(kServerAuth | kClientAuth)),
       kServerAuth, kClientAuth},
  };
}

void RunAll() {
  for (const CallCase& one : kCalls) {
    const EkuAnswer answer = ClassifyEku(one.succeeded, one.error, one.oids);
    Report(std::string("call: ") + one.name, static_cast<int>(answer.state),
           static_cast<int>(one.state));
    Report(std::string("call: ") + one.name + ", purposes", answer.listed, one.listed);
  }
  for (const FactsCase& one : FactsCases()) {
    const WindowsUsages found = EvaluateWindowsUsages(one.facts, kNow);
    Report(one.name, found.usages, one.expected);
    Report(std::string(one.name) + ", rejected", found.rejected, one.rejected);
    Report(std::string(one.name) + ", date", found.distrust_after == one.distrust_after, true);
  }
}

}  // namespace
}  // namespace os_truststore

int main() {
  os_truststore::RunAll();
  return os_truststore::passed ? 0 : 1;
}
