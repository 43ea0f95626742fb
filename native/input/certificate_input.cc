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
#include "trust/file_trust.h"

namespace os_truststore {

namespace {

// This limit is per file: a file of damaged blocks must not cost many times more memory than it has
// bytes.
constexpr size_t kMaxDamaged = 1000;

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

// Splits a certificate from the trust settings that OpenSSL wrote behind it.
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
  if (!certificate.parsed) return certificate;
  SetOpensslTrust(settings, readable, &certificate);
  if (!readable) {
    MarkUnparsable("the trust settings after the certificate are malformed", &certificate);
  }
  return certificate;
}

// Collects what was found, with a bounded number of entries that could not be used.
class InputCollector {
 public:
  // `where` is put before the reason when the certificate cannot be parsed.
  void AddCertificate(StoreCertificate certificate, const std::string& where) {
    // A marked one whose settings could not be read rejects its good copies, so it is never left
    // out.
    const bool is_damaged = !certificate.parsed && certificate.rejected == kNoUsages;
    if (is_damaged && !CountDamaged()) return;
    if (!certificate.parsed) certificate.unparsable_reason.insert(0, where);
    input_.certificates.push_back(std::move(certificate));
  }

  void AddPkcs7(const uint8_t* bytes, size_t size, const std::string& where) {
    std::vector<ByteRange> ranges;
    std::string reason;
    if (!ReadPkcs7Certificates(bytes, size, &ranges, &reason)) AddError(where + reason);
    for (const ByteRange& range : ranges) {
      AddCertificate(MakeStoreCertificate(range.bytes, range.size), where);
    }
  }

  void AddError(std::string message) {
    if (!CountDamaged()) return;
    input_.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse", std::move(message));
  }

  CertificateInput Take() {
    if (damaged_ > kMaxDamaged) {
      input_.errors.emplace_back(
          StoreErrorCode::kBadCertificate, "parse",
          std::to_string(damaged_ - kMaxDamaged) + " more blocks are damaged");
    }
    return std::move(input_);
  }

 private:
  bool CountDamaged() { return ++damaged_ <= kMaxDamaged; }

  CertificateInput input_;
  size_t damaged_ = 0;
};

// Reads every block of a PEM text into a CertificateInput.
class PemInput {
 public:
  PemInput(std::string_view text, const CertificateSet* known) : reader_(text), known_(known) {}

  CertificateInput Read() {
    while (reader_.Next(&block_)) {
      if (block_.fault.empty()) {
        AddBlock();
      } else {
        collector_.AddError(Where() + block_.fault);
      }
    }
    return collector_.Take();
  }

 private:
  void AddBlock() {
    // Windows' certification authority writes lists under the header of a certificate.
    const bool is_list =
        block_.type == PemType::kPkcs7 || (block_.type == PemType::kCertificate &&
                                           LooksLikePkcs7(block_.der.data(), block_.der.size()));
    if (is_list) {
      collector_.AddPkcs7(block_.der.data(), block_.der.size(), Where());
      return;
    }
    StoreCertificate certificate = block_.type == PemType::kTrustedCertificate
                                       ? MakeFromTrustedBlock(std::move(block_.der))
                                       : MakeFromDer(std::move(block_.der), known_);
    const std::string where = certificate.parsed ? std::string() : Where();
    collector_.AddCertificate(std::move(certificate), where);
  }

  std::string Where() {
    return "block " + std::to_string(block_.number) + ", line " +
           std::to_string(reader_.LineOf(block_)) + ": ";
  }

  PemReader reader_;
  const CertificateSet* const known_;
  PemBlock block_;
  InputCollector collector_;
};

// 0x30 begins every DER structure here, but is also the digit '0' in text. A length that fits the
// file, or a second byte that no text has, tells them apart.
bool LooksBinary(const uint8_t* bytes, size_t size) {
  if (size < 2 || bytes[0] != kDerSequence) return false;
  const uint8_t length = bytes[1];
  return (length >= 0x80 && length <= 0x84) || size_t{length} + 2 == size;
}

}  // namespace

CertificateInput ReadCertificateInput(const uint8_t* bytes, size_t size,
                                      const CertificateSet* known) {
  if (LooksBinary(bytes, size)) {
    InputCollector collector;
    if (LooksLikePkcs7(bytes, size)) {
      collector.AddPkcs7(bytes, size, "");
    } else {
      collector.AddCertificate(MakeStoreCertificate(bytes, size), "");
    }
    return collector.Take();
  }
  std::string buffer;
  return PemInput(TextForPem(bytes, size, &buffer), known).Read();
}

void MoveUnparsableToErrors(CertificateInput* input) {
  std::vector<StoreCertificate> parsed;
  std::vector<StoreError> errors;
  for (StoreCertificate& certificate : input->certificates) {
    if (certificate.parsed) {
      parsed.push_back(std::move(certificate));
    } else {
      errors.emplace_back(StoreErrorCode::kBadCertificate, "parse", certificate.unparsable_reason);
    }
  }
  input->certificates = std::move(parsed);
  // These go in front, because the last error may say how many more there are.
  input->errors.insert(input->errors.begin(), errors.begin(), errors.end());
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
