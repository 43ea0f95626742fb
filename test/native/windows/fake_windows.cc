#include "fake_windows.h"

#include <cstring>
#include <mutex>
#include <utility>

namespace os_truststore {
namespace {

FakeWindows* current = nullptr;
// The watch calls from its own thread.
std::recursive_mutex mutex;

const CERT_CONTEXT empty_entry = {X509_ASN_ENCODING, nullptr, 0, nullptr, nullptr};

}  // namespace

struct FakeCalls {
  static void Open(const void* handle, const char* what) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    current->open_[handle] = what;
  }

  static void Close(const void* handle, const char* what) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    const auto found = current->open_.find(handle);
    if (found == current->open_.end() || found->second != what) {
      current->violations_ += std::string(" returned twice: ") + what;
    } else {
      current->open_.erase(found);
    }
  }

  static bool Fails(const char* function) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    return current->Count(function);
  }

  static HCERTSTORE WINAPI CertOpenStore(LPCSTR provider, DWORD, HCRYPTPROV_LEGACY, DWORD flags,
                                         const void* name) {
    if (Fails("CertOpenStore")) return nullptr;
    if (provider == CERT_STORE_PROV_MEMORY) {
      const HCERTSTORE memory = ::CertOpenStore(provider, 0, 0, 0, nullptr);
      Open(memory, "store");
      return memory;
    }
    const bool logical = provider == CERT_STORE_PROV_SYSTEM_W;
    const DWORD location =
        logical ? FakeWindows::kLogical : flags & CERT_SYSTEM_STORE_LOCATION_MASK;
    const auto found = current->stores_.find({location, static_cast<const wchar_t*>(name)});
    if (found == current->stores_.end()) {
      SetLastError(ERROR_FILE_NOT_FOUND);
      return nullptr;
    }
    // Each is a store of its own, so that closing it can be recognised.
    const HCERTSTORE copy = ::CertOpenStore(CERT_STORE_PROV_COLLECTION, 0, 0, 0, nullptr);
    CertAddStoreToCollection(copy, found->second, 0, 0);
    Open(copy, "store");
    return copy;
  }

  static BOOL WINAPI CertCloseStore(HCERTSTORE store, DWORD flags) {
    Close(store, "store");
    return ::CertCloseStore(store, flags);
  }

  static PCCERT_CONTEXT WINAPI CertEnumCertificatesInStore(HCERTSTORE store,
                                                           PCCERT_CONTEXT previous) {
    if (current->before_next) current->before_next();
    if (previous != nullptr) Close(previous, "certificate");
    if (previous == nullptr && current->empty_first_entry) {
      Open(&empty_entry, "certificate");
      return &empty_entry;
    }
    if (previous == &empty_entry) previous = nullptr;
    if (Fails("CertEnumCertificatesInStore")) {
      if (previous != nullptr) ::CertFreeCertificateContext(previous);
      SetLastError(current->failing_status_);
      return nullptr;
    }
    const PCCERT_CONTEXT next = ::CertEnumCertificatesInStore(store, previous);
    if (next != nullptr) Open(next, "certificate");
    return next;
  }

  static BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT certificate) {
    Close(certificate, "certificate");
    return certificate == &empty_entry ? TRUE : ::CertFreeCertificateContext(certificate);
  }

  static BOOL WINAPI CertGetEnhancedKeyUsage(PCCERT_CONTEXT certificate, DWORD flags,
                                             PCERT_ENHKEY_USAGE usage, DWORD* size) {
    if (Fails("CertGetEnhancedKeyUsage")) return FALSE;
    return ::CertGetEnhancedKeyUsage(certificate, flags, usage, size);
  }

  static BOOL WINAPI CertGetCertificateContextProperty(PCCERT_CONTEXT certificate, DWORD id,
                                                       void* data, DWORD* size) {
    if (Fails("CertGetCertificateContextProperty")) return FALSE;
    const auto found = current->properties.find(id);
    if (found == current->properties.end()) {
      return ::CertGetCertificateContextProperty(certificate, id, data, size);
    }
    if (data != nullptr) std::memcpy(data, found->second.data(), found->second.size());
    *size = static_cast<DWORD>(found->second.size());
    return TRUE;
  }

  static PCCERT_CONTEXT WINAPI CertCreateCertificateContext(DWORD encoding, const BYTE* encoded,
                                                            DWORD size) {
    if (Fails("CertCreateCertificateContext")) return nullptr;
    const PCCERT_CONTEXT created = ::CertCreateCertificateContext(encoding, encoded, size);
    if (created != nullptr) Open(created, "certificate");
    return created;
  }

  static PCCTL_CONTEXT WINAPI CertCreateCTLContext(DWORD encoding, const BYTE* encoded,
                                                   DWORD size) {
    if (Fails("CertCreateCTLContext")) return nullptr;
    const PCCTL_CONTEXT created = ::CertCreateCTLContext(encoding, encoded, size);
    if (created != nullptr) Open(created, "list");
    return created;
  }

  static BOOL WINAPI CertFreeCTLContext(PCCTL_CONTEXT list) {
    Close(list, "list");
    return ::CertFreeCTLContext(list);
  }

  static BOOL WINAPI CryptDecodeObject(DWORD encoding, LPCSTR type, const BYTE* encoded,
                                       DWORD encoded_size, DWORD flags, void* decoded,
                                       DWORD* size) {
    if (Fails("CryptDecodeObject")) return FALSE;
    return ::CryptDecodeObject(encoding, type, encoded, encoded_size, flags, decoded, size);
  }

  static LSTATUS WINAPI RegOpenKeyExW(HKEY hive, LPCWSTR path, DWORD options, REGSAM access,
                                      PHKEY key) {
    if (Fails("RegOpenKeyExW")) return static_cast<LSTATUS>(current->failing_status_);
    const bool policy =
        std::wcsstr(path, L"ProtectedRoots") != nullptr && !current->protected_roots_flags.empty();
    const bool list =
        std::wcsstr(path, L"AutoUpdate") != nullptr && !current->disallowed_list.empty();
    const LSTATUS status =
        ::RegOpenKeyExW(hive, policy || list ? L"Software" : path, options, access, key);
    if (status == ERROR_SUCCESS) Open(*key, "key");
    return status;
  }

  static LSTATUS WINAPI RegCloseKey(HKEY key) {
    Close(key, "key");
    return ::RegCloseKey(key);
  }

  static LSTATUS WINAPI RegQueryValueExW(HKEY, LPCWSTR name, LPDWORD, LPDWORD type, LPBYTE data,
                                         LPDWORD size) {
    if (Fails("RegQueryValueExW")) return static_cast<LSTATUS>(current->failing_status_);
    const bool list = std::wcscmp(name, L"DisallowedCertEncodedCtl") == 0;
    const Der& value = list ? current->disallowed_list : current->protected_roots_flags;
    if (value.empty()) return ERROR_FILE_NOT_FOUND;
    *type = list ? current->disallowed_list_type : current->protected_roots_type;
    const DWORD room = std::exchange(*size, static_cast<DWORD>(value.size()));
    if (data == nullptr) return ERROR_SUCCESS;
    if (value.size() > room) return ERROR_MORE_DATA;
    std::memcpy(data, value.data(), value.size());
    return ERROR_SUCCESS;
  }

  static LSTATUS WINAPI RegNotifyChangeKeyValue(HKEY key, BOOL subtree, DWORD filter, HANDLE event,
                                                BOOL asynchronous) {
    if (Fails("RegNotifyChangeKeyValue")) return static_cast<LSTATUS>(current->failing_status_);
    return ::RegNotifyChangeKeyValue(key, subtree, filter, event, asynchronous);
  }

  static HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES security, BOOL manual, BOOL initial,
                                    LPCWSTR name) {
    if (Fails("CreateEventW")) return nullptr;
    const HANDLE event = ::CreateEventW(security, manual, initial, name);
    Open(event, "event");
    return event;
  }

  static BOOL WINAPI CloseHandle(HANDLE handle) {
    Close(handle, "event");
    return ::CloseHandle(handle);
  }

  static BOOL WINAPI CertAddEncodedCertificateToStore(HCERTSTORE store, DWORD encoding,
                                                      const BYTE* encoded, DWORD size, DWORD how,
                                                      PCCERT_CONTEXT* added) {
    if (Fails("CertAddEncodedCertificateToStore")) return FALSE;
    if (!::CertAddEncodedCertificateToStore(store, encoding, encoded, size, how, added)) {
      return FALSE;
    }
    Open(*added, "certificate");
    return TRUE;
  }

  static BOOL WINAPI CertCreateCertificateChainEngine(PCERT_CHAIN_ENGINE_CONFIG config,
                                                      HCERTCHAINENGINE* engine) {
    if (Fails("CertCreateCertificateChainEngine")) return FALSE;
    if (!::CertCreateCertificateChainEngine(config, engine)) return FALSE;
    Open(*engine, "engine");
    return TRUE;
  }

  static void WINAPI CertFreeCertificateChainEngine(HCERTCHAINENGINE engine) {
    Close(engine, "engine");
    ::CertFreeCertificateChainEngine(engine);
  }

  static BOOL WINAPI CertGetCertificateChain(HCERTCHAINENGINE engine, PCCERT_CONTEXT certificate,
                                             LPFILETIME time, HCERTSTORE more,
                                             PCERT_CHAIN_PARA parameters, DWORD flags,
                                             void* reserved, PCCERT_CHAIN_CONTEXT* chain) {
    if (Fails("CertGetCertificateChain")) return FALSE;
    FakeWindows::AskedChain& asked = current->asked;
    asked.flags = flags;
    asked.timeout = parameters->dwUrlRetrievalTimeout;
    asked.usage = parameters->RequestedUsage.Usage.rgpszUsageIdentifier[0];
    asked.has_engine = engine != HCCE_CURRENT_USER;
    // The flags asked for are recorded; nothing is fetched here.
    const DWORD offline = CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL;
    if (!::CertGetCertificateChain(engine, certificate, time, more, parameters, offline, reserved,
                                   chain)) {
      return FALSE;
    }
    Open(*chain, "chain");
    return TRUE;
  }

  static void WINAPI CertFreeCertificateChain(PCCERT_CHAIN_CONTEXT chain) {
    Close(chain, "chain");
    ::CertFreeCertificateChain(chain);
  }

  static BOOL WINAPI CertVerifyCertificateChainPolicy(LPCSTR policy, PCCERT_CHAIN_CONTEXT chain,
                                                      PCERT_CHAIN_POLICY_PARA parameters,
                                                      PCERT_CHAIN_POLICY_STATUS status) {
    if (Fails("CertVerifyCertificateChainPolicy")) return FALSE;
    const auto* ssl =
        static_cast<const SSL_EXTRA_CERT_CHAIN_POLICY_PARA*>(parameters->pvExtraPolicyPara);
    FakeWindows::AskedChain& asked = current->asked;
    asked.policy_flags = parameters->dwFlags;
    asked.checks = ssl->fdwChecks;
    asked.auth_type = ssl->dwAuthType;
    asked.host = ssl->pwszServerName == nullptr ? L"" : ssl->pwszServerName;
    return ::CertVerifyCertificateChainPolicy(policy, chain, parameters, status);
  }

  static DWORD WindowsMajorVersion() { return current->major_version; }
};

