// Shared by the fuzz targets. Each target is one libFuzzer program: see test/tools/fuzz.mjs.
#ifndef OS_TRUSTSTORE_NATIVE_FUZZ_FUZZ_H_
#define OS_TRUSTSTORE_NATIVE_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace os_truststore {

// A property that holds for every input; breaking it is a finding.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_FUZZ_FUZZ_H_
