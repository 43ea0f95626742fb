// The verifier's part of the Node-API surface.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_

#include <napi.h>

namespace os_truststore {

// Adds `startVerify` where the system has a verifier; that there is none is how JavaScript learns
// that it has none.
void AddVerifier(Napi::Env env, Napi::Object exports);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_
