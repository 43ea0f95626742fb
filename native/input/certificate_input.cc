#include "input/certificate_input.h"

#include <string>
#include <string_view>
#include <utility>

#include "asn1/der_reader.h"
#include "asn1/pkcs7.h"
#include "asn1/trust_settings.h"
#include "certificate_set.h"
#include "pem/base64.h"
#include "pem/pem.h"

namespace os_truststore {

namespace {

// A file of nothing but damaged blocks must not cost more memory than it has bytes, many times
// over.
constexpr size_t kMaxErrors = 1000;

StoreCertificate MakeFromDer(std::vector<uint8_t> der, const CertificateSet* known = nullptr) {
  StoreCertificate certificate;
  certificate.der = std::move(der);
  const StoreCertificate* copy = known != nullptr ? known->Find(certificate.der) : nullptr;
  if (copy != nullptr && copy->parsed) {
    certificate.parsed = true;
    certificate.fields = copy->fields;
    return certificate;
  }
  certificate.parsed = ParseCertificate(certificate.der.data(), certificate.der.size(),
                                        &certificate.fields, &certificate.unparsable_reason);
  return certificate;
}

void MarkUnparsable(std::string reason, StoreCertificate* certificate) {
  certificate->parsed = false;
  certificate->fields = CertificateFields();
  certificate->unparsable_reason = std::move(reason);
}

// A certificate and what OpenSSL wrote behind it.
StoreCertificate MakeFromTrustedBlock(std::vector<uint8_t> der) {
  DerElement first;
  if (!DerReader(der.data(), der.size()).Read(kDerSequence, &first)) {
    return MakeFromDer(std::move(der));
  }
  const size_t size = first.TotalSize();
  OpensslTrustSettings settings;
  const bool readable = ReadOpensslTrustSettings(der.data() + size, der.size() - size, &settings);
  der.resize(size);
  StoreCertificate certificate = MakeFromDer(std::move(der));
  certificate.usages = settings.trusted;
  certificate.rejected = settings.rejected;
  if (!readable) {
    certificate.usages = kNoUsages;
    certificate.rejected = kAllUsages;
    MarkUnparsable("the trust settings after the certificate are malformed", &certificate);
  }
  return certificate;
}

// Reads every block of a PEM text into a CertificateInput.
class PemInput {
 public:
  PemInput(std::string_view text, const CertificateSet* known) : reader_(text), known_(known) {}

  CertificateInput Read() {
    while (reader_.Next(&block_)) {
      if (block_.fault.empty()) {
        AddBlock();
      } else {
        AddError(block_.fault);
      }
    }
    if (dropped_errors_ > 0) {
      input_.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse",
                                 std::to_string(dropped_errors_) + " more blocks are damaged");
    }
    return std::move(input_);
  }

 private:
  void AddBlock() {
    switch (block_.type) {
      case PemType::kCertificate:
        AddCertificate(MakeFromDer(std::move(block_.der), known_));
        break;
      case PemType::kTrustedCertificate:
        AddCertificate(MakeFromTrustedBlock(std::move(block_.der)));
        break;
      case PemType::kPkcs7:
        AddPkcs7();
        break;
    }
  }

  void AddCertificate(StoreCertificate certificate) {
    if (!certificate.parsed) {
      certificate.unparsable_reason = Where() + certificate.unparsable_reason;
    }
    input_.certificates.push_back(std::move(certificate));
  }

  void AddPkcs7() {
    std::vector<ByteRange> ranges;
    std::string reason;
    if (!ReadPkcs7Certificates(block_.der.data(), block_.der.size(), &ranges, &reason)) {
      AddError(reason);
    }
    for (const ByteRange& range : ranges)
      AddCertificate(MakeStoreCertificate(range.bytes, range.size));
  }

  void AddError(const std::string& reason) {
    if (input_.errors.size() >= kMaxErrors) {
      dropped_errors_++;
      return;
    }
    input_.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse", Where() + reason);
  }

  std::string Where() {
    return "block " + std::to_string(block_.number) + ", line " +
           std::to_string(reader_.LineOf(block_)) + ": ";
  }

  PemReader reader_;
  const CertificateSet* const known_;
  PemBlock block_;
  CertificateInput input_;
  size_t dropped_errors_ = 0;
};

CertificateInput ReadPkcs7File(const uint8_t* bytes, size_t size) {
  CertificateInput input;
  std::vector<ByteRange> ranges;
  std::string reason;
  if (!ReadPkcs7Certificates(bytes, size, &ranges, &reason)) {
    input.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse", reason);
  }
  input.certificates.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    input.certificates.push_back(MakeStoreCertificate(range.bytes, range.size));
  }
  return input;
}

// 0x30 begins every DER structure here, and is the digit '0' in text. A length that fits the file,
// or one that no text has in its second byte, tells them apart.
bool LooksBinary(const uint8_t* bytes, size_t size) {
  if (size < 2 || bytes[0] != kDerSequence) return false;
  const uint8_t length = bytes[1];
  return (length >= 0x80 && length <= 0x84) || size_t{length} + 2 == size;
}

}  // namespace

CertificateInput ReadCertificateInput(const uint8_t* bytes, size_t size,
                                      const CertificateSet* known) {
  if (LooksBinary(bytes, size)) {
    if (LooksLikePkcs7(bytes, size)) return ReadPkcs7File(bytes, size);
    CertificateInput input;
    input.certificates.push_back(MakeStoreCertificate(bytes, size));
    return input;
  }
  std::string buffer;
  return PemInput(TextForPem(bytes, size, &buffer), known).Read();
}

StoreCertificate MakeStoreCertificate(const uint8_t* der, size_t size) {
  return MakeFromDer(std::vector<uint8_t>(der, der + size));
}

void AppendPem(const uint8_t* der, size_t size, std::string* text) {
  text->append("-----BEGIN CERTIFICATE-----\n");
  EncodeBase64Lines(der, size, text);
  text->append("-----END CERTIFICATE-----\n");
}

std::string ToPem(const uint8_t* der, size_t size) {
  constexpr size_t kFirstAndLastLine = 54;
  std::string pem;
  pem.reserve((size + 2) / 3 * 4 + size / 48 + 1 + kFirstAndLastLine);
  AppendPem(der, size, &pem);
  return pem;
}

}  // namespace os_truststore
