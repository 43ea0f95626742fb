#include "macos/certificate_data.h"

#include <utility>

#include "input/certificate_input.h"
#include "macos/os_status.h"
#include "macos/scoped_cf.h"

namespace os_truststore {

std::optional<StoreCertificate> CopyStoreCertificate(SecCertificateRef certificate) {
  const ScopedCf<CFDataRef> data(SecCertificateCopyData(certificate));
  if (!data || CFGetTypeID(data.get()) != CFDataGetTypeID()) return std::nullopt;
  const UInt8* bytes = CFDataGetBytePtr(data.get());
  const CFIndex size = CFDataGetLength(data.get());
  if (bytes == nullptr || size <= 0) return std::nullopt;
  return MakeStoreCertificate(bytes, static_cast<size_t>(size));
}

bool ForEachCertificate(CFArrayRef list, const char* operation, const CertificateSource& source,
                        const ReadRequest& request, ReadResult* result,
                        const CertificateVisitor& visit) {
  const CFIndex count = CFArrayGetCount(list);
  for (CFIndex i = 0; i < count; ++i) {
    if (request.IsCancelled()) return false;
    const auto item =
        CheckedCast<SecCertificateRef>(CFArrayGetValueAtIndex(list, i), SecCertificateGetTypeID());
    if (item == nullptr) {
      result->errors.push_back(
          BadResultError(operation, "listed something that is no certificate", source.location));
      continue;
    }
    std::optional<StoreCertificate> certificate = CopyStoreCertificate(item);
    if (!certificate) {
      result->errors.push_back(BadResultError("SecCertificateCopyData",
                                              "gave no bytes for a certificate", source.location));
      continue;
    }
    certificate->sources.push_back(source);
    visit(item, std::move(*certificate));
  }
  return true;
}

}  // namespace os_truststore
