// Describes Macs that several tests use.
#ifndef OS_TRUSTSTORE_TEST_MACOS_UNIT_WORLDS_H_
#define OS_TRUSTSTORE_TEST_MACOS_UNIT_WORLDS_H_

#include <string>
#include <vector>

#include "certificate_maker.h"
#include "control.h"
#include "system_store.h"

namespace testing {

// SecTrustSettingsResult.
constexpr int64_t kTrustRoot = 1;
constexpr int64_t kTrustAsRoot = 2;
constexpr int64_t kDeny = 3;
constexpr int64_t kSaysNothing = 4;

fake::Certificate MakeRoot(const std::string& name);
fake::Certificate MakeIntermediate(const std::string& name, const std::string& issuer);
fake::Certificate MakeSystemRoot(const std::string& name);
fake::Certificate With(fake::Certificate certificate, fake::Domain domain,
                       std::vector<fake::Entry> entries);
fake::Entry Says(int64_t result);
fake::Entry Says(int64_t result, const std::string& policy);
fake::Entry Says(int64_t result, const std::string& policy, const std::string& name);

// Starts another Mac, of which nothing is remembered.
void ResetMac(fake::World world);

// A managed Mac in small: a few of Apple's roots, one of them denied by the user and one by the
// administrator, a company root trusted by the administrator, settings of every readable and
// unreadable kind, keychain items.
fake::World ManagedMac();

// A Mac as issue reports describe them: 160 roots of Apple's and a keychain full of old
// certificates.
fake::World CrowdedMac(int system_roots, int keychain_items);

// Returns the record of a certificate by the name it was made with, or null.
const os_truststore::StoreCertificate* Find(const os_truststore::ReadResult& result,
                                            const fake::Certificate& certificate);

// Checks that the fake saw no leak, no misuse, no overlap and no forbidden call.
void CheckClean(const std::string& when);

}  // namespace testing

#endif  // OS_TRUSTSTORE_TEST_MACOS_UNIT_WORLDS_H_
