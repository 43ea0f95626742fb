#include "windows/windows_api.h"

namespace os_truststore {
namespace {

// The host's manifest limits what GetVersionEx answers; RtlGetVersion is documented and answers the
// truth.
DWORD WindowsMajorVersion() {
  using RtlGetVersion = LONG(WINAPI*)(OSVERSIONINFOW*);
  const HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return 0;
  const auto get_version = reinterpret_cast<RtlGetVersion>(
      reinterpret_cast<void*>(GetProcAddress(ntdll, "RtlGetVersion")));
  OSVERSIONINFOW version = {};
  version.dwOSVersionInfoSize = sizeof(version);
  if (get_version == nullptr || get_version(&version) != 0) return 0;
  return version.dwMajorVersion;
}

}  // namespace

const WindowsApi& SystemWindowsApi() {
  static const WindowsApi api = {
      ::CertOpenStore,
      ::CertCloseStore,
      ::CertEnumCertificatesInStore,
      ::CertFreeCertificateContext,
      ::CertGetEnhancedKeyUsage,
      ::CertGetCertificateContextProperty,
      ::CertCreateCertificateContext,
      ::CertCreateCTLContext,
      ::CertFreeCTLContext,
      ::CryptDecodeObject,
      ::RegOpenKeyExW,
      ::RegCloseKey,
      ::RegQueryValueExW,
      ::RegNotifyChangeKeyValue,
      ::CreateEventW,
      ::CloseHandle,
      WindowsMajorVersion,
  };
  return api;
}

}  // namespace os_truststore
