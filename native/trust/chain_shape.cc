#include "trust/chain_shape.h"

#include <string>

#include "asn1/certificate.h"

namespace os_truststore {

ChainShape ShapeOf(const std::vector<Der>& chain, int64_t now) {
  ChainShape shape;
  shape.size = chain.size();
  bool valid_so_far = true;
  for (const Der& der : chain) {
    CertificateFields fields;
    std::string reason;
    shape.ends_self_signed = false;
    if (!ParseCertificate(der.data(), der.size(), &fields, &reason)) continue;
    shape.ends_self_signed = LooksSelfSigned(der.data(), fields);
    if (valid_so_far && fields.not_before > now) shape.not_yet_valid = true;
    valid_so_far = valid_so_far && fields.not_before <= now && now <= fields.not_after;
  }
  return shape;
}

}  // namespace os_truststore
