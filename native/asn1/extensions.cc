#include "asn1/extensions.h"

namespace os_truststore {

namespace {

// id-ce, 2.5.29: the arc of every extension read here.
constexpr uint8_t kSubjectKeyId[] = {0x55, 0x1D, 14};
constexpr uint8_t kKeyUsage[] = {0x55, 0x1D, 15};
constexpr uint8_t kBasicConstraints[] = {0x55, 0x1D, 19};
constexpr uint8_t kAuthorityKeyId[] = {0x55, 0x1D, 35};
constexpr uint8_t kExtendedKeyUsage[] = {0x55, 0x1D, 37};
constexpr uint8_t kNetscapeCertType[] = {0x60, 0x86, 0x48, 0x01, 0x86, 0xF8, 0x42, 0x01, 0x01};

constexpr uint8_t kAnyPurpose[] = {0x55, 0x1D, 37, 0};  // anyExtendedKeyUsage
constexpr uint8_t kServerAuthOid[] = {0x2B, 6, 1, 5, 5, 7, 3, 1};
constexpr uint8_t kClientAuthOid[] = {0x2B, 6, 1, 5, 5, 7, 3, 2};

constexpr uint8_t kKeyCertSignBit = 0x04;    // bit 5 of the first byte (RFC 5280 §4.2.1.3)
constexpr uint8_t kNetscapeSslCaBit = 0x04;  // NS_SSL_CA of OpenSSL's x509v3.h

// One Extension, split into its parts.
struct Extension {
  DerElement id;
  bool critical = false;
  DerElement value;  // the OCTET STRING
};

// BER and OpenSSL take any byte but zero for TRUE; strict DER readers insist on 0xFF.
bool ReadBoolean(const DerElement& element, bool* out) {
  if (element.size != 1) return false;
  *out = element.contents[0] != 0;
  return true;
}

bool ReadExtension(const DerElement& element, Extension* out) {
  DerReader reader(element);
  DerElement critical;
  if (!reader.Read(kDerOid, &out->id) || !IsValidOid(out->id.contents, out->id.size)) return false;
  if (reader.NextIs(kDerBoolean) &&
      (!reader.Read(&critical) || !ReadBoolean(critical, &out->critical))) {
    return false;
  }
  return reader.Read(kDerOctetString, &out->value) && reader.AtEnd();
}

bool ReadBasicConstraints(const Extension& extension, CertificateFields* out) {
  DerElement sequence, part;
  if (!ReadSingleElement(kDerSequence, extension.value.contents, extension.value.size, &sequence)) {
    return false;
  }
  out->has_basic_constraints = true;
  out->basic_constraints_critical = extension.critical;
  DerReader reader(sequence);
  // An explicit FALSE is not DER, but many CAs write one.
  if (reader.NextIs(kDerBoolean) && (!reader.Read(&part) || !ReadBoolean(part, &out->is_ca_flag))) {
    return false;
  }
  if (reader.NextIs(kDerInteger)) {
    // Skip pathLenConstraint INTEGER (0..MAX): its value limits chains, and no chain is built here.
    if (!reader.Read(&part) || !IsValidInteger(part.contents, part.size)) return false;
    if ((part.contents[0] & 0x80) != 0) return false;
  }
  return reader.AtEnd();
}

// Reads the first byte of a BIT STRING. Unused bits of the last byte count as zero.
bool ReadFlags(const Extension& extension, unsigned* flags) {
  DerElement bits;
  if (!ReadSingleElement(kDerBitString, extension.value.contents, extension.value.size, &bits) ||
      !IsBitString(bits.contents, bits.size)) {
    return false;
  }
  const unsigned unused = bits.size == 2 ? bits.contents[0] : 0;
  *flags = bits.size < 2 ? 0 : bits.contents[1] >> unused << unused;
  return true;
}

bool ReadKeyUsage(const Extension& extension, CertificateFields* out) {
  unsigned flags = 0;
  if (!ReadFlags(extension, &flags)) return false;
  out->has_key_usage = true;
  out->key_cert_sign = (flags & kKeyCertSignBit) != 0;
  return true;
}

// Current CAs no longer write this extension, so one that cannot be read is ignored.
void ReadNetscapeCertType(const Extension& extension, CertificateFields* out) {
  unsigned flags = 0;
  out->netscape_ssl_ca = ReadFlags(extension, &flags) && (flags & kNetscapeSslCaBit) != 0;
}

bool ReadSubjectKeyId(const uint8_t* der, const Extension& extension, CertificateFields* out) {
  DerElement id;
  if (!ReadSingleElement(kDerOctetString, extension.value.contents, extension.value.size, &id)) {
    return false;
  }
  out->subject_key_id = SpanOfContents(der, id);
  return true;
}

bool ReadAuthorityKeyId(const uint8_t* der, const Extension& extension, CertificateFields* out) {
  DerElement sequence, part;
  if (!ReadSingleElement(kDerSequence, extension.value.contents, extension.value.size, &sequence)) {
    return false;
  }
  DerReader reader(sequence);
  if (reader.NextIs(DerContext(0))) {
    if (!reader.Read(&part)) return false;
    out->authority_key_id = SpanOfContents(der, part);
  }
  if (reader.NextIs(DerContextConstructed(1)) && !reader.Read(&part)) return false;
  if (reader.NextIs(DerContext(2))) {
    if (!reader.Read(&part) || !IsValidInteger(part.contents, part.size)) return false;
    out->authority_serial = SpanOfContents(der, part);
  }
  return reader.AtEnd();
}

// Fails closed: an EKU that cannot be read allows nothing.
void ReadExtendedKeyUsage(const Extension& extension, CertificateFields* out) {
  DerElement sequence;
  out->eku = kNoUsages;
  if (ReadSingleElement(kDerSequence, extension.value.contents, extension.value.size, &sequence) &&
      !ReadKeyPurposes(sequence, &out->eku)) {
    out->eku = kNoUsages;
  }
}

// Remembers which of the extensions above were seen: "A certificate MUST NOT include more than one
// instance of a particular extension" (RFC 5280 §4.2), and choosing between two would be guessing.
class SeenExtensions {
 public:
  bool Add(uint8_t id) {
    const uint64_t bit = uint64_t{1} << (id & 63);
    const bool is_new = (seen_ & bit) == 0;
    seen_ |= bit;
    return is_new;
  }

