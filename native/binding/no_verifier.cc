// Stands in for the verifier on systems whose only verifier is OpenSSL.
#include "binding/verify_chain.h"

namespace os_truststore {

void AddVerifier(Napi::Env, Napi::Object) {}

}  // namespace os_truststore
