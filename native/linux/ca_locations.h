// Where Unix systems keep their CAs, in the order of looking.
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
  bool is_demanded =
      false;  // by the user: its absence is a fault, and it counts whatever others yield
};

// NIX_SSL_CERT_FILE where the host's OpenSSL is one of Nix, or else SSL_CERT_FILE, or else
// OpenSSL's default and then the known CA files. The first that yields a certificate counts.
std::vector<CaLocation> CaFileLocations(const ReadRequest& request);

// SSL_CERT_DIR, a list of which every directory counts, or else OpenSSL's default and then the
// known CA directories, of which the first that yields a certificate counts.
std::vector<CaLocation> CaDirectoryLocations(const ReadRequest& request);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_CA_LOCATIONS_H_
