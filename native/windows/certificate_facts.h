// Reads what Windows says about one certificate context: its purposes and its friendly name.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_CERTIFICATE_FACTS_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_CERTIFICATE_FACTS_H_

#include <string>

#include "trust/windows_usage.h"
#include "windows/windows_api.h"

namespace os_truststore {

// The EKU property and the EKU extension are asked for separately, because only both answers show
// which of them is absent. `root` also asks how Microsoft's root programme withdraws it.
WindowsUsageFacts ReadUsageFacts(const WindowsApi& api, PCCERT_CONTEXT certificate, bool root);

// UTF-8; empty when the certificate has none.
std::string ReadFriendlyName(const WindowsApi& api, PCCERT_CONTEXT certificate);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_CERTIFICATE_FACTS_H_
