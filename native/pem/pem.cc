#include "pem/pem.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "pem/base64.h"

namespace os_truststore {

namespace {

constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kProcType = "Proc-Type:";
constexpr std::string_view kUtf8ByteOrderMark = "\xEF\xBB\xBF";
// Bounds the search for the dashes after a label. It is far longer than any label in use.
constexpr size_t kMaxLabel = 64;

std::optional<PemType> TypeOf(std::string_view label) {
  if (label == "CERTIFICATE" || label == "X509 CERTIFICATE") return PemType::kCertificate;
  if (label == "TRUSTED CERTIFICATE") return PemType::kTrustedCertificate;
  if (label == "PKCS7" || label == "CMS") return PemType::kPkcs7;
  return std::nullopt;
}

bool StartsWith(const char* position, const char* end, std::string_view prefix) {
  return static_cast<size_t>(end - position) >= prefix.size() &&
         std::memcmp(position, prefix.data(), prefix.size()) == 0;
}

// Returns where `needle` next is, or `end`.
const char* Find(const char* position, const char* end, std::string_view needle) {
  const std::string_view text(position, static_cast<size_t>(end - position));
  const size_t found = text.find(needle);
  return found == std::string_view::npos ? end : position + found;
}

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }

bool IsBlank(char c) { return c == ' ' || c == '\t' || IsLineEnd(c); }

const char* FindLineEnd(const char* position, const char* end) {
  return std::find_if(position, end, IsLineEnd);
}

// Returns the position behind "\n", "\r" or "\r\n".
const char* AfterLineEnd(const char* position, const char* end) {
  if (position == end) return end;
  const bool is_crlf = position[0] == '\r' && position + 1 != end && position[1] == '\n';
  return position + (is_crlf ? 2 : 1);
}

// A header starts with a field name and a colon, which base64 does not have.
bool IsHeader(const char* position, const char* end) {
  const char* colon = std::find_if(position, end, [](char c) {
    return !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             c == '-');
  });
  return colon != position && colon != end && *colon == ':';
}

// A BEGIN or END line.
struct Boundary {
  bool is_begin = false;
  std::string_view label;
  const char* start = nullptr;
  const char* after = nullptr;
};

// Reads the boundary that starts at `position`, if one does.
bool ReadBoundary(const char* position, const char* end, Boundary* out) {
  const bool is_begin = StartsWith(position, end, kBegin);
  if (!is_begin && !StartsWith(position, end, kEnd)) return false;
  const char* label = position + (is_begin ? kBegin : kEnd).size();
  const auto limit = std::min<size_t>(static_cast<size_t>(end - label), kMaxLabel + kDashes.size());
  const char* label_end = Find(label, label + limit, kDashes);
  if (label_end == label + limit) return false;
  out->is_begin = is_begin;
  out->label = {label, static_cast<size_t>(label_end - label)};
  out->start = position;
  out->after = label_end + kDashes.size();
  return std::none_of(label, label_end, IsLineEnd);
}

// Other dashes do not count, because a comment's may run into the boundary.
bool IsBehindEnd(const char* text, const char* position) {
  const size_t most = kEnd.size() + kMaxLabel + kDashes.size();
  const char* limit = static_cast<size_t>(position - text) > most ? position - most : text;
  Boundary boundary;
  for (const char* start = position; start != limit;) {
    start--;
    if (StartsWith(start, position, kEnd)) {
      return ReadBoundary(start, position, &boundary) && boundary.after == position;
    }
  }
  return false;
}

// A boundary counts at the start of a line, indented or behind a byte order mark, or right behind
// an END line, as in files concatenated without a line break. A boundary mentioned within text does
// not count.
bool CanStartBoundary(const char* text, const char* position) {
  constexpr size_t kMaxIndent = 64;
  size_t indent = 0;
  while (position != text && (position[-1] == ' ' || position[-1] == '\t')) {
    position--;
    if (++indent > kMaxIndent) return false;
  }
  if (position == text || IsLineEnd(position[-1]) || IsBehindEnd(text, position)) {
    return true;
  }
  const auto before = static_cast<size_t>(position - text);
  return before >= kUtf8ByteOrderMark.size() &&
         StartsWith(position - kUtf8ByteOrderMark.size(), position, kUtf8ByteOrderMark);
}

// Finds the next boundary at or after `position`.
bool FindBoundary(const char* text, const char* position, const char* end, Boundary* out) {
  for (;;) {
    position = Find(position, end, kDashes);
    if (position == end) return false;
    if (ReadBoundary(position, end, out) && CanStartBoundary(text, position)) return true;
    position++;
  }
}

