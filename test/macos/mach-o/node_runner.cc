// A Node addon for Linux that becomes the macOS addon: it maps the Mach-O file named by
// OS_TRUSTSTORE_TEST_MACH_O, binds Node-API to this process, the two frameworks to the fake and
// libc++ to the one linked in here, and forwards the registration. To JavaScript it looks like the
// addon itself.
#include <dlfcn.h>
#include <node_api.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include "image.h"
#include "synchronization.h"

// The build generates these: the symbols that the Mach-O file imports from libc++, with their
// addresses here.
struct LibcxxSymbol {
  const char* name;
  void* address;
};
extern const LibcxxSymbol kLibcxxSymbols[];

namespace {

uintptr_t stack_guard = 0x5afe5afe5afe5afe;

void StackSmashed() { std::abort(); }

// Every import is bound up front.
void LazyBindingNeeded() { std::abort(); }

bool ConcernsString(const std::string& symbol) {
  return symbol.find("basic_string") != std::string::npos ||
         symbol.find("to_string") != std::string::npos;
}

void* FindLibcxx(const std::string& symbol) {
  if (void* substitute = mach_o::FindSynchronization(symbol)) return substitute;
  if (ConcernsString(symbol)) {
    static void* const strings = dlopen("libapple_string.so", RTLD_NOW | RTLD_LOCAL);
    if (strings == nullptr) throw std::runtime_error(dlerror());
    return dlsym(strings, symbol.c_str() + 1);
  }
  for (const LibcxxSymbol* entry = kLibcxxSymbols; entry->name != nullptr; ++entry) {
    if (symbol == entry->name) return entry->address;
  }
  return nullptr;
}

void* FindLibSystem(const std::string& symbol) {
  static const std::map<std::string, void*> different = {
      {"___stack_chk_guard", &stack_guard},
      {"___stack_chk_fail", reinterpret_cast<void*>(&StackSmashed)},
      {"dyld_stub_binder", reinterpret_cast<void*>(&LazyBindingNeeded)},
      {"___bzero", dlsym(RTLD_DEFAULT, "bzero")},
  };
  const auto found = different.find(symbol);
  if (found != different.end()) return found->second;
  // x86_64 has special names for functions over 64-bit inodes.
  const std::string name = symbol.substr(1, symbol.find('$') - 1);
  return dlsym(RTLD_DEFAULT, name.c_str());
}

void* Resolve(const std::string& library, const std::string& symbol) {
  if (library.find(".framework/") != std::string::npos) {
    static void* const fake = dlopen("libmacos_fake.so", RTLD_NOW | RTLD_NOLOAD);
    if (fake == nullptr) throw std::runtime_error("load libmacos_fake.so first");
    return dlsym(fake, symbol.c_str() + 1);
  }
  if (library.find("libc++") != std::string::npos) return FindLibcxx(symbol);
  if (library == "host") return dlsym(RTLD_DEFAULT, symbol.c_str() + 1);
  return FindLibSystem(symbol);
}

const mach_o::Image& LoadImage() {
  static const auto* const image = [] {
    const char* path = std::getenv("OS_TRUSTSTORE_TEST_MACH_O");
    if (path == nullptr) throw std::runtime_error("OS_TRUSTSTORE_TEST_MACH_O is not set");
    return new mach_o::Image(path, Resolve);
  }();
  return *image;
}

}  // namespace

NAPI_MODULE_INIT() {
  try {
    void* entry = LoadImage().Find("_napi_register_module_v1");
    if (entry == nullptr) throw std::runtime_error("no entry point");
    return reinterpret_cast<napi_value (*)(napi_env, napi_value)>(entry)(env, exports);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}
