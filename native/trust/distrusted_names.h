// Certificates a store distrusts without holding them: "the issuer name and serial number identify
// a unique certificate" (RFC 5280 §4.1.2.2). Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace os_truststore {

struct CertificateSource;
struct StoreCertificate;

// Who says so.
struct DistrustOrigin {
  std::string path;
  std::string directory;
  std::string label;

  CertificateSource ToSource() const;
};

class DistrustedNames {
 public:
  // `issuer` is an encoded Name, `serial_number` the contents of the INTEGER. The first origin of a
  // name is kept.
  void Add(const std::vector<uint8_t>& issuer, const std::vector<uint8_t>& serial_number,
           DistrustOrigin origin);

  // Null when none of the names is the certificate's, or it is unparsable. Compares exact bytes, as
  // the entries are made of those of the certificate.
  const DistrustOrigin* Find(const StoreCertificate& certificate) const;

  bool empty() const { return origins_.empty(); }

  // One text of bytes for each name, to be compared and for nothing else. In a fixed order.
  std::vector<std::string> Keys() const;

 private:
  using IssuerAndSerial = std::pair<std::string, std::string>;

  std::map<IssuerAndSerial, DistrustOrigin> origins_;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_DISTRUSTED_NAMES_H_
