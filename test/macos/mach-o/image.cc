#include "image.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mach_o {
namespace {

constexpr uint32_t kMagic64 = 0xfeedfacf;
constexpr uint32_t kUniversalMagic = 0xbebafeca;  // as read on a little-endian machine
#if defined(__x86_64__)
constexpr uint32_t kProcessor = 0x01000007;
#elif defined(__aarch64__)
constexpr uint32_t kProcessor = 0x0100000c;
#endif

enum Command : uint32_t {
  kSymbolTable = 0x2,
  kLoadDylib = 0xc,
  kSegment64 = 0x19,
  kDyldInfo = 0x80000022,
  kLoadWeakDylib = 0x80000018,
  kChainedFixups = 0x80000034,
};

constexpr uint32_t kInitializerPointers = 0x9;  // S_MOD_INIT_FUNC_POINTERS
constexpr uint32_t kInitializerOffsets = 0x16;  // S_INIT_FUNC_OFFSETS

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

std::vector<uint8_t> ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<uint8_t> SliceForThisProcessor(std::vector<uint8_t> file) {
  uint32_t magic = 0;
  if (file.size() < 32) throw std::runtime_error("too short for a Mach-O file");
  std::memcpy(&magic, file.data(), sizeof(magic));
  if (magic != kUniversalMagic) return file;
  for (uint32_t i = 0; i < BigEndian(&file[4]); ++i) {
    const uint8_t* entry = &file[8 + 20 * i];
    if (BigEndian(entry) != kProcessor) continue;
    const uint8_t* start = file.data() + BigEndian(entry + 8);
    return {start, start + BigEndian(entry + 12)};
  }
  throw std::runtime_error("no slice for this processor");
}

// Reads the operands of rebase and bind opcodes.
class OpcodeReader {
 public:
  OpcodeReader(const uint8_t* begin, const uint8_t* end) : next_(begin), end_(end) {}

  bool AtEnd() const { return next_ >= end_; }

  uint8_t Byte() {
    if (AtEnd()) throw std::runtime_error("opcodes end in the middle");
    return *next_++;
  }

  uint64_t Unsigned() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const uint8_t byte = Byte();
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }

  int64_t Signed() {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0;
    do {
      byte = Byte();
      value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
    } while (byte >= 0x80);
    if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
    return static_cast<int64_t>(value);
  }

  std::string Text() {
    std::string text;
    while (const uint8_t byte = Byte()) text.push_back(static_cast<char>(byte));
    return text;
  }

 private:
  const uint8_t* next_;
  const uint8_t* end_;
};

}  // namespace

Image::Image(const std::string& path, const Resolver& resolve)
    : file_(SliceForThisProcessor(ReadFile(path))) {
  if (Read32(0) != kMagic64 || Read32(4) != kProcessor) {
    throw std::runtime_error("not a Mach-O file for this processor");
  }
  ReadCommands();
  MapSegments();
  Rebase();
  Bind(bind_, false, resolve);
  Bind(lazy_bind_, true, resolve);
  ReadSymbols();
  RunInitializers();
}

void* Image::Find(const std::string& symbol) const {
  const auto found = exports_.find(symbol);
  return found == exports_.end() ? nullptr : base_ + found->second;
}

uint32_t Image::Read32(size_t offset) const {
  uint32_t value = 0;
  if (offset + sizeof(value) > file_.size()) throw std::runtime_error("file is truncated");
  std::memcpy(&value, file_.data() + offset, sizeof(value));
  return value;
}

uint64_t Image::Read64(size_t offset) const {
  return Read32(offset) | uint64_t{Read32(offset + 4)} << 32;
}

std::string Image::ReadText(size_t offset) const {
  const auto end = std::find(file_.begin() + static_cast<long>(offset), file_.end(), 0);
  return {file_.begin() + static_cast<long>(offset), end};
}

void Image::ReadCommands() {
  size_t command = 32;
  for (uint32_t left = Read32(16); left > 0; --left, command += Read32(command + 4)) {
    switch (Read32(command)) {
      case kSegment64:
        ReadSegment(command);
        break;
      case kLoadDylib:
      case kLoadWeakDylib:
        dylibs_.push_back(ReadText(command + Read32(command + 8)));
        break;
      case kSymbolTable:
        symbols_ = Read32(command + 8);
        symbol_count_ = Read32(command + 12);
        strings_ = Read32(command + 16);
        break;
      case kDyldInfo:
        rebase_ = {Read32(command + 8), Read32(command + 12)};
        bind_ = {Read32(command + 16), Read32(command + 20)};
        lazy_bind_ = {Read32(command + 32), Read32(command + 36)};
        break;
      case kChainedFixups:
        throw std::runtime_error("chained fixups: linked for a newer macOS than 11");
      default:
        break;
    }
  }
}

void Image::ReadSegment(size_t command) {
  segments_.push_back(
      {Read64(command + 24), Read64(command + 32), Read64(command + 40), Read64(command + 48)});
  for (uint32_t i = 0; i < Read32(command + 64); ++i) {
    const size_t section = command + 72 + 80 * i;
    const uint32_t type = Read32(section + 64) & 0xff;
    if (type == kInitializerOffsets) throw std::runtime_error("initializer offsets");
    if (type != kInitializerPointers) continue;
    initializers_.push_back(
        {static_cast<uint32_t>(Read64(section + 32)), static_cast<uint32_t>(Read64(section + 40))});
  }
}