FakeWindows::FakeWindows() { current = this; }

FakeWindows::~FakeWindows() {
  for (const auto& [place, store] : stores_) ::CertCloseStore(store, 0);
  current = nullptr;
}

void FakeWindows::Add(DWORD location, const std::wstring& store, const Der& der) {
  HCERTSTORE& opened = stores_[{location, store}];
  if (opened == nullptr) opened = ::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr);
  CertAddEncodedCertificateToStore(opened, X509_ASN_ENCODING, der.data(),
                                   static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS, nullptr);
}

void FakeWindows::FailCall(const std::string& function, int nth, DWORD status) {
  calls_.clear();
  failing_function_ = function;
  failing_call_ = nth;
  failing_status_ = status;
}

int FakeWindows::Calls(const std::string& function) const {
  const auto found = calls_.find(function);
  return found == calls_.end() ? 0 : found->second;
}

void FakeWindows::ResetCounts() { FailCall("", 0); }

bool FakeWindows::Count(const std::string& function) {
  const int call = ++calls_[function];
  if (function != failing_function_ || call != failing_call_) return false;
  SetLastError(failing_status_);
  return true;
}

std::string FakeWindows::Leaks() const {
  std::lock_guard<std::recursive_mutex> lock(mutex);
  std::string leaks = violations_;
  for (const auto& [handle, what] : open_) leaks += " " + what;
  return leaks;
}

