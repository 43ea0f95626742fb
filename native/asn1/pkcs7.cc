#include "asn1/pkcs7.h"

#include "asn1/ber_reader.h"

namespace os_truststore {

namespace {

constexpr uint8_t kSignedData[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2};

// ContentInfo ::= SEQUENCE { contentType OID, content [0] EXPLICIT ANY }
const char* OpenContentInfo(const uint8_t* bytes, size_t size, DerElement* signed_data) {
  BerReader outer(bytes, size);
  DerElement content_info, type, content;
  if (!outer.Read(kDerSequence, &content_info)) return "not PKCS#7, or cut short";
  if (!outer.AtEnd()) return "bytes follow the PKCS#7 structure";
  BerReader parts(content_info);
  if (!parts.Read(kDerOid, &type)) return "not PKCS#7";
  if (!ContentsEqual(type, kSignedData)) return "PKCS#7 of another kind than a certificate list";
  if (!parts.Read(DerContextConstructed(0), &content) || !parts.AtEnd()) {
    return "the PKCS#7 content is malformed";
  }
  BerReader inner(content);
  if (!inner.Read(kDerSequence, signed_data) || !inner.AtEnd()) {
    return "the PKCS#7 content is malformed";
  }
  return nullptr;
}

// SignedData ::= SEQUENCE { version, digestAlgorithms SET, encapContentInfo SEQUENCE, certificates
// [0] OPTIONAL,
//                           crls [1] OPTIONAL, signerInfos SET }
const char* OpenSignedData(const DerElement& signed_data, DerElement* certificates) {
  BerReader parts(signed_data);
  DerElement skipped, signers;
  if (!parts.Read(kDerInteger, &skipped) || !parts.Read(kDerSet, &skipped) ||
      !parts.Read(kDerSequence, &skipped)) {
    return "the PKCS#7 signed data is malformed";
  }
  if (parts.NextIs(DerContextConstructed(0)) && !parts.Read(certificates)) {
    return "the PKCS#7 certificates are malformed";
  }
  if (parts.NextIs(DerContextConstructed(1)) && !parts.Read(&skipped)) {
    return "the PKCS#7 revocation lists are malformed";
  }
  if (!parts.Read(kDerSet, &signers) || !parts.AtEnd()) {
    return "the PKCS#7 signed data is malformed";
  }
  return signers.size > 0 ? "a signed message, not a certificate list" : nullptr;
}

// CertificateChoices: a plain certificate is a SEQUENCE; the other choices are context-specific and
// not X.509. A list is refused if it holds things smaller than a certificate, because listing them
// all would take many times the size of the file.
const char* ListCertificates(const DerElement& certificates, std::vector<ByteRange>* out) {
  constexpr size_t kSmallestCertificate = 64;
  const size_t most = certificates.size / kSmallestCertificate + 1;
  BerReader reader(certificates);
  while (!reader.AtEnd()) {
    DerElement element;
    if (!reader.Read(&element)) return "the PKCS#7 certificates are malformed";
    if (element.tag != kDerSequence) continue;
    if (out->size() == most) return "the PKCS#7 list holds things too small to be certificates";
    out->push_back({element.start, element.TotalSize()});
  }
  return nullptr;
}

}  // namespace

bool LooksLikePkcs7(const uint8_t* bytes, size_t size) {
  if (size < 2 || bytes[0] != kDerSequence) return false;
  const size_t length_bytes = bytes[1] > 0x80 ? bytes[1] & 0x7Fu : 0;
  const size_t header = 2 + length_bytes;
  DerElement type;
  return size > header && DerReader(bytes + header, size - header).Read(kDerOid, &type) &&
         ContentsEqual(type, kSignedData);
}

bool ReadPkcs7Certificates(const uint8_t* bytes, size_t size, std::vector<ByteRange>* out,
                           std::string* reason) {
  DerElement signed_data, certificates;
  const char* fault = OpenContentInfo(bytes, size, &signed_data);
  if (fault == nullptr) fault = OpenSignedData(signed_data, &certificates);
  if (fault == nullptr) fault = ListCertificates(certificates, out);
  if (fault == nullptr) return true;
  out->clear();
  *reason = fault;
  return false;
}

}  // namespace os_truststore
