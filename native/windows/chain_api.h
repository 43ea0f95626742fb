// The calls that build and judge chains. Their table is separate from the one that the store is
// read with (windows_api.h), because CertGetCertificateChain may use the network and the code that
// reads the store must never have it.
#ifndef OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_API_H_
#define OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_API_H_

#include "windows/scoped_cert.h"

namespace os_truststore {

struct ChainApi {
  decltype(&::CertAddEncodedCertificateToStore) CertAddEncodedCertificateToStore;
  decltype(&::CertCreateCertificateChainEngine) CertCreateCertificateChainEngine;
  decltype(&::CertFreeCertificateChainEngine) CertFreeCertificateChainEngine;
  decltype(&::CertGetCertificateChain) CertGetCertificateChain;
  decltype(&::CertFreeCertificateChain) CertFreeCertificateChain;
  decltype(&::CertVerifyCertificateChainPolicy) CertVerifyCertificateChainPolicy;
};

const ChainApi& SystemChainApi();

struct ChainEngineTraits {
  using Api = ChainApi;
  using Handle = HCERTCHAINENGINE;
  static void Close(const ChainApi& api, HCERTCHAINENGINE engine) {
    api.CertFreeCertificateChainEngine(engine);
  }
};

struct ChainTraits {
  using Api = ChainApi;
  using Handle = PCCERT_CHAIN_CONTEXT;
  static void Close(const ChainApi& api, PCCERT_CHAIN_CONTEXT chain) {
    api.CertFreeCertificateChain(chain);
  }
};

using ScopedChainEngine = ScopedWindows<ChainEngineTraits>;
using ScopedChain = ScopedWindows<ChainTraits>;

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_WINDOWS_CHAIN_API_H_
