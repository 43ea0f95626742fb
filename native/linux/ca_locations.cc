#include "linux/ca_locations.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace os_truststore {

namespace {

struct KnownLocation {
  const char* path;
  const char* origin;
};

// Each path is listed once, under the first distribution that used it. Fedora 44 stops shipping
// /etc/pki/tls/cert.pem and /etc/pki/tls/certs/ca-bundle.crt
// (https://fedoraproject.org/wiki/Changes/droppingOfCertPemFile, postponed from Fedora 43);
// extracted/pem/tls-ca-bundle.pem stays, and the classic names link to it on older Fedora and RHEL.
constexpr KnownLocation kKnownFiles[] = {
    {"/etc/ssl/certs/ca-certificates.crt",
     "Debian, Ubuntu, Gentoo, Arch, Alpine, OpenWrt, distroless"},
    {"/etc/pki/tls/cert.pem", "RHEL, Fedora up to 43"},
    {"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "Fedora, RHEL, Amazon Linux"},
    {"/etc/pki/tls/certs/ca-bundle.crt", "RHEL 6, CentOS 6"},
    {"/etc/ssl/ca-bundle.pem", "SUSE"},
    {"/var/lib/ca-certificates/ca-bundle.pem", "SUSE"},
    {"/etc/ca-certificates/extracted/tls-ca-bundle.pem", "Arch"},
    {"/etc/ssl/certs/ca-bundle.crt", "NixOS"},
    {"/etc/ssl/cert.pem", "Alpine, FreeBSD, OpenBSD"},
    {"/data/data/com.termux/files/usr/etc/tls/cert.pem", "Termux"},
    {"/usr/local/etc/ssl/cert.pem", "FreeBSD ports"},
    {"/usr/local/share/certs/ca-root-nss.crt", "FreeBSD, DragonFly"},
    {"/etc/openssl/certs/ca-certificates.crt", "NetBSD"},
    {"/etc/ssl/cacert.pem", "OmniOS"},
    {"/etc/certs/ca-certificates.crt", "Solaris"},
    {"/opt/local/etc/openssl/certs/ca-certificates.crt", "SmartOS"},
};

constexpr KnownLocation kKnownDirectories[] = {
    {"/etc/ssl/certs", "Debian, Ubuntu, Gentoo, Arch, Alpine, SUSE, OpenWrt, FreeBSD"},
    {"/etc/pki/tls/certs", "Fedora, RHEL"},
    {"/etc/pki/ca-trust/extracted/pem/directory-hash", "Fedora, RHEL"},
    {"/var/lib/ca-certificates/pem", "SUSE"},
    {"/etc/ca-certificates/extracted/cadir", "Arch"},
    // Since Android 14 an updatable module brings the roots, and the old directory is not updated.
    {"/apex/com.android.conscrypt/cacerts", "Android 14"},
    {"/system/etc/security/cacerts", "Android"},
    {"/usr/local/etc/ssl/certs", "FreeBSD ports"},
    {"/usr/local/share/certs", "FreeBSD"},
    {"/etc/openssl/certs", "NetBSD"},
    {"/etc/certs/CA", "illumos, Solaris"},
    {"/opt/local/etc/openssl/certs", "SmartOS"},
    {"/opt/local/share/mozilla-rootcerts", "SmartOS"},
};

// The host's OpenSSL describes the machine it runs on. A tree under another root belongs to another
// machine, so only the known locations count there, and a test of a tree gives the same result on
// every runtime.
template <size_t kCount>
std::vector<CaLocation> WithOpenSslFirst(const std::string& root, std::string_view openssl_path,
                                         const KnownLocation (&known)[kCount]) {
  std::vector<CaLocation> locations;
  locations.reserve(kCount + 1);
  if (!root.empty()) openssl_path = {};
  if (!openssl_path.empty()) locations.push_back({std::string(openssl_path), "openssl"});
  for (const KnownLocation& location : known) {
    if (location.path != openssl_path) locations.push_back({location.path, location.origin});
  }
  return locations;
}

// Only the OpenSSL of nixpkgs reads NIX_SSL_CERT_FILE (nix-ssl-cert-file.patch in
// pkgs/development/libraries/openssl: by_file_ctrl_ex), and only it has a default directory in the
// Nix store: the patches use-etc-ssl-certs*.patch beside it move the file alone.
bool IsFromNix(const OpenSslDefaults& openssl) {
  return std::strstr(openssl.directory, "/nix/store/") != nullptr;
}

}  // namespace

std::vector<CaLocation> CaFileLocations(const ReadRequest& request) {
  const OpenSslDefaults openssl = HostOpenSslDefaults();
  const bool nix = request.nix_ssl_cert_file && IsFromNix(openssl);
  const std::optional<std::string>& file = nix ? request.nix_ssl_cert_file : request.ssl_cert_file;
  if (file) return {{*file, nix ? "NIX_SSL_CERT_FILE" : "SSL_CERT_FILE", true}};
  return WithOpenSslFirst(request.root, openssl.file, kKnownFiles);
}

std::vector<CaLocation> CaDirectoryLocations(const ReadRequest& request) {
  if (!request.ssl_cert_dir) {
    return WithOpenSslFirst(request.root, HostOpenSslDefaults().directory, kKnownDirectories);
  }
  std::vector<CaLocation> locations;
  const std::string& list = *request.ssl_cert_dir;
  for (size_t start = 0; start <= list.size();) {
    const size_t end = std::min(list.find(':', start), list.size());
    if (end > start) {
      locations.push_back({list.substr(start, end - start), "SSL_CERT_DIR", true});
    }
    start = end + 1;
  }
  return locations;
}

}  // namespace os_truststore
