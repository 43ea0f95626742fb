// Finds which files the OpenSSL of the host process was built to read by default.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_HOST_OPENSSL_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_HOST_OPENSSL_H_

namespace os_truststore {

// Empty where the host does not export the functions: Bun and Deno have other libraries, and a
// static Node may be stripped.
struct OpenSslDefaults {
  const char* file;           // X509_get_default_cert_file()
  const char* directory;      // X509_get_default_cert_dir()
  const char* file_env;       // X509_get_default_cert_file_env(), normally SSL_CERT_FILE
  const char* directory_env;  // X509_get_default_cert_dir_env(), normally SSL_CERT_DIR
};

OpenSslDefaults HostOpenSslDefaults();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_HOST_OPENSSL_H_
