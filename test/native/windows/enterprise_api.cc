// Replaces windows_api.cc in a test build: Wine knows no enterprise location, so this opens it
// through the registry key behind it. Everything else is the real table.
#define SystemWindowsApi RealWindowsApi
#include "windows/windows_api.cc"
#undef SystemWindowsApi

#include <string>

namespace os_truststore {

const WindowsApi& SystemWindowsApi();

namespace {

HCERTSTORE WINAPI OpenStore(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY crypt_provider,
                            DWORD flags, const void* parameter) {
  if ((flags & CERT_SYSTEM_STORE_LOCATION_MASK) != CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE) {
    return RealWindowsApi().CertOpenStore(provider, encoding, crypt_provider, flags, parameter);
  }
  const std::wstring path = std::wstring(L"Software\\Microsoft\\EnterpriseCertificates\\") +
                            static_cast<const wchar_t*>(parameter);
  HKEY key = nullptr;
  const LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, KEY_READ, &key);
  if (status != ERROR_SUCCESS) {
    SetLastError(static_cast<DWORD>(status));
    return nullptr;
  }
  const DWORD kept = flags & ~static_cast<DWORD>(CERT_SYSTEM_STORE_LOCATION_MASK);
  const HCERTSTORE store = ::CertOpenStore(CERT_STORE_PROV_REG, 0, 0, kept, key);
  RegCloseKey(key);
  return store;
}

}  // namespace

const WindowsApi& SystemWindowsApi() {
  static const WindowsApi api = [] {
    WindowsApi table = RealWindowsApi();
    table.CertOpenStore = OpenStore;
    return table;
  }();
  return api;
}

}  // namespace os_truststore
