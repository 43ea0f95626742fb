// Follows apple-oss-distributions/Security, trust/trustd. Each function here names the function of
// Apple's that it stands for.
#include "trustd.h"

#include <algorithm>

#include "objects.h"

namespace fake {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr int64_t kTrustRoot = 1;
constexpr int64_t kTrustAsRoot = 2;
constexpr int64_t kDeny = 3;
constexpr int64_t kInvalid = 0;

constexpr int32_t kNotTrusted = -67843;
constexpr int32_t kTrustSettingDeny = -67654;

// Returns the parts of a constructed DER value, each whole.
std::vector<Bytes> PartsOf(const Bytes& der) {
  std::vector<Bytes> parts;
  const auto size_at = [&](size_t at, size_t* header) {
    size_t size = der[at + 1];
    *header = 2;
    if (size < 0x80) return size;
    const size_t octets = size & 0x7f;
    size = 0;
    for (size_t i = 0; i < octets; ++i) size = size << 8 | der[at + 2 + i];
    *header += octets;
    return size;
  };
  size_t header = 0;
  size_at(0, &header);
  for (size_t at = header; at < der.size();) {
    const size_t size = size_at(at, &header) + header;
    parts.emplace_back(der.begin() + static_cast<long>(at),
                       der.begin() + static_cast<long>(at + size));
    at += size;
  }
  return parts;
}

// SecCertificateIsSelfSigned, without the signature.
bool IsSelfSigned(const Bytes& der) {
  const std::vector<Bytes> fields = PartsOf(PartsOf(der)[0]);
  return fields[3] == fields[5];  // after the version, which all have: issuer and subject
}

struct Asked {
  bool server;
  bool is_leaf;  // the first of the path; otherwise its key has signed another certificate
};

// SecPVCContainsPolicy, for an evaluation with TLS' policy alone.
bool ContainsPolicy(const Entry& entry, const Asked& asked) {
  const std::string ours = asked.server ? "sslServer" : "sslClient";
  const bool is_ssl = entry.policy == "ssl";
  if (entry.policy && entry.policy_name) {
    if (is_ssl && entry.policy_name == ours) return true;
    return is_ssl && entry.policy_name == "sslServer" && ours != "sslClient";
  }
  return entry.policy ? is_ssl : entry.policy_name == ours;
}

// SecPVCContainsTrustSettingsKeyUsage.
bool ContainsKeyUsage(int64_t usage, const Asked& asked) {
  if (usage == kWrongType) return false;
  if (usage == 0xffffffff) return true;
  const uint32_t ours = asked.is_leaf ? 0 : 8;
  return ours == static_cast<uint32_t>(usage);
}

// SecPVCMeetsConstraint. No evaluation here is for an entry's host or program.
bool MeetsConstraint(const Entry& entry, const Asked& asked) {
  return ((!entry.policy && !entry.policy_name) || ContainsPolicy(entry, asked)) &&
         !entry.policy_string && !entry.application &&
         (!entry.key_usage || ContainsKeyUsage(*entry.key_usage, asked));
}

// SecPVCGetTrustSettingsResult.
int64_t ResultOf(const std::vector<Entry>& constraints, const Asked& asked) {
  for (const Entry& entry : constraints) {
    if (entry.not_a_dictionary || !MeetsConstraint(entry, asked)) continue;
    const bool is_number = entry.result && *entry.result != kWrongType;
    return is_number ? *entry.result : kTrustRoot;
  }
  return kInvalid;
}

// SecPVCIsAnchorPerConstraints. A denied certificate counts as an anchor here and is refused later.
bool IsAnchor(const std::vector<Entry>& constraints, bool self_signed, const Asked& asked) {
  if (constraints.empty() && self_signed) return true;
  const int64_t result = ResultOf(constraints, asked);
  return result == (self_signed ? kTrustRoot : kTrustAsRoot) || result == kDeny;
}

// SecLegacyAnchorSourceContains, SecLegacyAnchorSourceCopyUsageConstraints.
const std::vector<Entry>* LegacyConstraints(const Certificate& certificate) {
  const auto admin = certificate.settings.find(kAdmin);
  if (admin != certificate.settings.end()) return &admin->second.entries;
  const Preference disabled = UserSettingsDisabled();
  if (disabled != Preference::kAbsent && disabled != Preference::kFalse) return nullptr;
  const auto user = certificate.settings.find(kUser);
  return user == certificate.settings.end() ? nullptr : &user->second.entries;
}

struct Found {
  bool is_anchor = false;
  std::vector<Entry> constraints;
};

// SecPathBuilderIsAnchor, with the sources in the order of SecPathBuilderInit.
Found Look(const Bytes& der, const Evaluation& evaluation, const Asked& asked) {
  const auto& anchors = evaluation.anchors;
  if (std::find(anchors.begin(), anchors.end(), der) != anchors.end()) return {true, {}};
  Found found;
  const World& world = CurrentWorld();
  const auto known = std::find_if(world.begin(), world.end(), [&](const Certificate& certificate) {
    return certificate.der == der;
  });
  if (known == world.end()) return found;
  if (const std::vector<Entry>* constraints = LegacyConstraints(*known)) {
    found = {IsAnchor(*constraints, IsSelfSigned(der), asked), *constraints};
  }
  if (found.is_anchor || !known->system) return found;
  Entry trust_root;
  trust_root.result = kTrustRoot;
  return {IsSelfSigned(der), {trust_root}};
}

}  // namespace

// SecPathBuilderProcessLeaf and …ProcessParents, then SecPVCCheckUsageConstraints.
Verdict AskTrustd(const Evaluation& evaluation) {
  Verdict verdict;
  for (const Bytes& der : evaluation.certificates) {
    const Asked asked = {evaluation.server, verdict.chain.empty()};
    const Found found = Look(der, evaluation, asked);
    verdict.chain.push_back(der);
    if (ResultOf(found.constraints, asked) == kDeny) {
      verdict.status = kTrustSettingDeny;
      return verdict;
    }
    verdict.trusted = found.is_anchor;
    if (verdict.trusted) return verdict;
  }
  verdict.status = kNotTrusted;
  return verdict;
}

}  // namespace fake
