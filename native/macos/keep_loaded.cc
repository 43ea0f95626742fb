#include "macos/keep_loaded.h"

#include <dlfcn.h>

namespace os_truststore {
namespace {

// One more handle than anybody will ever close.
bool OpenOwnImage() {
  Dl_info image;
  if (dladdr(reinterpret_cast<const void*>(&OpenOwnImage), &image) == 0) return false;
  return dlopen(image.dli_fname, RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

}  // namespace

void KeepCodeLoaded() {
  static const bool kept = OpenOwnImage();
  static_cast<void>(kept);
}

}  // namespace os_truststore
