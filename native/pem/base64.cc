#include "pem/base64.h"

#include <cstring>

#include "pem/base64_tables.h"

namespace os_truststore {

namespace {

uint8_t ByteAt(const char* text) { return static_cast<uint8_t>(*text); }

bool IsBlank(char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; }

// Decodes whole groups as long as nothing else comes; writes three bytes for each.
const char* DecodeGroups(const char* text, const char* end, uint8_t** out) {
  uint8_t* to = *out;
  while (end - text >= 4) {
    const uint32_t group =
        kBase64Decode.place[0][ByteAt(text)] | kBase64Decode.place[1][ByteAt(text + 1)] |
        kBase64Decode.place[2][ByteAt(text + 2)] | kBase64Decode.place[3][ByteAt(text + 3)];
    if (group >= kNotInAlphabet) break;
    to[0] = static_cast<uint8_t>(group >> 16);
    to[1] = static_cast<uint8_t>(group >> 8);
    to[2] = static_cast<uint8_t>(group);
    to += 3;
    text += 4;
  }
  *out = to;
  return text;
}

// Decodes one group that may be interrupted by white space, padded or missing.
class GroupDecoder {
 public:
  GroupDecoder(const char* text, const char* end) : text_(text), end_(end) {}

  // True for a complete group without padding; otherwise end() tells why reading stopped.
  bool Read(uint8_t** out) {
    uint32_t bits = 0;
    int count = 0;
    for (; text_ != end_; text_++) {
      if (IsBlank(*text_)) continue;
      const uint32_t value = kBase64Decode.place[3][ByteAt(text_)];
      if (value == kNotInAlphabet) break;
      bits = (bits << 6) | value;
      if (++count == 4) {
        text_++;
        Write(bits, 3, out);
        return true;
      }
    }
    Finish(bits, count, out);
    return false;
  }

  const char* text() const { return text_; }
  Base64End end() const { return result_; }

 private:
  static void Write(uint32_t bits, int bytes, uint8_t** out) {
    for (int i = 0; i < bytes; i++) *(*out)++ = static_cast<uint8_t>(bits >> (16 - 8 * i));
  }

  void Finish(uint32_t bits, int count, uint8_t** out) {
    if (text_ != end_ && *text_ == '=') {
      const int padding = SkipPadding();
      if (count < 2 || padding != 4 - count) {
        result_ = Base64End::kInvalid;
        return;
      }
      Write(bits << (6 * padding), count - 1, out);
      count = 0;
    }
    if (text_ == end_) {
      result_ = Base64End::kEndOfText;
    } else if (*text_ != '-') {
      result_ = Base64End::kInvalid;
    } else {
      result_ = count == 0 ? Base64End::kDash : Base64End::kPartial;
    }
  }

  // Counts three at most, so that the caller's search handles a long run of padding.
  int SkipPadding() {
    int padding = 0;
    for (; text_ != end_ && padding < 3; text_++) {
      if (*text_ == '=') {
        padding++;
      } else if (!IsBlank(*text_)) {
        break;
      }
    }
    while (text_ != end_ && IsBlank(*text_)) text_++;
    return padding;
  }

  const char* text_;
  const char* end_;
  Base64End result_ = Base64End::kInvalid;
};

void EncodeGroup(uint32_t group, char* out) {
  std::memcpy(out, kBase64Encode.pair[group >> 12].data(), 2);
  std::memcpy(out + 2, kBase64Encode.pair[group & 0xFFF].data(), 2);
}

// Encodes the last one or two bytes.
char* EncodeRest(const uint8_t* bytes, size_t size, char* out) {
  const uint32_t group = uint32_t{bytes[0]} << 16 | (size == 2 ? uint32_t{bytes[1]} << 8 : 0);
  EncodeGroup(group, out);
  if (size == 1) out[2] = '=';
  out[3] = '=';
  return out + 4;
}

}  // namespace

Base64End DecodeBase64(const char* text, const char* end, std::vector<uint8_t>* out,
                       const char** next) {
  // The block cannot be longer than the text before the next dash.
  const void* dash =
      text == end ? nullptr : std::memchr(text, '-', static_cast<size_t>(end - text));
  const char* block_end = dash == nullptr ? end : static_cast<const char*>(dash);
  const size_t before = out->size();
  out->resize(before + static_cast<size_t>(block_end - text) / 4 * 3 + 3);
  uint8_t* to = out->data() + before;
  for (;;) {
    text = DecodeGroups(text, end, &to);
    GroupDecoder group(text, end);
    const bool more = group.Read(&to);
    text = group.text();
    if (more) continue;
    out->resize(static_cast<size_t>(to - out->data()));
    *next = text;
    return group.end();
  }
}

void EncodeBase64Lines(const uint8_t* bytes, size_t size, std::string* out) {
  constexpr size_t kBytesPerLine = 48;
  const size_t characters = (size + 2) / 3 * 4;
  const size_t lines = (size + kBytesPerLine - 1) / kBytesPerLine;
  const size_t before = out->size();
  out->resize(before + characters + lines);
  char* to = out->data() + before;
  size_t done = 0;
  while (done < size) {
    const size_t line_end = size - done > kBytesPerLine ? done + kBytesPerLine : size;
    for (; line_end - done >= 3; done += 3, to += 4) {
      EncodeGroup(uint32_t{bytes[done]} << 16 | uint32_t{bytes[done + 1]} << 8 | bytes[done + 2],
                  to);
    }
    if (done < line_end) to = EncodeRest(bytes + done, line_end - done, to);
    done = line_end;
    *to++ = '\n';
  }
}

}  // namespace os_truststore
