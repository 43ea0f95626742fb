#include "trust/distrusted_names.h"

#include "system_store.h"

namespace os_truststore {

namespace {

std::string ToText(const std::vector<uint8_t>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

CertificateSource DistrustOrigin::ToSource() const {
  return {SourceKind::kDirectory, path, directory, label};
}

void DistrustedNames::Add(const std::vector<uint8_t>& issuer,
                          const std::vector<uint8_t>& serial_number, DistrustOrigin origin) {
  origins_.try_emplace({ToText(issuer), ToText(serial_number)}, std::move(origin));
}

const DistrustOrigin* DistrustedNames::Find(const StoreCertificate& certificate) const {
  if (origins_.empty() || !certificate.parsed) return nullptr;
  const auto [issuer, serial] = IdentityOf(certificate.der.data(), certificate.fields);
  const auto found = origins_.find({std::string(issuer), std::string(serial)});
  return found != origins_.end() ? &found->second : nullptr;
}

std::vector<std::string> DistrustedNames::Keys() const {
  std::vector<std::string> keys;
  keys.reserve(origins_.size());
  // The issuer is an encoded Name, which says itself where it ends.
  for (const auto& [name, origin] : origins_) keys.push_back(name.first + name.second);
  return keys;
}

}  // namespace os_truststore
