// A table of the calls into Windows. It is passed in, so that tests can count what is opened, make
// any call fail and stand in for a store location.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_WINDOWS_API_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_WINDOWS_API_H_

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
// The fields of CERT_CHAIN_PARA that came after its first version, such as time limits.
#ifndef CERT_CHAIN_PARA_HAS_EXTRA_FIELDS
#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS
#endif
#include <windows.h>
// wincrypt.h needs windows.h first.
#include <wincrypt.h>

namespace os_truststore {

struct WindowsApi {
  decltype(&::CertOpenStore) CertOpenStore;
  decltype(&::CertCloseStore) CertCloseStore;
  decltype(&::CertEnumCertificatesInStore) CertEnumCertificatesInStore;
  decltype(&::CertFreeCertificateContext) CertFreeCertificateContext;
  decltype(&::CertGetEnhancedKeyUsage) CertGetEnhancedKeyUsage;
  decltype(&::CertGetCertificateContextProperty) CertGetCertificateContextProperty;
  decltype(&::CertCreateCertificateContext) CertCreateCertificateContext;
  decltype(&::CertCreateCTLContext) CertCreateCTLContext;
  decltype(&::CertFreeCTLContext) CertFreeCTLContext;
  decltype(&::CryptDecodeObject) CryptDecodeObject;
  decltype(&::RegOpenKeyExW) RegOpenKeyExW;
  decltype(&::RegCloseKey) RegCloseKey;
  decltype(&::RegQueryValueExW) RegQueryValueExW;
  decltype(&::RegNotifyChangeKeyValue) RegNotifyChangeKeyValue;
  decltype(&::CreateEventW) CreateEventW;
  decltype(&::CloseHandle) CloseHandle;
  DWORD (*WindowsMajorVersion)();
};

// Returns the real calls. A test build links another definition to cover what its system cannot do.
const WindowsApi& SystemWindowsApi();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_WINDOWS_API_H_
