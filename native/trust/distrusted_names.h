// Names certificates that a store distrusts even if it does not hold them, by issuer and serial
// number, which "identify a unique certificate" (RFC 5280 §4.1.2.2), or by public key. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace os_truststore {

struct CertificateSource;
struct StoreCertificate;

// The place that distrusts.
struct DistrustOrigin {
  std::string path;
  std::string directory;
  std::string label;
  // If it is distrusted by its key: the subject of the certificate that says so, or the label of a
  // bare key. Empty if it is named itself.
  std::string shares_key_with;
  bool in_registry = false;  // `path` is a key and `directory` a value of Windows' registry

  CertificateSource ToSource() const;
};

// Returns every hash by which the platform's list could name a certificate; none when it cannot
// tell.
using HashesOf = std::vector<std::string> (*)(const std::vector<uint8_t>& der);

class DistrustedNames {
 public:
  // `issuer` is an encoded Name, `serial_number` the contents of the INTEGER. The first origin of a
  // name is kept.
  void Add(const std::vector<uint8_t>& issuer, const std::vector<uint8_t>& serial_number,
           const DistrustOrigin& origin);

  // `public_key` is a SubjectPublicKeyInfo.
  void AddKey(const std::vector<uint8_t>& public_key, const DistrustOrigin& origin);

  // `hashes_of` must be the same in all calls.
  void AddHash(std::string hash, HashesOf hashes_of, const DistrustOrigin& origin);

  // Adds its name and its key.
  void Add(const StoreCertificate& certificate, const DistrustOrigin& origin);

  // Returns null when no name or key here is the certificate's. Compares exact bytes, because
  // entries are made from a certificate's own bytes. What only the platform can parse is looked up
  // by hash.
  const DistrustOrigin* Find(const StoreCertificate& certificate) const;

  // Distrusts those whose names and keys are here, and adds who says so to their sources.
  void ApplyTo(std::vector<StoreCertificate>* certificates) const;

  bool empty() const { return origins_.empty(); }

  // Returns one text of bytes for each name and key, in a fixed order. Only good for comparing.
  std::vector<std::string> Keys() const;

 private:
  void Put(std::string issuer, std::string serial_or_key, const DistrustOrigin& origin);
  const DistrustOrigin* Find(std::string_view issuer, std::string_view serial_or_key) const;

  const DistrustOrigin* FindHash(const std::vector<uint8_t>& der) const;

  // Keys are an issuer and a serial number, or an empty issuer and a public key or hash.
  std::map<std::pair<std::string, std::string>, DistrustOrigin> origins_;
  HashesOf hashes_of_ = nullptr;  // null: there is no hash
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_
