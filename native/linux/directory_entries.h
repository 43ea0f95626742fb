// What is in a directory of CAs, in the order of reading.
#ifndef OS_TRUSTSTORE_NATIVE_LINUX_DIRECTORY_ENTRIES_H_
#define OS_TRUSTSTORE_NATIVE_LINUX_DIRECTORY_ENTRIES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store_error.h"

namespace os_truststore {

constexpr size_t kMaxDirectoryEntries = 1000 * 1000;

enum class EntryKind { kFile, kDirectory, kLink, kOther };

struct DirectoryEntry {
  bool has_hash_name;
  std::string name;
  EntryKind kind;
};

// By name, so that the order does not depend on the file system; hash links last, so that a
// certificate goes by the name people gave it. False when the list is not complete; `path` is for
// the error.
bool ListEntries(int directory, const std::string& path, std::vector<DirectoryEntry>* entries,
                 std::vector<StoreError>* errors);

// Whether there is an entry of this name, which is no hash name.
bool HasPlainEntry(const std::vector<DirectoryEntry>& entries, std::string_view name);

// Neither empty nor the directory itself nor the one above.
bool IsPlainName(std::string_view name);

// Eight hexadecimal digits, a dot and a number: what openssl-rehash(1) names its links. Links to
// revocation lists have an "r" before the number; what they lead to is read like any other file,
// and found to hold no certificate.
bool IsHashName(std::string_view name);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_LINUX_DIRECTORY_ENTRIES_H_
