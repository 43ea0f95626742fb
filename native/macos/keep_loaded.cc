#include "macos/keep_loaded.h"

#include <dlfcn.h>

#include <atomic>

namespace os_truststore {
namespace {

// Takes one more handle, which is never closed.
bool OpenOwnImage() {
  Dl_info image;
  if (dladdr(reinterpret_cast<const void*>(&OpenOwnImage), &image) == 0) return false;
  return dlopen(image.dli_fname, RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

// Set without running any code, so it is valid in any order of initialization.
std::atomic<bool> kept{false};

}  // namespace

void KeepCodeLoaded() {
  if (!kept) kept = OpenOwnImage();
}

namespace {

// This runs while the image is loaded, because a thread might call it too late. If the loader does
// not know the image by then, the threads try again.
[[maybe_unused]] const bool tried = (KeepCodeLoaded(), true);

}  // namespace

}  // namespace os_truststore
