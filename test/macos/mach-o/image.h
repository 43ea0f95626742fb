// Maps a Mach-O bundle into a Linux process and binds it. For tests only: it loads what ld64.lld
// writes for macOS 11 (rebase and bind opcodes, no chained fixups), with all segments writable and
// executable, and it never unloads.
#ifndef OS_TRUSTSTORE_TEST_MACOS_MACH_O_IMAGE_H_
#define OS_TRUSTSTORE_TEST_MACOS_MACH_O_IMAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mach_o {

// Returns the address of `symbol` (with its leading underscore) in `library`, the install name of a
// dylib, or "host" for symbols that the program provides. Null is an error.
using Resolver = std::function<void*(const std::string& library, const std::string& symbol)>;

class Image {
 public:
  // Throws std::runtime_error with the reason. `path` may be a universal file; the slice for this
  // processor is used.
  Image(const std::string& path, const Resolver& resolve);

  // Returns the address of an exported symbol, or null.
  void* Find(const std::string& symbol) const;

 private:
  struct Segment {
    uint64_t address;
    uint64_t size;
    uint64_t file_offset;
    uint64_t file_size;
  };
  struct Range {
    uint32_t offset = 0;
    uint32_t size = 0;
  };

  void ReadCommands();
  void ReadSegment(size_t command);
  void MapSegments();
  void Rebase();
  void Bind(const Range& opcodes, bool lazy, const Resolver& resolve);
  void ReadSymbols();
  void RunInitializers();

  uint32_t Read32(size_t offset) const;
  uint64_t Read64(size_t offset) const;
  std::string ReadText(size_t offset) const;
  uint64_t* Slot(size_t segment, uint64_t offset) const;

  std::vector<uint8_t> file_;  // one slice
  uint8_t* base_ = nullptr;
  std::vector<Segment> segments_;
  std::vector<std::string> dylibs_;
  std::vector<Range> initializers_;  // sections of pointers, by address
  Range rebase_, bind_, lazy_bind_;
  uint32_t symbols_ = 0, symbol_count_ = 0, strings_ = 0;
  std::map<std::string, uint64_t> exports_;
};

}  // namespace mach_o

#endif  // OS_TRUSTSTORE_TEST_MACOS_MACH_O_IMAGE_H_
