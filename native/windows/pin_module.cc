// A read that never returns keeps its thread, and the code it runs must stay mapped after the last
// environment has unloaded the addon (a worker that ends). The counterpart of -z nodelete on Linux.
#include "windows/windows_api.h"

namespace os_truststore {
namespace {

bool PinModule() {
  HMODULE self = nullptr;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            reinterpret_cast<LPCWSTR>(&PinModule), &self) != FALSE;
}

// While the file is loaded: any later and the last unload could come first.
[[maybe_unused]] const bool pinned = PinModule();

}  // namespace
}  // namespace os_truststore
