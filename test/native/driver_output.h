// Prints the driver's results, one JSON object a line.
#ifndef OS_TRUSTSTORE_TEST_NATIVE_DRIVER_OUTPUT_H_
#define OS_TRUSTSTORE_TEST_NATIVE_DRIVER_OUTPUT_H_

#include <cstdint>

#include "system_store.h"
#include "trust/judge.h"

namespace os_truststore {

void PrintCertificate(uint32_t index, const StoreCertificate& certificate,
                      const Judgement& judgement);
void PrintError(const StoreError& error);
void PrintSummary(const Judged& judged);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_TEST_NATIVE_DRIVER_OUTPUT_H_
