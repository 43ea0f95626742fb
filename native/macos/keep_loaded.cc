#include "macos/keep_loaded.h"

#include <dlfcn.h>

#include <atomic>

namespace os_truststore {
namespace {

// One more handle than anybody will ever close.
bool OpenOwnImage() {
  Dl_info image;
  if (dladdr(reinterpret_cast<const void*>(&OpenOwnImage), &image) == 0) return false;
  return dlopen(image.dli_fname, RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

// Set without running any code, so it is there whatever is initialized first.
std::atomic<bool> kept{false};

}  // namespace

void KeepCodeLoaded() {
  if (!kept) kept = OpenOwnImage();
}

namespace {

// While the image is loaded: a thread that comes to it first may be too late. Where the loader does
// not yet know the image by then, the threads try again.
[[maybe_unused]] const bool tried = (KeepCodeLoaded(), true);

}  // namespace

}  // namespace os_truststore
