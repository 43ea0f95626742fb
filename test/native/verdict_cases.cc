// Tests the meaning of the platforms' verdicts on chains, case by case, on any platform. Prints one
// line a case: "ok NAME" or the wrong result.
#include <cstdio>
#include <cstring>
#include <string>

#include "trust/mac_verdict.h"
#include "trust/sought_chain.h"
#include "trust/windows_verdict.h"

namespace os_truststore {
namespace {

bool passed = true;

void Report(const std::string& name, const std::string& actual, const std::string& expected) {
  if (actual == expected) {
    std::printf("ok %s\n", name.c_str());
  } else {
    std::printf("FAILED %s: %s instead of %s\n", name.c_str(), actual.c_str(), expected.c_str());
    passed = false;
  }
}

ChainShape Shape(size_t size, bool ends_self_signed, bool not_yet_valid) {
  ChainShape shape;
  shape.size = size;
  shape.ends_self_signed = ends_self_signed;
  shape.not_yet_valid = not_yet_valid;
  return shape;
}

const ChainShape kWhole = Shape(3, true, false);
const ChainShape kPartial = Shape(2, false, false);
const ChainShape kLeafAlone = Shape(1, false, false);
const ChainShape kSelfSignedLeaf = Shape(1, true, false);
const ChainShape kTooEarly = Shape(3, true, true);

// --- Windows ---

struct WindowsCase {
  const char* name;
  uint32_t trust_errors;
  uint32_t policy_error;
  bool require_revocation;
  ChainShape shape;
  const char* code;  // "" is accepted
  uint32_t status;
};

constexpr uint32_t kCnNoMatch = 0x800B010F;
constexpr uint32_t kOffline = 0x01000040;  // what Windows sets when no responder can be reached

const WindowsCase kWindows[] = {
    {"nothing wrong", 0, 0, false, kWhole, "", 0},
    {"nothing wrong, revocation required", 0, 0, true, kWhole, "", 0},
    {"expired", 0x1, 0x800B0101, false, kWhole, "CERT_HAS_EXPIRED", 0x800B0101},
    {"not yet valid", 0x1, 0x800B0101, false, kTooEarly, "CERT_NOT_YET_VALID", 0x800B0101},
    {"another host", 0, kCnNoMatch, false, kWhole, "ERR_TLS_CERT_ALTNAME_INVALID", kCnNoMatch},
    {"an untrusted root", 0x20, 0x800B0109, false, kWhole, "SELF_SIGNED_CERT_IN_CHAIN", 0x800B0109},
    {"a self-signed leaf", 0x20, 0x800B0109, false, kSelfSignedLeaf, "DEPTH_ZERO_SELF_SIGNED_CERT",
     0x800B0109},
    {"a missing root", 0x10000, 0x800B010A, false, kPartial, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
     0x800B010A},
    {"a missing intermediate", 0x10000, 0x800B010A, false, kLeafAlone,
     "UNABLE_TO_VERIFY_LEAF_SIGNATURE", 0x800B010A},
    {"a partial chain the policy says nothing of", 0x10000, 0, false, kLeafAlone,
     "UNABLE_TO_VERIFY_LEAF_SIGNATURE", 0x800B010A},
    {"a partial chain for another host", 0x10000, kCnNoMatch, false, kPartial,
     "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 0x800B010A},
    {"an untrusted root, expired", 0x21, 0x800B0101, false, kWhole, "SELF_SIGNED_CERT_IN_CHAIN",
     0x800B0109},
    {"a cycle", 0x80, 0, false, kPartial, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", 0x800B0109},
    {"a bad signature", 0x8, 0x80096004, false, kWhole, "CERT_SIGNATURE_FAILURE", 0x80096004},
    {"a bad signature beside all else", 0x29, 0x800B0101, false, kWhole, "CERT_SIGNATURE_FAILURE",
     0x80096004},
    {"a weak signature", 0x100000, 0, false, kWhole, "CERT_SIGNATURE_FAILURE", 0x80096004},
    {"another purpose", 0x10, 0x800B0110, false, kWhole, "INVALID_PURPOSE", 0x800B0110},
    {"another purpose, by the policy", 0, 0x800B0106, false, kWhole, "INVALID_PURPOSE", 0x800B0106},
    {"an issuer that is no CA", 0x400, 0x80096019, false, kWhole, "INVALID_CA", 0x80096019},
    {"a role, by the policy", 0, 0x800B0103, false, kWhole, "INVALID_CA", 0x800B0103},
    {"a path that is too long", 0, 0x800B0104, false, kWhole, "PATH_LENGTH_EXCEEDED", 0x800B0104},
    {"name constraints", 0x4000, 0x800B0114, false, kWhole, "CERT_REJECTED", 0x800B0114},
    {"policy constraints", 0x200, 0x800B0113, false, kWhole, "CERT_REJECTED", 0x800B0113},
    {"no issuance policy", 0x02000000, 0, false, kWhole, "CERT_REJECTED", 0x800B0113},
    {"an unknown critical extension", 0x08000000, 0, false, kWhole, "CERT_REJECTED", 0x800B0105},
    {"an invalid extension", 0x100, 0, false, kWhole, "CERT_REJECTED", 0x800B0108},
    {"distrust", 0x04000000, 0x800B0111, false, kWhole, "CERT_REJECTED", 0x800B0111},
    {"distrust, revoked and expired", 0x04000005, 0x800B0101, false, kWhole, "CERT_REJECTED",
     0x800B0111},
    {"a status nobody knows", 0x00200000, 0, false, kWhole, "CERT_REJECTED", 0x800B010B},
    {"a policy error nobody knows", 0, 0x80091234, false, kWhole, "CERT_REJECTED", 0x80091234},
    {"no time nesting", 0x2, 0, false, kWhole, "CERT_REJECTED", 0x800B010B},

    {"revoked, required", 0x4, 0x80092010, true, kWhole, "CERT_REVOKED", 0x80092010},
    {"revoked, soft-fail, a policy told to overlook it", 0x4, 0, false, kWhole, "CERT_REVOKED",
     0x80092010},
    {"revoked, the rest unreachable", 0x4 | kOffline, 0, false, kWhole, "CERT_REVOKED", 0x80092010},
    {"unreachable, soft-fail", kOffline, 0, false, kWhole, "", 0},
    {"unreachable, soft-fail, another host", kOffline, kCnNoMatch, false, kWhole,
     "ERR_TLS_CERT_ALTNAME_INVALID", kCnNoMatch},
    {"unreachable, soft-fail, expired", kOffline | 1, 0, false, kWhole, "CERT_HAS_EXPIRED",
     0x800B0101},
    {"unreachable, soft-fail, a policy that minds", kOffline, 0x800B010E, false, kWhole,
     "UNABLE_TO_GET_CRL", 0x800B010E},
    {"unreachable, required", kOffline, 0x80092013, true, kWhole, "UNABLE_TO_GET_CRL", 0x80092013},
    {"unreachable, required, a policy that does not mind", kOffline, 0, true, kWhole,
     "UNABLE_TO_GET_CRL", 0x80092013},
    {"no place to ask, required", 0x40, 0, true, kWhole, "UNABLE_TO_GET_CRL", 0x80092012},
};

void RunWindows() {
  for (const WindowsCase& one : kWindows) {
    WindowsChainFacts facts;
    facts.trust_errors = one.trust_errors;
    facts.policy_error = one.policy_error;
    facts.require_revocation = one.require_revocation;
    facts.shape = one.shape;
    const auto refused = JudgeWindowsChain(facts);
    const std::string name = std::string("Windows: ") + one.name;
    Report(name, refused ? refused->refusal.code : "", one.code);
    Report(name + ", status", std::to_string(refused ? refused->status : 0),
           std::to_string(one.status));
    if (refused && (refused->refusal.reason == nullptr || *refused->refusal.reason == '\0')) {
      Report(name + ", reason", "", "some words");
    }
  }
  // No bit may be ignored, whatever a later Windows uses it for.
  for (int bit = 0; bit < 32; ++bit) {
    WindowsChainFacts facts;
    facts.trust_errors = uint32_t{1} << bit;
    facts.require_revocation = true;
    Report("Windows: bit " + std::to_string(bit) + " refuses",
           JudgeWindowsChain(facts) ? "refused" : "accepted", "refused");
  }
  Report("anchors may help a partial chain", MayAnchorsHelp(0x10000) ? "yes" : "no", "yes");
  Report("anchors may help an untrusted root", MayAnchorsHelp(0x20) ? "yes" : "no", "yes");
  Report("anchors do not help against distrust", MayAnchorsHelp(0x04000020) ? "yes" : "no", "no");
  Report("anchors do not help what is revoked", MayAnchorsHelp(0x24) ? "yes" : "no", "no");
}

// --- macOS ---

struct MacCase {
  const char* name;
  int64_t status;
  ChainShape shape;
  const char* code;
  const char* constant;
};

const MacCase kMac[] = {
    {"expired", -67818, kWhole, "CERT_HAS_EXPIRED", "errSecCertificateExpired"},
    {"not yet valid under the status of an expired one", -67818, kTooEarly, "CERT_NOT_YET_VALID",
     "errSecCertificateExpired"},
    {"not yet valid", -67819, kWhole, "CERT_NOT_YET_VALID", "errSecCertificateNotValidYet"},
    {"another host", -67602, kWhole, "ERR_TLS_CERT_ALTNAME_INVALID", "errSecHostNameMismatch"},
    {"an untrusted root", -67843, kWhole, "SELF_SIGNED_CERT_IN_CHAIN", "errSecNotTrusted"},
    {"a self-signed leaf", -67843, kSelfSignedLeaf, "DEPTH_ZERO_SELF_SIGNED_CERT",
     "errSecNotTrusted"},
    {"a missing root", -67843, kPartial, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "errSecNotTrusted"},
    {"a missing intermediate", -25318, kLeafAlone, "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
     "errSecCreateChainFailed"},
    {"an invalid root", -67612, kWhole, "SELF_SIGNED_CERT_IN_CHAIN", "errSecInvalidRoot"},
    {"never trust", -67654, kWhole, "CERT_REJECTED", "errSecTrustSettingDeny"},
    {"revoked", -67820, kWhole, "CERT_REVOKED", "errSecCertificateRevoked"},
    {"suspended", -67821, kWhole, "CERT_REVOKED", "errSecCertificateSuspended"},
    {"revocation unknown", -67635, kWhole, "UNABLE_TO_GET_CRL",
     "errSecIncompleteCertRevocationCheck"},
    {"no OCSP", -67632, kWhole, "UNABLE_TO_GET_CRL", "errSecOCSPUnavailable"},
    {"no CRL", -67615, kWhole, "UNABLE_TO_GET_CRL", "errSecCRLNotFound"},
    {"no network", -67636, kWhole, "UNABLE_TO_GET_CRL", "errSecNetworkFailure"},
    {"another purpose", -67609, kWhole, "INVALID_PURPOSE", "errSecInvalidExtendedKeyUsage"},
    {"another purpose, for SSL", -67629, kWhole, "INVALID_PURPOSE", "errSecSSLBadExtendedKeyUsage"},
    {"another key usage", -67608, kWhole, "INVALID_PURPOSE", "errSecInvalidKeyUsageForPolicy"},
    {"an issuer that is no CA", -67605, kWhole, "INVALID_CA", "errSecNoBasicConstraintsCA"},
    {"a path that is too long", -67611, kWhole, "PATH_LENGTH_EXCEEDED",
     "errSecPathLengthConstraintExceeded"},
    {"a bad signature", -67808, kWhole, "CERT_SIGNATURE_FAILURE", "errSecVerifyFailed"},
    {"a critical extension", -67603, kWhole, "CERT_REJECTED", "errSecUnknownCriticalExtensionFlag"},
    {"a status nobody knows", -67901, kWhole, "CERT_REJECTED", ""},
    {"no status at all", 0, kWhole, "CERT_REJECTED", ""},
    {"a code of another domain", int64_t{1} << 40, kWhole, "CERT_REJECTED", ""},
};

void RunMac() {
  for (const MacCase& one : kMac) {
    const MacRefusal refused = JudgeMacStatus(one.status, one.shape);
    const std::string name = std::string("macOS: ") + one.name;
    Report(name, refused.refusal.code, one.code);
    Report(name + ", constant", refused.name, one.constant);
  }
}

// --- A chain that is looked for ---

void RunSought() {
  const std::vector<Der> chain = {{0x30, 0x82, 0xff}, {1}};
  const SoughtChain sought(chain);
  const Der cut = {0x30, 0x82}, other = {2};
  Report("bytes of the chain are in it", sought.Holds(chain[0].data(), 3) ? "ok" : "not", "ok");
  Report("its beginning is not", sought.Holds(cut.data(), 2) ? "not" : "ok", "ok");
  Report("other bytes are not", sought.Holds(other.data(), 1) ? "not" : "ok", "ok");
}

// --- The shape of a chain that cannot be read ---

void RunShapes() {
  const ChainShape none = ShapeOf({}, 0);
  Report("no chain has no shape", none.size == 0 && !none.ends_self_signed ? "ok" : "not", "ok");
  const ChainShape garbage = ShapeOf({{0x30, 0x82, 0xff}, {}}, 0);
  Report("garbage has a size and nothing else",
         garbage.size == 2 && !garbage.ends_self_signed && !garbage.not_yet_valid ? "ok" : "not",
         "ok");
}

}  // namespace
}  // namespace os_truststore

int main() {
  os_truststore::RunWindows();
  os_truststore::RunMac();
  os_truststore::RunSought();
  os_truststore::RunShapes();
  return os_truststore::passed ? 0 : 1;
}
