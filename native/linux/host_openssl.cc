#include "linux/host_openssl.h"

#include <dlfcn.h>

namespace os_truststore {

namespace {

// The functions are looked up in what is already loaded, because linking against OpenSSL would
// bring a second copy into the process.
// https://docs.openssl.org/3.0/man3/X509_get_default_cert_file/
const char* CallHost(const char* function) {
  using GetDefault = const char* (*)();
  const auto get_default = reinterpret_cast<GetDefault>(dlsym(RTLD_DEFAULT, function));
  const char* value = get_default != nullptr ? get_default() : nullptr;
  return value != nullptr ? value : "";
}

}  // namespace

OpenSslDefaults HostOpenSslDefaults() {
  return {CallHost("X509_get_default_cert_file"), CallHost("X509_get_default_cert_dir"),
          CallHost("X509_get_default_cert_file_env"), CallHost("X509_get_default_cert_dir_env")};
}

}  // namespace os_truststore