const char* FaultOf(Base64End result) {
  switch (result) {
    case Base64End::kDash:
      return nullptr;
    case Base64End::kEndOfText:
      return "the text ends before the END line";
    case Base64End::kInvalid:
      return "a character that is not base64";
    case Base64End::kPartial:
      return "the base64 is incomplete";
  }
  return "unreadable";
}

}  // namespace

bool PemReader::Next(PemBlock* out) {
  Boundary boundary;
  while (FindBoundary(text_, next_, end_, &boundary)) {
    next_ = boundary.after;
    const std::optional<PemType> type = TypeOf(boundary.label);
    const bool is_stray_end = !boundary.is_begin && type && !in_skipped_block_;
    in_skipped_block_ = boundary.is_begin && !type;
    if (!type || (!boundary.is_begin && !is_stray_end)) continue;
    out->type = *type;
    out->der.clear();
    out->fault.clear();
    out->number = ++number_;
    out->offset = static_cast<size_t>(boundary.start - text_);
    if (is_stray_end) {
      out->fault = "an END line without a BEGIN line";
    } else {
      ReadBody(boundary.label, out);
      in_skipped_block_ = !out->fault.empty();
    }
    return true;
  }
  next_ = end_;
  return false;
}

void PemReader::ReadBody(std::string_view label, PemBlock* out) {
  if (!SkipHeaders()) {
    out->fault = "encrypted";
    return;
  }
  const Base64End result = DecodeBase64(next_, end_, &out->der, &next_);
  if (const char* fault = FaultOf(result)) {
    out->fault = fault;
  } else {
    CheckEnd(label, out);
  }
  if (!out->fault.empty()) out->der.clear();
}

// Does not consume a boundary that is not this block's own END line, so that it is found again.
void PemReader::CheckEnd(std::string_view label, PemBlock* out) {
  Boundary boundary;
  if (!ReadBoundary(next_, end_, &boundary)) {
    out->fault = "a character that is not base64";
  } else if (boundary.is_begin) {
    out->fault = "another BEGIN line comes before the END line";
  } else if (boundary.label != label) {
    out->fault = "the END line names another type than the BEGIN line";
    next_ = boundary.after;
  } else if (out->der.empty()) {
    out->fault = "the block is empty";
    next_ = boundary.after;
  } else {
    next_ = boundary.after;
  }
}

// RFC 1421 §4.4: headers are "Name: value" lines, continued by indented ones, up to an empty line.
// Returns false when they say that the block is encrypted.
bool PemReader::SkipHeaders() {
  while (next_ != end_ && IsBlank(*next_)) next_++;
  bool encrypted = false;
  while (IsHeader(next_, end_)) {
    const char* line_end = FindLineEnd(next_, end_);
    const std::string_view line(next_, static_cast<size_t>(line_end - next_));
    encrypted = encrypted || (StartsWith(next_, line_end, kProcType) &&
                              line.find("ENCRYPTED") != std::string_view::npos);
    next_ = AfterLineEnd(line_end, end_);
    while (next_ != end_ && (*next_ == ' ' || *next_ == '\t')) {
      next_ = AfterLineEnd(FindLineEnd(next_, end_), end_);
    }
  }
  return !encrypted;
}

size_t PemReader::LineOf(const PemBlock& block) {
  const char* position = text_ + block.offset;
  while (counted_ < position) {
    counted_ = FindLineEnd(counted_, position);
    if (counted_ == position) break;
    counted_ = AfterLineEnd(counted_, end_);
    line_++;
  }
  return line_;
}

std::string_view TextForPem(const uint8_t* bytes, size_t size, std::string* buffer) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (text.substr(0, kUtf8ByteOrderMark.size()) == kUtf8ByteOrderMark) {
    return text.substr(kUtf8ByteOrderMark.size());
  }
  const std::string_view mark = text.substr(0, 2);
  const bool big_endian = mark == "\xFE\xFF";
  if (!big_endian && mark != "\xFF\xFE") return text;
  buffer->clear();
  buffer->reserve(size / 2);
  for (size_t i = 2; i + 1 < size; i += 2) {
    const char high = text[big_endian ? i : i + 1];
    buffer->push_back(high == 0 ? text[big_endian ? i + 1 : i] : '?');
  }
  return *buffer;
}

}  // namespace os_truststore
