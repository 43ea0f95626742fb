#include "windows/chain_judge.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "asn1/certificate.h"
#include "trust/windows_verdict.h"
#include "windows/disallowed.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

// HTTPSPolicyCallbackData.fdwChecks (wininet.h).
constexpr DWORD kIgnoreRevocation = 0x00000080;  // SECURITY_FLAG_IGNORE_REVOCATION
constexpr DWORD kIgnoreName = 0x00001000;        // SECURITY_FLAG_IGNORE_CERT_CN_INVALID

// Without dwExclusiveFlags, the newest field: its one flag is not used here, and Wine refuses the
// structure with it.
constexpr DWORD kEngineConfigSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, dwExclusiveFlags);

bool IsSelfSigned(const Der& der) {
  CertificateFields fields;
  std::string reason;
  return ParseCertificate(der.data(), der.size(), &fields, &reason) &&
         LooksSelfSigned(der.data(), fields);
}

int64_t Now() {
  FILETIME now = {};
  GetSystemTimeAsFileTime(&now);
  return FileTimeToSeconds(now);
}

std::vector<Der> BytesOf(PCCERT_CHAIN_CONTEXT chain) {
  std::vector<Der> bytes;
  for (DWORD i = 0; i < chain->cChain; ++i) {
    const CERT_SIMPLE_CHAIN* simple = chain->rgpChain[i];
    for (DWORD j = 0; j < simple->cElement; ++j) {
      const PCCERT_CONTEXT certificate = simple->rgpElement[j]->pCertContext;
      const BYTE* encoded = certificate->pbCertEncoded;
      if (encoded != nullptr) bytes.emplace_back(encoded, encoded + certificate->cbCertEncoded);
    }
  }
  return bytes;
}

// One request: the stores it fills, and a verdict for each engine it is put to.
class ChainJudge {
 public:
  ChainJudge(const WindowsApi& api, const ChainApi& chains, const ChainRequest& request)
      : api_(api),
        chains_(chains),
        request_(request),
        sent_(OpenMemoryStore()),
        user_roots_(OpenMemoryStore()),
        user_issuers_(OpenMemoryStore()),
        leaf_(api) {}

  ChainVerdict Judge();

 private:
  ScopedCertStore OpenMemoryStore();
  bool Fill(ChainVerdict* verdict);
  ScopedCertificate Add(const ScopedCertStore& store, const Der& der);
  void AskUserRoots(ChainVerdict* verdict);
  ChainVerdict Ask(HCERTCHAINENGINE engine, bool* may_anchors_help);
  ScopedChain Build(HCERTCHAINENGINE engine);
  bool AskPolicy(const ScopedChain& chain, DWORD* policy_error);
  ChainVerdict Weigh(const ScopedChain& chain, DWORD policy_error);
  void CheckDisallowed(ChainVerdict* verdict);
  ChainVerdict Failed(const char* operation, DWORD status);
  DWORD Flags(HCERTCHAINENGINE engine) const;
  DWORD RemainingMs() const;

  const WindowsApi& api_;
  const ChainApi& chains_;
  const ChainRequest& request_;
  const ScopedCertStore sent_;  // what the peer sent beside its certificate
  const ScopedCertStore user_roots_;
  const ScopedCertStore user_issuers_;
  ScopedCertificate leaf_;
  bool has_user_roots_ = false;
};

ScopedCertStore ChainJudge::OpenMemoryStore() {
  return ScopedCertStore(api_, api_.CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr));
}

ChainVerdict ChainJudge::Failed(const char* operation, DWORD status) {
  const StoreError error = WindowsError(operation, "", "", status);
  ChainVerdict verdict;
  verdict.detail = error.operation;
  verdict.platform_code = error.os_status;
  verdict.platform_text = error.os_status_text;
  return verdict;
}

ScopedCertificate ChainJudge::Add(const ScopedCertStore& store, const Der& der) {
  PCCERT_CONTEXT added = nullptr;
  if (!chains_.CertAddEncodedCertificateToStore(store.get(), X509_ASN_ENCODING, der.data(),
                                                static_cast<DWORD>(der.size()),
                                                CERT_STORE_ADD_ALWAYS, &added)) {
    added = nullptr;
  }
  return ScopedCertificate(api_, added);
}

