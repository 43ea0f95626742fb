// A Windows with stores in memory, over real CryptoAPI calls; every handle is counted and every
// call can be made to fail.
#ifndef OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_FAKE_WINDOWS_H_
#define OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_FAKE_WINDOWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "system_store.h"
#include "windows/chain_api.h"
#include "windows/windows_api.h"

namespace os_truststore {

using Der = std::vector<uint8_t>;

class FakeWindows {
 public:
  FakeWindows();
  ~FakeWindows();
  FakeWindows(const FakeWindows&) = delete;
  FakeWindows& operator=(const FakeWindows&) = delete;

  // `location` is a CERT_SYSTEM_STORE_* flag; kLogical is the logical store of the user.
  static constexpr DWORD kLogical = 1;
  void Add(DWORD location, const std::wstring& store, const Der& der);

  // Makes the `nth` call (from 1) of a function fail from now on, once.
  void FailCall(const std::string& function, int nth, DWORD status = ERROR_ACCESS_DENIED);
  // Returns the calls of a function since the last FailCall or ResetCounts.
  int Calls(const std::string& function) const;
  void ResetCounts();

  // Replaces a property of every certificate.
  std::map<DWORD, Der> properties;
  // The value of `Flags` of the policy on root stores; empty for none.
  Der protected_roots_flags;
  DWORD protected_roots_type = REG_DWORD;
  // Microsoft's list of distrusted certificates; empty for none.
  Der disallowed_list;
  DWORD disallowed_list_type = REG_BINARY;
  DWORD major_version = 10;
  // Makes the first entry of every store have no bytes.
  bool empty_first_entry = false;
  // Runs before each CertEnumCertificatesInStore.
  std::function<void()> before_next;

  // Lists what was opened and not released, and what was released twice or never opened.
  std::string Leaks() const;

  // The arguments for the last chain and its policy.
  struct AskedChain {
    DWORD flags = 0;
    DWORD timeout = 0;
    std::string usage;
    bool has_engine = false;  // one of its own
    DWORD policy_flags = 0;
    DWORD checks = 0;
    DWORD auth_type = 0;
    std::wstring host;
  };
  AskedChain asked;

  const WindowsApi& api() const;
  // Builds real chains over the real stores of this Windows, counted and failing like the rest.
  const ChainApi& chains() const;

 private:
  friend struct FakeCalls;

  // Returns true when this call must fail; the last error is then set.
  bool Count(const std::string& function);

  std::map<std::pair<DWORD, std::wstring>, HCERTSTORE> stores_;
  std::map<std::string, int> calls_;
  std::string failing_function_;
  int failing_call_ = 0;
  DWORD failing_status_ = 0;
  std::map<const void*, std::string> open_;
  std::string violations_;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_FAKE_WINDOWS_H_
