// Reads Microsoft's list of certificates that no Windows trusts: signed hashes in the registry.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_LIST_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_LIST_H_

#include <optional>

#include "store_error.h"
#include "trust/distrusted_names.h"
#include "windows/windows_api.h"

namespace os_truststore {

// Empty where the machine has no list, and where the list could not be read; then `error` says so.
DistrustedNames ReadDisallowedList(const WindowsApi& api, std::optional<StoreError>* error);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_LIST_H_
