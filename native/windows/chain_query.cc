#include "windows/chain_query.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "asn1/certificate.h"
#include "trust/windows_trust.h"

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

}  // namespace

ChainQuery::ChainQuery(const WindowsApi& api, const ChainApi& chains, const ChainRequest& request)
    : api_(api),
      chains_(chains),
      request_(request),
      sent_(OpenMemoryStore()),
      user_roots_(OpenMemoryStore()),
      user_issuers_(OpenMemoryStore()),
      leaf_(api) {}

ScopedCertStore ChainQuery::OpenMemoryStore() {
  return ScopedCertStore(api_, api_.CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr));
}

ScopedCertificate ChainQuery::Add(const ScopedCertStore& store, const Der& der) {
  PCCERT_CONTEXT added = nullptr;
  if (!chains_.CertAddEncodedCertificateToStore(store.get(), X509_ASN_ENCODING, der.data(),
                                                static_cast<DWORD>(der.size()),
                                                CERT_STORE_ADD_ALWAYS, &added)) {
    added = nullptr;
  }
  return ScopedCertificate(api_, added);
}

bool ChainQuery::Fill(FailedCall* failed) {
  if (!sent_ || !user_roots_ || !user_issuers_) {
    *failed = {"CertOpenStore", GetLastError()};
    return false;
  }
  for (const Der& der : request_.user_cas) {
    const bool is_root = IsSelfSigned(der);
    has_user_roots_ = has_user_roots_ || is_root;
    if (Add(is_root ? user_roots_ : user_issuers_, der)) continue;
    *failed = {"CertAddEncodedCertificateToStore", GetLastError(), refusals::kBadUserCa};
    return false;
  }
  for (const Der& der : request_.chain) {
    ScopedCertificate certificate = Add(sent_, der);
    if (!certificate) {
      *failed = {"CertAddEncodedCertificateToStore", GetLastError(), refusals::kBadCertificate};
      return false;
    }
    if (!leaf_) leaf_ = std::move(certificate);
  }
  return true;
}

bool ChainQuery::AskMachine(ChainAnswer* answer, FailedCall* failed) {
  return Ask(HCCE_CURRENT_USER, answer, failed);
}

bool ChainQuery::AskUserRoots(ChainAnswer* answer, FailedCall* failed) {
  HCERTSTORE issuers = user_issuers_.get();
  CERT_CHAIN_ENGINE_CONFIG config = {};
  config.cbSize = kEngineConfigSize;
  config.cAdditionalStore = 1;
  config.rghAdditionalStore = &issuers;
  config.dwUrlRetrievalTimeout = RemainingMs();
  config.hExclusiveRoot = user_roots_.get();
  HCERTCHAINENGINE created = nullptr;
  if (!chains_.CertCreateCertificateChainEngine(&config, &created)) {
    *failed = {"CertCreateCertificateChainEngine", GetLastError()};
    return false;
  }
  const ScopedChainEngine engine(chains_, created);
  return Ask(engine.get(), answer, failed);
}

bool ChainQuery::Ask(HCERTCHAINENGINE engine, ChainAnswer* answer, FailedCall* failed) {
  const ScopedChain chain = Build(engine);
  if (!chain) {
    *failed = {"CertGetCertificateChain", GetLastError()};
    return false;
  }
  if (!AskPolicy(chain, &answer->policy_error)) {
    *failed = {"CertVerifyCertificateChainPolicy", GetLastError()};
    return false;
  }
  answer->trust_errors = chain.get()->TrustStatus.dwErrorStatus;
  answer->chain = BytesOf(chain.get());
  return true;
}

DWORD ChainQuery::RemainingMs() const {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(request_.deadline -
                                                             std::chrono::steady_clock::now());
  // Zero would mean Windows' own limit.
  return static_cast<DWORD>(std::clamp<long long>(left.count(), 1, 0x7FFFFFFF));
}

// Fetching what a certificate names is one thing, roots that Microsoft delivers on demand another:
// the latter are part of what this machine trusts, and come from where Windows says.
DWORD ChainQuery::Flags(HCERTCHAINENGINE engine) const {
  DWORD flags = 0;
  const bool is_server = request_.purpose == ChainPurpose::kServerAuth;
  if (engine == HCCE_CURRENT_USER &&
      MayPeerEndChain(is_server, IsSelfSigned(request_.chain.front()))) {
    flags |= CERT_CHAIN_ENABLE_PEER_TRUST;
  }
  if (!request_.fetch_intermediates) flags |= CERT_CHAIN_DISABLE_AIA;
  if (request_.revocation != RevocationMode::kOff) {
    flags |=
        CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT | CERT_CHAIN_REVOCATION_ACCUMULATIVE_TIMEOUT;
  }
  return flags;
}

ScopedChain ChainQuery::Build(HCERTCHAINENGINE engine) {
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
bool ChainQuery::AskPolicy(const ScopedChain& chain, DWORD* policy_error) {
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

}  // namespace os_truststore
