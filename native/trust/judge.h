// Decides which certificates of a store are used, and why the others are not. Pure: compiled and
// tested on every operating system.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_JUDGE_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_JUDGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "system_store.h"

namespace os_truststore {

enum class Role { kAnchor, kIntermediate, kLeaf };

// The first rule that applies, in this order.
enum class SkipReason {
  kNone,
  kUnparsable,
  kDistrusted,  // the operating system says no, for every purpose asked, to this certificate or to
                // another encoding of it
  kNotCa,       // may not issue by OpenSSL's rule, and is no self-signed peer that is trusted
  kPurpose,  // extended key usage, of the certificate or of the store, leaves out the purpose asked
             // for
  kNotTrusted,  // self-issued but only in an intermediate store: TLS libraries would take it for an
                // anchor
  kExpired,
  kNotYetValid,
  kOrphan,  // not self-signed, and no path leads to a root of the store: it makes good chains fail
};

enum class Purpose { kServerAuth, kClientAuth, kAny };

struct Policy {
  Purpose purpose = Purpose::kServerAuth;
  bool expired = false;  // keep certificates outside their validity
  int64_t now = 0;       // seconds since the epoch
};

struct Judgement {
  Role role = Role::kLeaf;
  TrustStatus trust = TrustStatus::kUnspecified;
  SkipReason skip = SkipReason::kNone;
  // Set when these bytes are not marked, but another encoding of the same certificate is
  // distrusted.
  bool distrusted_as_twin = false;
};

// Whether a caller gets the certificate, with or without intermediates.
bool IsUsable(const Judgement& judgement, bool intermediates);

// 10000-01-02: no certificate can begin or end later (RFC 5280 §4.1.2.5.2).
constexpr int64_t kEndOfTime = 253402387200;

struct Judged {
  std::vector<Judgement> judgements;  // one for each certificate, same index
  // Indices in output order: self-signed anchors first, then the rest. Within a group, certificates
  // of one name come newest-valid first; otherwise source order holds.
  std::vector<uint32_t> order;
  // The next second at which a validity period begins or ends and the store must be judged again;
  // kEndOfTime when there is none.
  int64_t valid_until = 0;
};

Judged Judge(const std::vector<StoreCertificate>& certificates, const Policy& policy);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_JUDGE_H_
