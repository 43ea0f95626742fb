// Owns what Windows hands out. Nothing else in this folder closes or frees.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_SCOPED_CERT_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_SCOPED_CERT_H_

#include <utility>

#include "windows/windows_api.h"

namespace os_truststore {

// Owns one handle and knows the call of the table that releases it.
template <typename Traits>
class ScopedWindows {
 public:
  using Api = typename Traits::Api;
  using Handle = typename Traits::Handle;

  explicit ScopedWindows(const Api& api, Handle handle = nullptr) : api_(&api), handle_(handle) {}
  ~ScopedWindows() {
    if (handle_ != nullptr) Traits::Close(*api_, handle_);
  }
  ScopedWindows(ScopedWindows&& other) noexcept
      : api_(other.api_), handle_(std::exchange(other.handle_, nullptr)) {}
  ScopedWindows& operator=(ScopedWindows&& other) noexcept {
    std::swap(api_, other.api_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ScopedWindows(const ScopedWindows&) = delete;
  ScopedWindows& operator=(const ScopedWindows&) = delete;

  Handle get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  const Api* api_;
  Handle handle_;
};

struct CertStoreTraits {
  using Api = WindowsApi;
  using Handle = HCERTSTORE;
  static void Close(const WindowsApi& api, HCERTSTORE store) { api.CertCloseStore(store, 0); }
};

struct RegistryKeyTraits {
  using Api = WindowsApi;
  using Handle = HKEY;
  static void Close(const WindowsApi& api, HKEY key) { api.RegCloseKey(key); }
};

struct EventTraits {
  using Api = WindowsApi;
  using Handle = HANDLE;
  static void Close(const WindowsApi& api, HANDLE event) { api.CloseHandle(event); }
};

struct CertificateTraits {
  using Api = WindowsApi;
  using Handle = PCCERT_CONTEXT;
  static void Close(const WindowsApi& api, PCCERT_CONTEXT certificate) {
    api.CertFreeCertificateContext(certificate);
  }
};

struct CtlTraits {
  using Api = WindowsApi;
  using Handle = PCCTL_CONTEXT;
  static void Close(const WindowsApi& api, PCCTL_CONTEXT list) { api.CertFreeCTLContext(list); }
};

using ScopedCertificate = ScopedWindows<CertificateTraits>;
using ScopedCtl = ScopedWindows<CtlTraits>;
using ScopedCertStore = ScopedWindows<CertStoreTraits>;
using ScopedRegistryKey = ScopedWindows<RegistryKeyTraits>;
using ScopedEvent = ScopedWindows<EventTraits>;

// Walks the certificates of a store. CertEnumCertificatesInStore frees the context it is given,
// even when it returns null, so a context belongs to the walk and lives until the next call. A walk
// that ends early frees its last one.
class CertificateWalk {
 public:
  CertificateWalk(const WindowsApi& api, HCERTSTORE store) : api_(api), store_(store) {}
  ~CertificateWalk() {
    if (current_ != nullptr) api_.CertFreeCertificateContext(current_);
  }
  CertificateWalk(const CertificateWalk&) = delete;
  CertificateWalk& operator=(const CertificateWalk&) = delete;

  // Returns the next certificate, or null at the end or on an error. The caller must not free it.
  PCCERT_CONTEXT Next() {
    SetLastError(ERROR_SUCCESS);
    current_ = api_.CertEnumCertificatesInStore(store_, current_);
    if (current_ == nullptr) status_ = GetLastError();
    return current_;
  }

  // Tells why the walk ended: ERROR_SUCCESS at the end of the store, otherwise the error.
  DWORD status() const {
    const bool at_end =
        status_ == static_cast<DWORD>(CRYPT_E_NOT_FOUND) || status_ == ERROR_NO_MORE_FILES;
    return at_end ? ERROR_SUCCESS : status_;
  }

 private:
  const WindowsApi& api_;
  HCERTSTORE store_;
  PCCERT_CONTEXT current_ = nullptr;
  DWORD status_ = ERROR_SUCCESS;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_SCOPED_CERT_H_
