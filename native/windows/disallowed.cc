#include "windows/disallowed.h"

#include <algorithm>

#include "windows/store_layout.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

bool Holds(const std::vector<Der>& chain, PCCERT_CONTEXT listed) {
  const BYTE* bytes = listed->pbCertEncoded;
  if (bytes == nullptr) return false;
  return std::any_of(chain.begin(), chain.end(), [&](const Der& der) {
    return der.size() == listed->cbCertEncoded && std::equal(der.begin(), der.end(), bytes);
  });
}

DisallowedAnswer Unreadable(const char* operation, const StorePlace& place, DWORD status,
                            std::optional<StoreError>* error) {
  *error = WindowsError(operation, "a store of distrusted certificates could not be read",
                        place.Path(), status);
  return DisallowedAnswer::kUnreadable;
}

DisallowedAnswer FindIn(const WindowsApi& api, const StorePlace& place,
                        const std::vector<Der>& chain, std::optional<StoreError>* error) {
  const ScopedCertStore store = OpenStorePlace(api, place);
  if (!store) {
    const DWORD status = GetLastError();
    if (IsMissingStore(status)) return DisallowedAnswer::kNone;
    return Unreadable("CertOpenStore", place, status, error);
  }
  CertificateWalk walk(api, store.get());
  while (PCCERT_CONTEXT listed = walk.Next()) {
    if (Holds(chain, listed)) return DisallowedAnswer::kListed;
  }
  if (walk.status() == ERROR_SUCCESS) return DisallowedAnswer::kNone;
  return Unreadable("CertEnumCertificatesInStore", place, walk.status(), error);
}

}  // namespace

DisallowedAnswer FindDisallowed(const WindowsApi& api, const std::vector<Der>& chain,
                                std::optional<StoreError>* error) {
  for (const StorePlace& place : AllStorePlaces()) {
    if (place.store != StoreName::kDisallowed) continue;
    const DisallowedAnswer answer = FindIn(api, place, chain, error);
    if (answer != DisallowedAnswer::kNone) return answer;
  }
  return DisallowedAnswer::kNone;
}

}  // namespace os_truststore