void Image::MapSegments() {
  uint64_t end = 0;
  for (const Segment& segment : segments_) end = std::max(end, segment.address + segment.size);
  void* memory =
      mmap(nullptr, end, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
  base_ = static_cast<uint8_t*>(memory);
  for (const Segment& segment : segments_) {
    std::memcpy(base_ + segment.address, file_.data() + segment.file_offset, segment.file_size);
  }
  __builtin___clear_cache(reinterpret_cast<char*>(base_), reinterpret_cast<char*>(base_ + end));
}

uint64_t* Image::Slot(size_t segment, uint64_t offset) const {
  return reinterpret_cast<uint64_t*>(base_ + segments_.at(segment).address + offset);
}

void Image::Rebase() {
  OpcodeReader reader(file_.data() + rebase_.offset, file_.data() + rebase_.offset + rebase_.size);
  size_t segment = 0;
  uint64_t offset = 0;
  const auto rebase = [&](uint64_t times, uint64_t skip) {
    for (; times > 0; --times, offset += 8 + skip) {
      *Slot(segment, offset) += reinterpret_cast<uint64_t>(base_);
    }
  };
  while (!reader.AtEnd()) {
    const uint8_t opcode = reader.Byte();
    const uint8_t operand = opcode & 0x0f;
    switch (opcode & 0xf0) {
      case 0x00:
        return;
      case 0x10:  // type: always a pointer
        break;
      case 0x20:
        segment = operand;
        offset = reader.Unsigned();
        break;
      case 0x30:
        offset += reader.Unsigned();
        break;
      case 0x40:
        offset += operand * 8u;
        break;
      case 0x50:
        rebase(operand, 0);
        break;
      case 0x60:
        rebase(reader.Unsigned(), 0);
        break;
      case 0x70:
        rebase(1, reader.Unsigned());
        break;
      case 0x80: {
        const uint64_t times = reader.Unsigned();
        rebase(times, reader.Unsigned());
        break;
      }
      default:
        throw std::runtime_error("unknown rebase opcode");
    }
  }
}

void Image::Bind(const Range& opcodes, bool lazy, const Resolver& resolve) {
  OpcodeReader reader(file_.data() + opcodes.offset, file_.data() + opcodes.offset + opcodes.size);
  size_t segment = 0;
  uint64_t offset = 0;
  uint64_t ordinal = 0;
  int64_t addend = 0;
  std::string symbol;
  const auto bind = [&](uint64_t times, uint64_t skip) {
    const std::string library = ordinal == 0 ? "host" : dylibs_.at(ordinal - 1);
    void* address = resolve(library, symbol);
    if (address == nullptr) throw std::runtime_error(symbol + " of " + library + " is missing");
    for (; times > 0; --times, offset += 8 + skip) {
      *Slot(segment, offset) = reinterpret_cast<uint64_t>(address) + static_cast<uint64_t>(addend);
    }
  };
  while (!reader.AtEnd()) {
    const uint8_t opcode = reader.Byte();
    const uint8_t operand = opcode & 0x0f;
    switch (opcode & 0xf0) {
      case 0x00:  // ends everything, or one lazy symbol
        if (!lazy) return;
        break;
      case 0x10:
        ordinal = operand;
        break;
      case 0x20:
        ordinal = reader.Unsigned();
        break;
      case 0x30:  // special ordinals: the main program or any image
        ordinal = 0;
        break;
      case 0x40:
        symbol = reader.Text();
        break;
      case 0x50:  // type: always a pointer
        break;
      case 0x60:
        addend = reader.Signed();
        break;
      case 0x70:
        segment = operand;
        offset = reader.Unsigned();
        break;
      case 0x80:
        offset += reader.Unsigned();
        break;
      case 0x90:
        bind(1, 0);
        break;
      case 0xa0:
        bind(1, reader.Unsigned());
        break;
      case 0xb0:
        bind(1, operand * 8u);
        break;
      case 0xc0: {
        const uint64_t times = reader.Unsigned();
        bind(times, reader.Unsigned());
        break;
      }
      default:
        throw std::runtime_error("unknown bind opcode");
    }
  }
}

void Image::ReadSymbols() {
  for (uint32_t i = 0; i < symbol_count_; ++i) {
    const size_t entry = symbols_ + size_t{16} * i;
    const uint8_t type = file_.at(entry + 4);
    const bool is_external_definition = (type & 0x0f) == 0x0f;  // N_SECT | N_EXT
    if (is_external_definition) exports_[ReadText(strings_ + Read32(entry))] = Read64(entry + 8);
  }
}

void Image::RunInitializers() {
  for (const Range& section : initializers_) {
    for (uint32_t i = 0; i < section.size / 8; ++i) {
      const auto* slot = reinterpret_cast<const uint64_t*>(base_ + section.offset) + i;
      reinterpret_cast<void (*)()>(*slot)();
    }
  }
}

}  // namespace mach_o