// False, with a verdict, when a certificate cannot be read.
bool ChainJudge::Fill(ChainVerdict* verdict) {
  if (!sent_ || !user_roots_ || !user_issuers_) {
    *verdict = Failed("CertOpenStore", GetLastError());
    return false;
  }
  for (const Der& der : request_.user_cas) {
    const bool is_root = IsSelfSigned(der);
    has_user_roots_ = has_user_roots_ || is_root;
    if (Add(is_root ? user_roots_ : user_issuers_, der)) continue;
    *verdict = Failed("CertAddEncodedCertificateToStore", GetLastError());
    verdict->refusal = refusals::kBadUserCa;
    return false;
  }
  for (const Der& der : request_.chain) {
    ScopedCertificate certificate = Add(sent_, der);
    if (!certificate) {
      *verdict = Failed("CertAddEncodedCertificateToStore", GetLastError());
      verdict->refusal = refusals::kBadCertificate;
      return false;
    }
    if (!leaf_) leaf_ = std::move(certificate);
  }
  return true;
}

ChainVerdict ChainJudge::Judge() {
  ChainVerdict verdict;
  if (!Fill(&verdict)) return verdict;
  bool may_anchors_help = false;
  verdict = Ask(HCCE_CURRENT_USER, &may_anchors_help);
  if (!verdict.accepted && may_anchors_help && has_user_roots_) AskUserRoots(&verdict);
  return verdict;
}

// Replaces the verdict only by a better one: of two refusals, the machine's own is the one that
// tells people something.
void ChainJudge::AskUserRoots(ChainVerdict* verdict) {
  HCERTSTORE issuers = user_issuers_.get();
  CERT_CHAIN_ENGINE_CONFIG config = {};
  config.cbSize = kEngineConfigSize;
  config.cAdditionalStore = 1;
  config.rghAdditionalStore = &issuers;
  config.dwUrlRetrievalTimeout = RemainingMs();
  config.hExclusiveRoot = user_roots_.get();
  HCERTCHAINENGINE created = nullptr;
  if (!chains_.CertCreateCertificateChainEngine(&config, &created)) return;
  const ScopedChainEngine engine(chains_, created);
  bool ignored = false;
  ChainVerdict second = Ask(engine.get(), &ignored);
  if (second.accepted) *verdict = std::move(second);
}

ChainVerdict ChainJudge::Ask(HCERTCHAINENGINE engine, bool* may_anchors_help) {
  const ScopedChain chain = Build(engine);
  if (!chain) return Failed("CertGetCertificateChain", GetLastError());
  DWORD policy_error = 0;
  if (!AskPolicy(chain, &policy_error)) {
    return Failed("CertVerifyCertificateChainPolicy", GetLastError());
  }
  *may_anchors_help = MayAnchorsHelp(chain.get()->TrustStatus.dwErrorStatus);
  ChainVerdict verdict = Weigh(chain, policy_error);
  if (verdict.accepted) {
    CheckDisallowed(&verdict);
    *may_anchors_help = false;
  }
  return verdict;
}

DWORD ChainJudge::RemainingMs() const {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(request_.deadline -
                                                             std::chrono::steady_clock::now());
  // Zero would mean Windows' own limit.
  return static_cast<DWORD>(std::clamp<long long>(left.count(), 1, 0x7FFFFFFF));
}

// Fetching what a certificate names is one thing, roots that Microsoft delivers on demand another:
// the latter are part of what this machine trusts, and come from where Windows says.
//
// Windows trusts a peer in TrustedPeople only for callers that ask, and then builds no chain for it
// (CertGetCertificateChain): it is not asked for one that somebody has issued, who may have revoked
// it. For servers that is what lists do as well: of a user's peers it takes none for a server,
// unless a policy says so (wincrypt.h, CERT_PROT_ROOT_PEER_USAGES_DEFAULT_A). It would take a
// client on the word of the user's mail program.
DWORD ChainJudge::Flags(HCERTCHAINENGINE engine) const {
  DWORD flags = 0;
  if (engine == HCCE_CURRENT_USER && request_.purpose == ChainPurpose::kServerAuth &&
      IsSelfSigned(request_.chain.front())) {
    flags |= CERT_CHAIN_ENABLE_PEER_TRUST;
  }
  if (!request_.fetch_intermediates) flags |= CERT_CHAIN_DISABLE_AIA;
  if (request_.revocation != RevocationMode::kOff) {
    flags |=
        CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT | CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT;
  }
  return flags;
}

