// Reads the trust settings of one certificate in one domain and asks the rule in trust/ what they
// mean.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_TRUST_SETTINGS_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_TRUST_SETTINGS_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <string>
#include <vector>

#include "store_error.h"
#include "trust/mac_trust_settings.h"

namespace os_truststore {

// Makes one call to trustd. A failure gives kUnreadable and an entry in `errors`.
MacAnswers ReadTrustSettings(SecCertificateRef certificate, SecTrustSettingsDomain domain,
                             const std::string& domain_name, const Shape& shape,
                             std::vector<StoreError>* errors);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_TRUST_SETTINGS_H_