 private:
  uint64_t seen_ = 0;
};

const char* ReadKnownExtension(const uint8_t* der, const Extension& extension, SeenExtensions* seen,
                               CertificateFields* out) {
  const auto is = [&extension](const uint8_t(&oid)[3]) { return ContentsEqual(extension.id, oid); };
  const bool is_known = is(kSubjectKeyId) || is(kKeyUsage) || is(kBasicConstraints) ||
                        is(kAuthorityKeyId) || is(kExtendedKeyUsage);
  if (ContentsEqual(extension.id, kNetscapeCertType)) ReadNetscapeCertType(extension, out);
  if (!is_known) return nullptr;
  if (!seen->Add(extension.id.contents[2])) return "an extension is there twice";
  if (is(kBasicConstraints)) {
    return ReadBasicConstraints(extension, out) ? nullptr : "basic constraints are malformed";
  }
  if (is(kKeyUsage)) return ReadKeyUsage(extension, out) ? nullptr : "key usage is malformed";
  if (is(kSubjectKeyId)) {
    return ReadSubjectKeyId(der, extension, out) ? nullptr : "subject key identifier is malformed";
  }
  if (is(kAuthorityKeyId)) {
    return ReadAuthorityKeyId(der, extension, out) ? nullptr
                                                   : "authority key identifier is malformed";
  }
  ReadExtendedKeyUsage(extension, out);
  return nullptr;
}

}  // namespace

bool ReadKeyPurposes(const DerElement& purposes, Usages* out) {
  DerReader reader(purposes);
  Usages usages = kNoUsages;
  while (!reader.AtEnd()) {
    DerElement oid;
    if (!reader.Read(kDerOid, &oid) || !IsValidOid(oid.contents, oid.size)) return false;
    if (ContentsEqual(oid, kServerAuthOid)) {
      usages |= kServerAuth;
    } else if (ContentsEqual(oid, kClientAuthOid)) {
      usages |= kClientAuth;
    } else {
      usages |= ContentsEqual(oid, kAnyPurpose) ? kAllUsages : kOtherUsages;
    }
  }
  *out = usages;
  return true;
}

const char* ReadExtensions(const uint8_t* der, const DerElement& extensions,
                           CertificateFields* out) {
  DerReader reader(extensions);
  SeenExtensions seen;
  while (!reader.AtEnd()) {
    DerElement element;
    Extension extension;
    if (!reader.Read(kDerSequence, &element) || !ReadExtension(element, &extension)) {
      return "an extension is malformed";
    }
    if (const char* fault = ReadKnownExtension(der, extension, &seen, out)) return fault;
  }
  return nullptr;
}

}  // namespace os_truststore
