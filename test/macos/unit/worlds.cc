#include "worlds.h"

#include "macos/trust_domains.h"
#include "testing.h"

namespace testing {

using fake::Certificate;
using fake::Domain;
using fake::Entry;
using fake::World;

static const BeforeEach empty_mac([] { ResetMac({}); });

void ResetMac(World world) {
  os_truststore::ForgetSystemDomain();
  fake::Reset(std::move(world));
}

Certificate MakeRoot(const std::string& name) {
  Certificate certificate;
  certificate.der = MakeDer({name, "", true, false});
  return certificate;
}

Certificate MakeIntermediate(const std::string& name, const std::string& issuer) {
  Certificate certificate;
  certificate.der = MakeDer({name, issuer, true, false});
  return certificate;
}

Certificate MakeSystemRoot(const std::string& name) {
  Certificate certificate = MakeRoot(name);
  certificate.system = true;
  return certificate;
}

Certificate With(Certificate certificate, Domain domain, std::vector<Entry> entries) {
  certificate.settings[domain].entries = std::move(entries);
  return certificate;
}

Entry Says(int64_t result) {
  Entry entry;
  entry.result = result;
  return entry;
}

Entry Says(int64_t result, const std::string& policy) {
  Entry entry = Says(result);
  entry.policy = policy;
  return entry;
}

Entry Says(int64_t result, const std::string& policy, const std::string& name) {
  Entry entry = Says(result, policy);
  entry.policy_name = name;
  return entry;
}

World ManagedMac() {
  World world;
  for (int i = 0; i < 4; ++i) world.push_back(MakeSystemRoot("System Root " + std::to_string(i)));
  world.push_back(With(MakeSystemRoot("Denied by user"), fake::kUser, {Says(kDeny, "ssl")}));
  world.push_back(With(MakeSystemRoot("Denied by admin"), fake::kAdmin, {Says(kDeny)}));
  world.push_back(With(MakeRoot("Company Root"), fake::kAdmin, {}));
  world.back().keychain = true;
  world.push_back(With(MakeIntermediate("Company CA", "Company Root"), fake::kAdmin,
                       {Says(kTrustAsRoot, "ssl", "sslServer"), Says(kTrustAsRoot, "basic")}));
  Entry for_host = Says(kTrustRoot, "ssl");
  for_host.policy_string = true;
  Entry for_usage = Says(kTrustRoot);
  for_usage.key_usage = 0x10;
  world.push_back(With(MakeRoot("One host"), fake::kUser, {for_host, for_usage}));
  world.push_back(With(MakeRoot("Mail only"), fake::kUser, {Says(kTrustRoot, "smime")}));
  world.push_back(With(MakeRoot("Broken settings"), fake::kUser, {Says(fake::kWrongType)}));
  Certificate issuing = MakeIntermediate("Keychain CA", "Company Root");
  issuing.keychain = true;
  world.push_back(issuing);
  Certificate leaf;
  leaf.der = MakeDer({"somebody", "Company Root", false, false});
  leaf.keychain = true;
  world.push_back(leaf);
  return world;
}

World CrowdedMac(int system_roots, int keychain_items) {
  World world = ManagedMac();
  for (int i = 0; i < system_roots; ++i) {
    world.push_back(MakeSystemRoot("Apple ships " + std::to_string(i)));
  }
  for (int i = 0; i < keychain_items; ++i) {
    Certificate mail;
    mail.der = MakeDer({"mail " + std::to_string(i), "Mail CA", false, false});
    mail.keychain = true;
    world.push_back(mail);
  }
  return world;
}

const os_truststore::StoreCertificate* Find(const os_truststore::ReadResult& result,
                                            const Certificate& certificate) {
  for (const os_truststore::StoreCertificate& found : result.certificates) {
    if (found.der == certificate.der) return &found;
  }
  return nullptr;
}

void CheckClean(const std::string& when) {
  const fake::Report report = fake::GetReport();
  for (const std::string& leak : report.leaks) CHECK_NAMED(false, when + ": leaks " + leak);
  for (const std::string& fault : report.faults) CHECK_NAMED(false, when + ": " + fault);
  for (const std::string& call : report.forbidden) CHECK_NAMED(false, when + ": calls " + call);
  CHECK_NAMED(report.overlaps == 0, when + ": calls into Security overlap");
}

}  // namespace testing
