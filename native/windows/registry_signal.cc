#include "windows/registry_signal.h"

#include <array>
#include <cwchar>
#include <utility>

#include "windows/win_error.h"

namespace os_truststore {
namespace {

struct StoreKey {
  HKEY hive;
  const char* name;
  const wchar_t* path;
};

// Microsoft, "System Store Locations". AuthRoot and smart card roots, which the logical ROOT store
// also shows, are below SystemCertificates.
std::array<StoreKey, 5> StoreKeys() {
  return {{
      {HKEY_LOCAL_MACHINE, "HKLM\\Software\\Microsoft\\SystemCertificates",
       L"Software\\Microsoft\\SystemCertificates"},
      {HKEY_LOCAL_MACHINE, "HKLM\\Software\\Policies\\Microsoft\\SystemCertificates",
       L"Software\\Policies\\Microsoft\\SystemCertificates"},
      {HKEY_LOCAL_MACHINE, "HKLM\\Software\\Microsoft\\EnterpriseCertificates",
       L"Software\\Microsoft\\EnterpriseCertificates"},
      {HKEY_CURRENT_USER, "HKCU\\Software\\Microsoft\\SystemCertificates",
       L"Software\\Microsoft\\SystemCertificates"},
      {HKEY_CURRENT_USER, "HKCU\\Software\\Policies\\Microsoft\\SystemCertificates",
       L"Software\\Policies\\Microsoft\\SystemCertificates"},
  }};
}

bool IsMissing(LSTATUS status) {
  return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND;
}

}  // namespace

std::unique_ptr<RegistrySignal> RegistrySignal::Arm(const WindowsApi& api,
                                                    std::optional<StoreError>* error) {
  ScopedEvent event(api, api.CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!event) {
    *error = WindowsError("CreateEventW", "no event could be made", "", GetLastError());
    return nullptr;
  }
  std::unique_ptr<RegistrySignal> signal(new RegistrySignal(api, std::move(event)));
  for (const StoreKey& key : StoreKeys()) {
    const LSTATUS status = signal->Watch(key.hive, key.path);
    if (status != ERROR_SUCCESS) {
      *error = WindowsError("RegNotifyChangeKeyValue", "a registry key could not be watched",
                            key.name, static_cast<DWORD>(status));
      return nullptr;
    }
  }
  return signal;
}

// A key that does not exist is watched through its nearest existing ancestor, and only for new
// subkeys, because the subtree of such an ancestor changes all the time.
LSTATUS RegistrySignal::Watch(HKEY hive, const wchar_t* path) {
  // Not a wstring: its part of the C++ library would be larger than all the code here.
  std::vector<wchar_t> name(path, path + std::wcslen(path) + 1);
  bool itself = true;
  for (;;) {
    HKEY opened = nullptr;
    const LSTATUS status = api_.RegOpenKeyExW(hive, name.data(), 0, KEY_NOTIFY, &opened);
    if (status == ERROR_SUCCESS) {
      keys_.emplace_back(api_, opened);
      break;
    }
    if (!IsMissing(status)) return status;
    wchar_t* separator = std::wcsrchr(name.data(), L'\\');
    if (separator == nullptr) return status;
    *separator = L'\0';
    itself = false;
  }
  // Without thread-agnostic the event would be set when the thread that armed it ends.
  const DWORD filter = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_THREAD_AGNOSTIC |
                       (itself ? REG_NOTIFY_CHANGE_LAST_SET : 0);
  return api_.RegNotifyChangeKeyValue(keys_.back().get(), itself ? TRUE : FALSE, filter, event(),
                                      TRUE);
}

}  // namespace os_truststore
