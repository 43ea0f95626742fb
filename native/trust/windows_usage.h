// Evaluates what Windows' trust properties allow a certificate for. Pure, without OS headers: the
// backend asks the questions, and these functions weigh the answers in the same way on every
// system.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_USAGE_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_USAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/usages.h"

namespace os_truststore {

// One answer of CertGetEnhancedKeyUsage, asked for the property or the extension alone, or of a
// property that holds an EKU. Only `kAbsent` limits nothing.
struct EkuAnswer {
  enum class State { kAbsent, kListed, kUnreadable };

  State state = State::kAbsent;
  Usages listed = kNoUsages;  // of the purposes listed; none for an empty list
};

// Classifies a call by what it returned: `error` is GetLastError() afterwards, `oids` the purposes
// it listed.
EkuAnswer ClassifyEku(bool succeeded, uint32_t error, const std::vector<std::string>& oids);

// A date property. `kUnreadable` counts as in force: unreadable trust data never yields trust.
struct DateAnswer {
  enum class State { kAbsent, kSet, kUnreadable };

  State state = State::kAbsent;
  int64_t seconds = 0;  // since the epoch
};

// Everything Windows says about the purposes of one copy of a certificate.
struct WindowsUsageFacts {
  EkuAnswer property;
  EkuAnswer extension;
  // These say that Microsoft's root programme withdraws a root without removing it.
  DateAnswer disabled_since;  // CERT_DISALLOWED_FILETIME_PROP_ID
  EkuAnswer disabled_eku;     // CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID
  DateAnswer not_before;     // CERT_NOT_BEFORE_FILETIME_PROP_ID: nothing issued after it is trusted
  EkuAnswer not_before_eku;  // CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID: the purposes that date is for
};

// The combined result, in the terms of StoreCertificate.
struct WindowsUsages {
  Usages usages = kNoUsages;
  Usages rejected = kNoUsages;
  int64_t distrust_after = INT64_MAX;
};

// `now` is in seconds since the epoch.
WindowsUsages EvaluateWindowsUsages(const WindowsUsageFacts& facts, int64_t now);

// Translates one purpose, given by its dotted OID.
Usages UsagesOfOid(std::string_view oid);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_WINDOWS_USAGE_H_