ScopedChain ChainJudge::Build(HCERTCHAINENGINE engine) {
  static char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
  static char client_auth[] = szOID_PKIX_KP_CLIENT_AUTH;
  LPSTR usage = request_.purpose == ChainPurpose::kClientAuth ? client_auth : server_auth;
  CERT_CHAIN_PARA parameters = {};
  parameters.cbSize = sizeof(parameters);
  parameters.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
  parameters.RequestedUsage.Usage.cUsageIdentifier = 1;
  parameters.RequestedUsage.Usage.rgpszUsageIdentifier = &usage;
  parameters.dwUrlRetrievalTimeout = RemainingMs();
  PCCERT_CHAIN_CONTEXT chain = nullptr;
  if (!chains_.CertGetCertificateChain(engine, leaf_.get(), nullptr, sent_.get(), &parameters,
                                       Flags(engine), nullptr, &chain)) {
    chain = nullptr;
  }
  return ScopedChain(chains_, chain);
}

// Whether the policy could be asked.
bool ChainJudge::AskPolicy(const ScopedChain& chain, DWORD* policy_error) {
  std::vector<wchar_t> host;
  if (request_.host) {
    host.assign(request_.host->begin(), request_.host->end());
    host.push_back(L'\0');
  }
  SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl = {};
  ssl.cbSize = sizeof(ssl);
  const bool is_client = request_.purpose == ChainPurpose::kClientAuth;
  ssl.dwAuthType = static_cast<DWORD>(is_client ? AUTHTYPE_CLIENT : AUTHTYPE_SERVER);
  if (host.empty()) {
    ssl.fdwChecks |= kIgnoreName;
  } else {
    ssl.pwszServerName = host.data();
  }
  CERT_CHAIN_POLICY_PARA parameters = {};
  parameters.cbSize = sizeof(parameters);
  parameters.pvExtraPolicyPara = &ssl;
  // An unknown status must not hide what the policy looks at after it. What is revoked is seen in
  // the status of the chain itself.
  if (request_.revocation != RevocationMode::kRequire) {
    parameters.dwFlags = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    ssl.fdwChecks |= kIgnoreRevocation;
  }
  CERT_CHAIN_POLICY_STATUS status = {};
  status.cbSize = sizeof(status);
  if (!chains_.CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain.get(), &parameters,
                                                &status)) {
    return false;
  }
  *policy_error = status.dwError;
  return true;
}

ChainVerdict ChainJudge::Weigh(const ScopedChain& chain, DWORD policy_error) {
  ChainVerdict verdict;
  std::vector<Der> bytes = BytesOf(chain.get());
  WindowsChainFacts facts;
  facts.trust_errors = chain.get()->TrustStatus.dwErrorStatus;
  facts.policy_error = policy_error;
  facts.require_revocation = request_.revocation == RevocationMode::kRequire;
  facts.shape = ShapeOf(bytes, Now());
  if (const std::optional<WindowsRefusal> refused = JudgeWindowsChain(facts)) {
    const StoreError words = WindowsError("verify", "", "", refused->status);
    verdict.refusal = refused->refusal;
    verdict.platform_code = refused->status;
    verdict.platform_text = refused->name;
    if (!verdict.platform_text.empty()) verdict.platform_text += ": ";
    verdict.platform_text += words.os_status_text;
    return verdict;
  }
  verdict.accepted = true;
  verdict.chain = std::move(bytes);
  if (request_.revocation != RevocationMode::kOff) {
    verdict.revocation = IsRevocationUnknown(facts.trust_errors) ? RevocationState::kUnknown
                                                                 : RevocationState::kGood;
  }
  return verdict;
}

void ChainJudge::CheckDisallowed(ChainVerdict* verdict) {
  std::optional<StoreError> error;
  switch (FindDisallowed(api_, verdict->chain, &error)) {
    case DisallowedAnswer::kNone:
      return;
    case DisallowedAnswer::kListed:
      *verdict = ChainVerdict();
      verdict->refusal = refusals::kDistrusted;
      verdict->platform_text =
          "it is in a Disallowed store or on Microsoft's list of distrusted certificates";
      return;
    case DisallowedAnswer::kUnreadable:
      *verdict = Failed(error->operation.c_str(), static_cast<DWORD>(error->os_status));
      return;
  }
}

}  // namespace

ChainVerdict JudgeChain(const WindowsApi& api, const ChainApi& chains,
                        const ChainRequest& request) {
  return ChainJudge(api, chains, request).Judge();
}

}  // namespace os_truststore
