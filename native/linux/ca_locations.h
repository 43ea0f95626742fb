// Lists the places where Unix systems keep their CAs, in the order of looking.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_CA_LOCATIONS_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_CA_LOCATIONS_H_

#include <string>
#include <vector>

#include "linux/host_openssl.h"
#include "system_store.h"

namespace os_truststore {

struct CaLocation {
  std::string path;
  std::string origin;  // who named it: an environment variable, "openssl" or the distributions
  bool is_demanded = false;  // the user named it: it must exist, and it counts even if others yield
};

// Returns NIX_SSL_CERT_FILE where the host's OpenSSL is from Nix; else SSL_CERT_FILE; else
// OpenSSL's default followed by the known CA files. The first that yields a certificate counts.
std::vector<CaLocation> CaFileLocations(const ReadRequest& request);

// Returns SSL_CERT_DIR, a list in which every directory counts; else OpenSSL's default followed by
// the known CA directories, where the first that yields a certificate counts.
std::vector<CaLocation> CaDirectoryLocations(const ReadRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_CA_LOCATIONS_H_