const WindowsApi& FakeWindows::api() const {
  static const WindowsApi api = {
      FakeCalls::CertOpenStore,
      FakeCalls::CertCloseStore,
      FakeCalls::CertEnumCertificatesInStore,
      FakeCalls::CertFreeCertificateContext,
      FakeCalls::CertGetEnhancedKeyUsage,
      FakeCalls::CertGetCertificateContextProperty,
      FakeCalls::CertCreateCertificateContext,
      FakeCalls::CertCreateCTLContext,
      FakeCalls::CertFreeCTLContext,
      FakeCalls::CryptDecodeObject,
      FakeCalls::RegOpenKeyExW,
      FakeCalls::RegCloseKey,
      FakeCalls::RegQueryValueExW,
      FakeCalls::RegNotifyChangeKeyValue,
      FakeCalls::CreateEventW,
      FakeCalls::CloseHandle,
      FakeCalls::WindowsMajorVersion,
  };
  return api;
}

const ChainApi& FakeWindows::chains() const {
  static const ChainApi api = {
      FakeCalls::CertAddEncodedCertificateToStore, FakeCalls::CertCreateCertificateChainEngine,
      FakeCalls::CertFreeCertificateChainEngine,   FakeCalls::CertGetCertificateChain,
      FakeCalls::CertFreeCertificateChain,         FakeCalls::CertVerifyCertificateChainPolicy,
  };
  return api;
}

// The watch asks for the table itself.
const WindowsApi& SystemWindowsApi() { return current->api(); }

}  // namespace os_truststore
