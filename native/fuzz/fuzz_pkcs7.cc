// Fuzzes PKCS#7 certificate lists, including BER wrapping, and OpenSSL's trust settings.
#include <string>
#include <vector>

#include "asn1/pkcs7.h"
#include "asn1/trust_settings.h"
#include "fuzz/fuzz.h"

using namespace os_truststore;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::vector<ByteRange> ranges;
  std::string reason;
  if (ReadPkcs7Certificates(bytes, size, &ranges, &reason)) {
    Require(LooksLikePkcs7(bytes, size));
    const uint8_t* end = bytes;
    for (const ByteRange& range : ranges) {
      Require(range.size > 0 && range.bytes >= end && range.bytes < bytes + size);
      end = range.bytes + range.size;
      Require(end <= bytes + size);
    }
  } else {
    Require(ranges.empty() && !reason.empty());
    LooksLikePkcs7(bytes, size);
  }
  OpensslTrustSettings settings;
  ReadOpensslTrustSettings(bytes, size, &settings);
  return 0;
}
