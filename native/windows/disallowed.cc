#include "windows/disallowed.h"

#include <algorithm>
#include <string>

#include "input/certificate_input.h"
#include "trust/sought_chain.h"
#include "windows/disallowed_list.h"
#include "windows/store_layout.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

DisallowedAnswer Unreadable(const char* operation, const StorePlace& place, DWORD status,
                            std::optional<StoreError>* error) {
  *error = WindowsError(operation, "a store of distrusted certificates could not be read",
                        place.Path(), status);
  return DisallowedAnswer::kUnreadable;
}

DisallowedAnswer FindIn(const WindowsApi& api, const StorePlace& place, const SoughtChain& chain,
                        std::optional<StoreError>* error) {
  const ScopedCertStore store = OpenStorePlace(api, place);
  if (!store) {
    const DWORD status = GetLastError();
    if (IsMissingStore(status)) return DisallowedAnswer::kNone;
    return Unreadable("CertOpenStore", place, status, error);
  }
  CertificateWalk walk(api, store.get());
  while (PCCERT_CONTEXT listed = walk.Next()) {
    const BYTE* der = listed->pbCertEncoded;
    if (der != nullptr && chain.Holds(der, listed->cbCertEncoded)) return DisallowedAnswer::kListed;
  }
  if (walk.status() == ERROR_SUCCESS) return DisallowedAnswer::kNone;
  return Unreadable("CertEnumCertificatesInStore", place, walk.status(), error);
}

DisallowedAnswer FindInList(const WindowsApi& api, const std::vector<Der>& chain,
                            std::optional<StoreError>* error) {
  const DistrustedNames names = ReadDisallowedList(api, error);
  if (*error) return DisallowedAnswer::kUnreadable;
  const bool listed = std::any_of(chain.begin(), chain.end(), [&](const Der& der) {
    return !names.empty() && names.Find(MakeStoreCertificate(der.data(), der.size())) != nullptr;
  });
  return listed ? DisallowedAnswer::kListed : DisallowedAnswer::kNone;
}

}  // namespace

DisallowedAnswer FindDisallowed(const WindowsApi& api, const std::vector<Der>& chain,
                                std::optional<StoreError>* error) {
  const SoughtChain sought(chain);
  for (const StorePlace& place : AllStorePlaces()) {
    if (place.store != WindowsStore::kDisallowed) continue;
    const DisallowedAnswer answer = FindIn(api, place, sought, error);
    if (answer != DisallowedAnswer::kNone) return answer;
  }
  return FindInList(api, chain, error);
}

}  // namespace os_truststore
