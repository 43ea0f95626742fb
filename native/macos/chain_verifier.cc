// The verifier of macOS: Security.framework's trust evaluation, which trustd does with every policy
// of Apple and of the Mac's administrator. The only file of this folder that may use the network.
//
// It does not take SecurityLock: an evaluation may wait for the network, the objects made here are
// not shared, and Go's crypto/x509 also evaluates on many threads at once on macOS.
#include "chain_verifier.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <chrono>
#include <utility>

#include "macos/certificate_data.h"
#include "macos/keep_loaded.h"
#include "macos/os_status.h"
#include "macos/scoped_cf.h"
#include "trust/mac_verdict.h"

namespace os_truststore {
namespace {

int64_t Now() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

ChainVerdict Failed(const char* operation, OSStatus status) {
  ChainVerdict verdict;
  verdict.detail = operation;
  if (status != errSecSuccess) {
    verdict.platform_code = status;
    verdict.platform_text = OsStatusText(status);
  }
  return verdict;
}

ChainVerdict Refused(const Refusal& refusal) {
  ChainVerdict verdict;
  verdict.refusal = refusal;
  return verdict;
}

ScopedCf<SecCertificateRef> CreateCertificate(const Der& der) {
  const ScopedCf<CFDataRef> data(
      CFDataCreate(kCFAllocatorDefault, der.data(), static_cast<CFIndex>(der.size())));
  if (!data) return {};
  // Null when the bytes are no certificate.
  return ScopedCf<SecCertificateRef>(SecCertificateCreateWithData(kCFAllocatorDefault, data.get()));
}

// The array retains the items.
template <typename Ref>
ScopedCf<CFArrayRef> CreateArray(const std::vector<ScopedCf<Ref>>& items) {
  std::vector<const void*> values;
  for (const ScopedCf<Ref>& item : items) values.push_back(item.get());
  return ScopedCf<CFArrayRef>(CFArrayCreate(kCFAllocatorDefault, values.data(),
                                            static_cast<CFIndex>(values.size()),
                                            &kCFTypeArrayCallBacks));
}

// Null when one of them is no certificate.
ScopedCf<CFArrayRef> CreateCertificates(const std::vector<Der>& ders) {
  std::vector<ScopedCf<SecCertificateRef>> certificates;
  for (const Der& der : ders) {
    certificates.push_back(CreateCertificate(der));
    if (!certificates.back()) return {};
  }
  return CreateArray(certificates);
}

ScopedCf<SecPolicyRef> CreateSslPolicy(const ChainRequest& request) {
  ScopedCf<CFStringRef> host;
  if (request.host) {
    const auto* bytes = reinterpret_cast<const UInt8*>(request.host->data());
    const auto size = static_cast<CFIndex>(request.host->size());
    host = ScopedCf<CFStringRef>(
        CFStringCreateWithBytes(kCFAllocatorDefault, bytes, size, kCFStringEncodingUTF8, false));
    // Without a name the policy would accept any.
    if (!host) return {};
  }
  const bool is_server = request.purpose == ChainPurpose::kServerAuth;
  return ScopedCf<SecPolicyRef>(SecPolicyCreateSSL(is_server, host.get()));
}

// Null when there is no memory for it.
ScopedCf<CFArrayRef> CreatePolicies(const ChainRequest& request) {
  std::vector<ScopedCf<SecPolicyRef>> policies;
  policies.push_back(CreateSslPolicy(request));
  if (request.revocation != RevocationMode::kOff) {
    CFOptionFlags flags = kSecRevocationUseAnyAvailableMethod;
    if (request.revocation == RevocationMode::kRequire) {
      flags |= kSecRevocationRequirePositiveResponse;
    }
    policies.emplace_back(SecPolicyCreateRevocation(flags));
  }
  for (const ScopedCf<SecPolicyRef>& policy : policies) {
    if (!policy) return {};
  }
  return CreateArray(policies);
}

// Adds user CAs to the machine's own. Setting anchors leaves only those until Security is told
// otherwise (SecTrustSetAnchorCertificates: "calling this function ... disables the trusting of any
// anchors other than the ones specified").
OSStatus SetAnchors(SecTrustRef trust, CFArrayRef anchors) {
  const OSStatus status = SecTrustSetAnchorCertificates(trust, anchors);
  return status == errSecSuccess ? SecTrustSetAnchorCertificatesOnly(trust, false) : status;
}

// The one switch macOS has for the network of an evaluation.
bool MayUseNetwork(const ChainRequest& request) {
  return request.fetch_intermediates || request.revocation != RevocationMode::kOff;
}

std::vector<Der> CopyBuiltChain(SecTrustRef trust) {
  std::vector<Der> chain;
  const CFIndex count = SecTrustGetCertificateCount(trust);
  for (CFIndex i = 0; i < count; ++i) {
    // Borrowed. Its replacement, SecTrustCopyCertificateChain, came with macOS 12.
    const SecCertificateRef certificate = SecTrustGetCertificateAtIndex(trust, i);
    if (certificate == nullptr) continue;
    if (auto copied = CopyStoreCertificate(certificate)) chain.push_back(std::move(copied->der));
  }
  return chain;
}

// kSecTrustRevocationChecked: true when "revocation checking was successful and none of the
// certificates in the chain were revoked", false or absent otherwise.
RevocationState ReadRevocation(SecTrustRef trust) {
  const ScopedCf<CFDictionaryRef> result(SecTrustCopyResult(trust));
  if (!result || CFGetTypeID(result.get()) != CFDictionaryGetTypeID()) {
    return RevocationState::kUnknown;
  }
  const void* checked = CFDictionaryGetValue(result.get(), kSecTrustRevocationChecked);
  const bool is_good = checked != nullptr && CFEqual(checked, kCFBooleanTrue);
  return is_good ? RevocationState::kGood : RevocationState::kUnknown;
}

ChainVerdict ReadRefusal(SecTrustRef trust, CFErrorRef error, const ChainRequest& request) {
  std::vector<Der> chain = CopyBuiltChain(trust);
  const ChainShape shape = ShapeOf(chain.empty() ? request.chain : chain, Now());
  const int64_t status = error == nullptr ? 0 : CFErrorGetCode(error);
  const MacRefusal refused = JudgeMacStatus(status, shape);
  ChainVerdict verdict = Refused(refused.refusal);
  verdict.platform_text = refused.name;
  if (error == nullptr) return verdict;
  verdict.platform_code = status;
  const ScopedCf<CFStringRef> description(CFErrorCopyDescription(error));
  const std::string words = description ? ToUtf8(description.get()) : std::string();
  if (!words.empty() && !verdict.platform_text.empty()) verdict.platform_text += ": ";
  verdict.platform_text += words;
  return verdict;
}

ChainVerdict Evaluate(SecTrustRef trust, const ChainRequest& request) {
  ScopedCf<CFErrorRef> error;
  if (!SecTrustEvaluateWithError(trust, error.out())) {
    return ReadRefusal(trust, error.get(), request);
  }
  ChainVerdict verdict;
  verdict.accepted = true;
  verdict.chain = CopyBuiltChain(trust);
  if (request.revocation == RevocationMode::kSoftFail) verdict.revocation = ReadRevocation(trust);
  // Accepted under kSecRevocationRequirePositiveResponse.
  if (request.revocation == RevocationMode::kRequire) verdict.revocation = RevocationState::kGood;
  return verdict;
}

}  // namespace

ChainVerdict VerifyChain(const ChainRequest& request) {
  KeepCodeLoaded();
  const ScopedCf<CFArrayRef> certificates = CreateCertificates(request.chain);
  if (!certificates) return Refused(refusals::kBadCertificate);
  ScopedCf<CFArrayRef> anchors;
  if (!request.user_cas.empty()) {
    anchors = CreateCertificates(request.user_cas);
    if (!anchors) return Refused(refusals::kBadUserCa);
  }
  const ScopedCf<CFArrayRef> policies = CreatePolicies(request);
  if (!policies) return Failed("SecPolicyCreateSSL", errSecSuccess);
  ScopedCf<SecTrustRef> trust;
  OSStatus status = SecTrustCreateWithCertificates(certificates.get(), policies.get(), trust.out());
  if (status != errSecSuccess || !trust) return Failed("SecTrustCreateWithCertificates", status);
  if (anchors) status = SetAnchors(trust.get(), anchors.get());
  if (status != errSecSuccess) return Failed("SecTrustSetAnchorCertificates", status);
  status = SecTrustSetNetworkFetchAllowed(trust.get(), MayUseNetwork(request));
  if (status != errSecSuccess) return Failed("SecTrustSetNetworkFetchAllowed", status);
  return Evaluate(trust.get(), request);
}

}  // namespace os_truststore
