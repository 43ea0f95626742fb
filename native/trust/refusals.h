// The reasons for refusing a chain, with the codes of Node's own verification (X509 error codes in
// Node's "tls" documentation), so that programs handle a platform's verdict as they handle
// OpenSSL's. Pure.
#ifndef OS_TRUSTSTORE_NATIVE_TRUST_REFUSALS_H_
#define OS_TRUSTSTORE_NATIVE_TRUST_REFUSALS_H_

#include "trust/chain_shape.h"

namespace os_truststore {

struct Refusal {
  const char* code;
  const char* reason;  // one sentence without the code
};

namespace refusals {

inline constexpr Refusal kExpired{"CERT_HAS_EXPIRED", "a certificate of the chain has expired"};
inline constexpr Refusal kNotYetValid{"CERT_NOT_YET_VALID",
                                      "a certificate of the chain is not valid yet"};
inline constexpr Refusal kWrongName{"ERR_TLS_CERT_ALTNAME_INVALID",
                                    "the certificate is for another host"};
inline constexpr Refusal kSelfSignedLeaf{"DEPTH_ZERO_SELF_SIGNED_CERT",
                                         "the certificate signed itself and is not trusted"};
inline constexpr Refusal kUntrustedRoot{"SELF_SIGNED_CERT_IN_CHAIN",
                                        "the chain ends at a root that is not trusted"};
inline constexpr Refusal kMissingIssuer{"UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
                                        "an issuer of the chain is missing"};
inline constexpr Refusal kMissingFirstIssuer{
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "the issuer of the certificate is missing: the server may have forgotten an intermediate"};
inline constexpr Refusal kBadSignature{"CERT_SIGNATURE_FAILURE",
                                       "a signature of the chain does not verify"};
inline constexpr Refusal kInvalidCa{"INVALID_CA", "an issuer of the chain may not issue"};
inline constexpr Refusal kPathTooLong{"PATH_LENGTH_EXCEEDED",
                                      "the chain is longer than one of its issuers allows"};
inline constexpr Refusal kWrongPurpose{"INVALID_PURPOSE",
                                       "a certificate of the chain is not for this purpose"};
inline constexpr Refusal kRevoked{"CERT_REVOKED",
                                  "a certificate of the chain was taken back by its issuer"};
inline constexpr Refusal kNoRevocationAnswer{
    "UNABLE_TO_GET_CRL", "nothing could be learnt about whether the chain was revoked"};
inline constexpr Refusal kDistrusted{"CERT_REJECTED",
                                     "the machine distrusts a certificate of the chain"};
inline constexpr Refusal kRejected{"CERT_REJECTED", "the platform refuses the chain"};
inline constexpr Refusal kBadCertificate{"ERR_TRUSTSTORE_BAD_CERTIFICATE",
                                         "the platform cannot read a certificate of the chain"};
inline constexpr Refusal kBadUserCa{"ERR_TRUSTSTORE_USER_CA",
                                    "the platform cannot read one of the user CAs"};
inline constexpr Refusal kDeadline{"ERR_TRUSTSTORE_DEADLINE",
                                   "the platform did not get to it in time"};
// The platform failed and gave no verdict, so the chain is refused.
inline constexpr Refusal kNoVerdict{"ERR_TRUSTSTORE_VERIFY_FAILED",
                                    "the platform came to no verdict"};

// Chooses the reason for a chain that ends at nothing trusted.
inline const Refusal& UntrustedEnd(const ChainShape& shape) {
  if (shape.ends_self_signed) return shape.size == 1 ? kSelfSignedLeaf : kUntrustedRoot;
  return shape.size == 1 ? kMissingFirstIssuer : kMissingIssuer;
}

inline const Refusal& OutsideValidity(const ChainShape& shape) {
  return shape.not_yet_valid ? kNotYetValid : kExpired;
}

}  // namespace refusals

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_TRUST_REFUSALS_H_
