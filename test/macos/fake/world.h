// Describes a Mac for the fake CoreFoundation and Security: certificates, where they lie, and what
// people set for them.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_WORLD_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_WORLD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fake {

// A value of the wrong type where CoreFoundation leaves room for one.
constexpr int64_t kWrongType = INT64_MIN;

// One dictionary of a trust settings array.
struct Entry {
  // "ssl", "basic", "smime"; or "no-properties", "no-oid" and "wrong-type" for the ways in which it
  // can be unreadable.
  std::optional<std::string> policy;
  std::optional<std::string> policy_name;  // as stored: "sslServer", "sslClient", …
  std::optional<int64_t> result;           // kWrongType: a string
  std::optional<int64_t> key_usage;        // kWrongType: a string
  bool application = false;
  bool policy_string = false;
  bool not_a_dictionary = false;
};

struct Settings {
  std::vector<Entry> entries;  // empty: "always trust"
};

enum Domain { kUser = 0, kAdmin = 1, kSystem = 2 };

struct Certificate {
  std::vector<uint8_t> der;
  std::map<Domain, Settings> settings;  // user and admin
  bool system = false;                  // one of Apple's roots
  bool keychain = false;                // found by SecItemCopyMatching
  bool user_keychain_only = false;      // and lies in no other: the admin domain does not list it
  bool plain = false;                   // made of bytes
};

using World = std::vector<Certificate>;

// The platform's answer when it is asked about a chain.
struct Verdict {
  bool as_trustd = false;  // what trustd would say of this Mac, see trustd.h; the rest is ignored
  bool trusted = false;
  int32_t status = -67843;     // errSecNotTrusted; of the error that goes with a refusal
  bool without_error = false;  // refuses and says nothing more
  // kSecTrustRevocationChecked; absent when not set.
  std::optional<bool> revocation_checked;
  std::vector<std::vector<uint8_t>> chain;  // as it was built
};

// The question that the platform was asked.
struct Evaluation {
  std::vector<std::vector<uint8_t>> certificates;
  std::vector<std::vector<uint8_t>> anchors;
  bool anchors_only = false;
  std::optional<bool> network;
  bool has_ssl_policy = false;
  bool server = false;
  std::optional<std::string> host;
  std::optional<unsigned long> revocation_flags;
};

}  // namespace fake

#endif  // OS_TRUSTSTORE_TEST_MACOS_FAKE_WORLD_H_
