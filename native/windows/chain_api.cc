#include "windows/chain_api.h"

namespace os_truststore {

const ChainApi& SystemChainApi() {
  static const ChainApi api = {
      ::CertAddEncodedCertificateToStore, ::CertCreateCertificateChainEngine,
      ::CertFreeCertificateChainEngine,   ::CertGetCertificateChain,
      ::CertFreeCertificateChain,         ::CertVerifyCertificateChainPolicy,
  };
  return api;
}

}  // namespace os_truststore
