// The yardstick: does nothing but read this machine's CA file and CA directory. Reads the bundle
// and then the directory, each inode once, decodes the PEM blocks and drops duplicates by DER. It
// parses no certificate, searches no paths, reports no error and notices no change. Prints the time
// in milliseconds and the number of certificates.
//
//   c++ -O2 -std=c++17 bare-loop.cc && ./a.out [CA file] [CA directory] [rounds]
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

using Table = std::array<uint8_t, 256>;

Table MakeTable() {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Table table;
  table.fill(0xFF);
  for (uint8_t i = 0; i < 64; ++i) table[static_cast<uint8_t>(kAlphabet[i])] = i;
  return table;
}

// Decodes groups of four where possible and steps over line ends one by one.
std::string Decode(std::string_view base64, const Table& table) {
  std::string der(base64.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  uint32_t bits = 0;
  int pending = 0;
  for (size_t i = 0; i < base64.size();) {
    const auto value = [&](size_t at) { return table[static_cast<uint8_t>(base64[at])]; };
    uint32_t group = 0xFF;
    if (pending == 0 && i + 4 <= base64.size()) {
      group = value(i) | value(i + 1) | value(i + 2) | value(i + 3);
    }
    if (group < 64) {
      bits = static_cast<uint32_t>(value(i) << 18 | value(i + 1) << 12 | value(i + 2) << 6 |
                                   value(i + 3));
      der[size++] = static_cast<char>(bits >> 16);
      der[size++] = static_cast<char>(bits >> 8);
      der[size++] = static_cast<char>(bits);
      i += 4;
    } else if (value(i++) < 64) {
      bits = bits << 6 | value(i - 1);
      if (++pending == 4) {
        der[size++] = static_cast<char>(bits >> 16);
        der[size++] = static_cast<char>(bits >> 8);
        der[size++] = static_cast<char>(bits);
        pending = 0;
      }
    }
  }
  if (pending == 3) {
    der[size++] = static_cast<char>(bits >> 10);
    der[size++] = static_cast<char>(bits >> 2);
  } else if (pending == 2) {
    der[size++] = static_cast<char>(bits >> 4);
  }
  der.resize(size);
  return der;
}

class BareLoop {
 public:
  BareLoop() : table_(MakeTable()) {}

  size_t Read(const char* file, const char* directory) {
    ReadFile(AT_FDCWD, file);
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* dir = fd >= 0 ? fdopendir(fd) : nullptr;
    if (dir == nullptr) return certificates_.size();
    while (const dirent* entry = readdir(dir)) {
      if (entry->d_type != DT_DIR) ReadFile(fd, entry->d_name);
    }
    closedir(dir);
    return certificates_.size();
  }

 private:
  void ReadFile(int directory, const char* name) {
    struct stat status;
    if (fstatat(directory, name, &status, 0) != 0 || !S_ISREG(status.st_mode)) return;
    if (!inodes_.insert(status.st_ino).second) return;
    const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (buffer_.size() < static_cast<size_t>(status.st_size)) buffer_.resize(status.st_size);
    const ssize_t size = read(fd, &buffer_[0], static_cast<size_t>(status.st_size));
    close(fd);
    if (size > 0) AddBlocks({buffer_.data(), static_cast<size_t>(size)});
  }

  void AddBlocks(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
    for (size_t start = text.find(kBegin); start != std::string_view::npos;) {
      start += kBegin.size();
      const size_t end = text.find(kEnd, start);
      if (end == std::string_view::npos) return;
      certificates_.insert(Decode(text.substr(start, end - start), table_));
      start = text.find(kBegin, end + kEnd.size());
    }
  }

  const Table table_;
  std::string buffer_;
  std::unordered_set<uint64_t> inodes_;
  std::unordered_set<std::string> certificates_;
};

}  // namespace

int main(int argc, char** argv) {
  const char* file = argc > 1 ? argv[1] : "/etc/ssl/certs/ca-certificates.crt";
  const char* directory = argc > 2 ? argv[2] : "/etc/ssl/certs";
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 1;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const size_t count = BareLoop().Read(file, directory);
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - begin;
    std::printf("%.3f %zu\n", elapsed.count(), count);
  }
  return 0;
}
