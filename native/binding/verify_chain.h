// Adds the platform's verifier to the Node-API surface.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_

#include <napi.h>

namespace os_truststore {

// Adds `startVerify` where the system has a verifier. JavaScript takes its absence to mean that
// there is none.
void AddVerifier(Napi::Env env, Napi::Object exports);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_VERIFY_CHAIN_H_
