#include "trust/sought_chain.h"

#include <algorithm>
#include <string>

namespace os_truststore {
namespace {

bool ReadIdentity(const uint8_t* der, size_t size, CertificateIdentity* identity) {
  CertificateFields fields;
  std::string reason;
  if (!ParseCertificate(der, size, &fields, &reason)) return false;
  *identity = IdentityOf(der, fields);
  return true;
}

}  // namespace

SoughtChain::SoughtChain(const std::vector<Der>& certificates) : certificates_(certificates) {
  CertificateIdentity identity;
  for (const Der& der : certificates) {
    if (ReadIdentity(der.data(), der.size(), &identity)) identities_.insert(identity);
  }
}

bool SoughtChain::Holds(const uint8_t* der, size_t size) const {
  CertificateIdentity identity;
  if (ReadIdentity(der, size, &identity)) return identities_.count(identity) > 0;
  return std::any_of(certificates_.begin(), certificates_.end(), [&](const Der& one) {
    return one.size() == size && std::equal(one.begin(), one.end(), der);
  });
}

}  // namespace os_truststore
