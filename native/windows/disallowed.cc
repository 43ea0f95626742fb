#include "windows/disallowed.h"

#include <algorithm>
#include <set>
#include <string>

#include "asn1/certificate.h"
#include "input/certificate_input.h"
#include "windows/disallowed_list.h"
#include "windows/store_layout.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

// A chain to look for, by its bytes and by the identities of its certificates, because a sender can
// write a certificate in another encoding.
class Chain {
 public:
  explicit Chain(const std::vector<Der>& certificates) : certificates_(certificates) {
    CertificateIdentity identity;
    for (const Der& der : certificates) {
      if (ReadIdentity(der.data(), der.size(), &identity)) identities_.insert(identity);
    }
  }

  bool Holds(PCCERT_CONTEXT listed) const {
    const BYTE* bytes = listed->pbCertEncoded;
    const size_t size = listed->cbCertEncoded;
    if (bytes == nullptr) return false;
    CertificateIdentity identity;
    if (ReadIdentity(bytes, size, &identity)) return identities_.count(identity) > 0;
    return std::any_of(certificates_.begin(), certificates_.end(), [&](const Der& der) {
      return der.size() == size && std::equal(der.begin(), der.end(), bytes);
    });
  }

 private:
  static bool ReadIdentity(const uint8_t* der, size_t size, CertificateIdentity* identity) {
    CertificateFields fields;
    std::string reason;
    if (!ParseCertificate(der, size, &fields, &reason)) return false;
    *identity = IdentityOf(der, fields);
    return true;
  }

  const std::vector<Der>& certificates_;
  std::set<CertificateIdentity> identities_;  // views into certificates_
};

DisallowedAnswer Unreadable(const char* operation, const StorePlace& place, DWORD status,
                            std::optional<StoreError>* error) {
  *error = WindowsError(operation, "a store of distrusted certificates could not be read",
                        place.Path(), status);
  return DisallowedAnswer::kUnreadable;
}

DisallowedAnswer FindIn(const WindowsApi& api, const StorePlace& place, const Chain& chain,
                        std::optional<StoreError>* error) {
  const ScopedCertStore store = OpenStorePlace(api, place);
  if (!store) {
    const DWORD status = GetLastError();
    if (IsMissingStore(status)) return DisallowedAnswer::kNone;
    return Unreadable("CertOpenStore", place, status, error);
  }
  CertificateWalk walk(api, store.get());
  while (PCCERT_CONTEXT listed = walk.Next()) {
    if (chain.Holds(listed)) return DisallowedAnswer::kListed;
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
  const Chain sought(chain);
  for (const StorePlace& place : AllStorePlaces()) {
    if (place.store != WindowsStore::kDisallowed) continue;
    const DisallowedAnswer answer = FindIn(api, place, sought, error);
    if (answer != DisallowedAnswer::kNone) return answer;
  }
  return FindInList(api, chain, error);
}

}  // namespace os_truststore
