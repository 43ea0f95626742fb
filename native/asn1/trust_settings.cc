#include "asn1/trust_settings.h"

#include "asn1/der_reader.h"
#include "asn1/extensions.h"

namespace os_truststore {

namespace {

bool SkipOptional(uint8_t tag, DerReader* reader) {
  DerElement skipped;
  return !reader->NextIs(tag) || reader->Read(&skipped);
}

}  // namespace

// X509_CERT_AUX ::= SEQUENCE { trust SEQUENCE OF OBJECT OPTIONAL, reject [0] SEQUENCE OF OBJECT
// OPTIONAL,
//                              alias UTF8String OPTIONAL, keyid OCTET STRING OPTIONAL,
//                              other [1] SEQUENCE OF AlgorithmIdentifier OPTIONAL }
// openssl-x509(1): "trust" and "reject" lists name key purposes; a purpose missing from a trust
// list is refused.
bool ReadOpensslTrustSettings(const uint8_t* bytes, size_t size, OpensslTrustSettings* out) {
  *out = OpensslTrustSettings();
  if (size == 0) return true;
  DerElement settings, list;
  Usages named = kNoUsages;
  if (!ReadSingleElement(kDerSequence, bytes, size, &settings)) return false;
  DerReader reader(settings);
  out->has_trust_list = reader.NextIs(kDerSequence);
  if (out->has_trust_list) {
    if (!reader.Read(&list) || !ReadKeyPurposes(list, &named)) return false;
    out->trusted = named;
  }
  if (reader.NextIs(DerContextConstructed(0)) &&
      (!reader.Read(&list) || !ReadKeyPurposes(list, &out->rejected))) {
    return false;
  }
  out->trusts_no_purpose = (named & ~out->rejected) == kNoUsages;
  return SkipOptional(kDerUtf8String, &reader) && SkipOptional(kDerOctetString, &reader) &&
         SkipOptional(DerContextConstructed(1), &reader) && reader.AtEnd();
}

}  // namespace os_truststore
