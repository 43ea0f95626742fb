#include "trust/distrusted_names.h"

#include <algorithm>

#include "system_store.h"

namespace os_truststore {

namespace {

std::string ToText(const std::vector<uint8_t>& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string_view KeyOf(const StoreCertificate& certificate) {
  const DerSpan key = certificate.fields.public_key;
  return {reinterpret_cast<const char*>(certificate.der.data()) + key.offset, key.size};
}

// Most named certificates lie in the blocklist itself, which is then one of their sources.
bool IsSource(const StoreCertificate& certificate, const DistrustOrigin& origin) {
  return certificate.trust == TrustStatus::kDistrusted &&
         std::any_of(
             certificate.sources.begin(), certificate.sources.end(),
             [&origin](const CertificateSource& one) { return one.location == origin.path; });
}

}  // namespace

CertificateSource DistrustOrigin::ToSource() const {
  const SourceKind kind = in_registry ? SourceKind::kWindowsStore : SourceKind::kDirectory;
  return {kind, path, directory, label, shares_key_with};
}

void DistrustedNames::Add(const std::vector<uint8_t>& issuer,
                          const std::vector<uint8_t>& serial_number, const DistrustOrigin& origin) {
  Put(ToText(issuer), ToText(serial_number), origin);
}

void DistrustedNames::AddKey(const std::vector<uint8_t>& public_key, const DistrustOrigin& origin) {
  DistrustOrigin of_key = origin;
  of_key.shares_key_with = origin.label;
  Put({}, ToText(public_key), of_key);
}

void DistrustedNames::Add(const StoreCertificate& certificate, const DistrustOrigin& origin) {
  if (!certificate.parsed) return;
  const uint8_t* der = certificate.der.data();
  const auto [issuer, serial] = IdentityOf(der, certificate.fields);
  Put(std::string(issuer), std::string(serial), origin);
  const DerSpan subject = certificate.fields.subject;
  DistrustOrigin of_key = origin;
  of_key.shares_key_with = NameToText(der + subject.offset, subject.size);
  Put({}, std::string(KeyOf(certificate)), of_key);
}

void DistrustedNames::AddHash(std::string hash, HashesOf hashes_of, const DistrustOrigin& origin) {
  hashes_of_ = hashes_of;
  Put({}, std::move(hash), origin);
}

void DistrustedNames::Put(std::string issuer, std::string serial_or_key,
                          const DistrustOrigin& origin) {
  origins_.try_emplace({std::move(issuer), std::move(serial_or_key)}, origin);
}

const DistrustOrigin* DistrustedNames::Find(const StoreCertificate& certificate) const {
  if (origins_.empty()) return nullptr;
  const DistrustOrigin* named = nullptr;
  if (certificate.parsed) {
    const auto [issuer, serial] = IdentityOf(certificate.der.data(), certificate.fields);
    named = Find(issuer, serial);
    if (named == nullptr) named = Find({}, KeyOf(certificate));
  }
  return named != nullptr || hashes_of_ == nullptr ? named : FindHash(certificate.der);
}

const DistrustOrigin* DistrustedNames::FindHash(const std::vector<uint8_t>& der) const {
  const std::vector<std::string> hashes = hashes_of_(der);
  // It may be listed, but it has no hash to look for.
  if (hashes.empty()) return &origins_.begin()->second;
  for (const std::string& hash : hashes) {
    if (const DistrustOrigin* origin = Find({}, hash)) return origin;
  }
  return nullptr;
}

const DistrustOrigin* DistrustedNames::Find(std::string_view issuer,
                                            std::string_view serial_or_key) const {
  const auto found = origins_.find({std::string(issuer), std::string(serial_or_key)});
  return found != origins_.end() ? &found->second : nullptr;
}

void DistrustedNames::ApplyTo(std::vector<StoreCertificate>* certificates) const {
  if (empty()) return;
  for (StoreCertificate& certificate : *certificates) {
    const DistrustOrigin* origin = certificate.parsed ? Find(certificate) : nullptr;
    if (origin == nullptr || IsSource(certificate, *origin)) continue;
    certificate.trust = TrustStatus::kDistrusted;
    certificate.sources.push_back(origin->ToSource());
  }
}

std::vector<std::string> DistrustedNames::Keys() const {
  std::vector<std::string> keys;
  keys.reserve(origins_.size());
  // The texts can be joined because an encoded Name and a key each contain their own length.
  for (const auto& [name, origin] : origins_) keys.push_back(name.first + name.second);
  return keys;
}

}  // namespace os_truststore
