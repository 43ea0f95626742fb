// Keeps the addon mapped: a read that never returns keeps its thread running this code even after
// the last environment unloads the addon (a worker that ends). The linker flag -z nodelete does
// this on Linux.
#include "windows/windows_api.h"

namespace os_truststore {
namespace {

bool PinModule() {
  HMODULE self = nullptr;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            reinterpret_cast<LPCWSTR>(&PinModule), &self) != FALSE;
}

// This runs while the file is loaded: later could be after the last unload.
[[maybe_unused]] const bool pinned = PinModule();

}  // namespace
}  // namespace os_truststore
