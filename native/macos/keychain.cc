#include "macos/keychain.h"

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <iterator>
#include <utility>

#include "macos/certificate_data.h"
#include "macos/os_status.h"
#include "macos/scoped_cf.h"
#include "macos/trust_domains.h"
#include "trust/mac_trust_settings.h"

namespace os_truststore {

const char kKeychainSearchList[] = "keychain search list";

namespace {

constexpr char kOperation[] = "SecItemCopyMatching";

// The query has no kSecMatchTrustedOnly and no kSecMatchPolicy: either would make Security evaluate
// every item, and an evaluation may fetch missing issuers and revocation data from the network.
ScopedCf<CFDictionaryRef> CreateQuery() {
  const void* keys[] = {kSecClass, kSecMatchLimit, kSecReturnRef};
  const void* values[] = {kSecClassCertificate, kSecMatchLimitAll, kCFBooleanTrue};
  return ScopedCf<CFDictionaryRef>(
      CFDictionaryCreate(kCFAllocatorDefault, keys, values, static_cast<CFIndex>(std::size(keys)),
                         &kCFTypeDictionaryKeyCallBacks, &kCFTypeDictionaryValueCallBacks));
}

// Lists the items of the search list; null and kRead when there are none.
LocationState FindItems(ScopedCf<CFTypeRef>* items, std::vector<StoreError>* errors) {
  const ScopedCf<CFDictionaryRef> query = CreateQuery();
  if (!query) {
    errors->push_back(BadResultError("CFDictionaryCreate", "gave nothing", kKeychainSearchList));
    return LocationState::kFailed;
  }
  const OSStatus status = SecItemCopyMatching(query.get(), items->out());
  if (status == errSecItemNotFound) {
    items->reset();
    return LocationState::kRead;
  }
  if (status != errSecSuccess) {
    items->reset();
    errors->push_back(OsStatusError(kOperation, status, kKeychainSearchList));
    return LocationState::kFailed;
  }
  if (!*items || CFGetTypeID(items->get()) != CFArrayGetTypeID()) {
    items->reset();
    errors->push_back(
        BadResultError(kOperation, "gave no list of certificates", kKeychainSearchList));
    return LocationState::kFailed;
  }
  return LocationState::kRead;
}

}  // namespace

bool ReadKeychains(const ReadRequest& request, CertificateSet* found, ReadResult* result) {
  StoreLocation location{SourceKind::kMacKeychain, kKeychainSearchList, "", "macos"};
  ScopedCf<CFTypeRef> items;
  location.state = FindItems(&items, &result->errors);
  bool complete = true;
  if (items) {
    const CertificateSource source{SourceKind::kMacKeychain, kKeychainSearchList, "", ""};
    complete =
        ForEachCertificate(static_cast<CFArrayRef>(items.get()), kOperation, source, request,
                           result, [&](SecCertificateRef item, StoreCertificate certificate) {
                             ++location.certificates;
                             const Shape shape = ShapeOf(certificate);
                             if (!IsListedFromKeychain(certificate.parsed, shape)) return;
                             certificate.placement = Placement::kIntermediate;
                             if (found->Find(certificate.der) == nullptr) {
                               AskAdminDomain(item, &certificate, &result->errors);
                             }
                             found->Add(std::move(certificate));
                           });
  }
  result->locations.push_back(std::move(location));
  return complete;
}

}  // namespace os_truststore
