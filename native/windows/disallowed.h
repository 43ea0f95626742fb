// Tells whether the machine distrusts a certificate of a chain.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_H_

#include <optional>
#include <vector>

#include "store_error.h"
#include "trust/chain_shape.h"
#include "windows/windows_api.h"

namespace os_truststore {

enum class DisallowedAnswer { kNone, kListed, kUnreadable };

// Looks for each certificate, in any encoding, in the Disallowed stores of all locations and in
// Microsoft's list. Windows' engine does so too, but for an engine with its own roots this is not
// documented. `error` is set for kUnreadable.
DisallowedAnswer FindDisallowed(const WindowsApi& api, const std::vector<Der>& chain,
                                std::optional<StoreError>* error);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_DISALLOWED_H_
