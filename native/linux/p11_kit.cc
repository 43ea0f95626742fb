#include "linux/p11_kit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "asn1/time.h"
#include "input/certificate_input.h"
#include "pem/base64.h"

namespace os_truststore {

namespace {

constexpr std::string_view kHeader = "[p11-kit-object-v1]";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

std::string_view Trim(std::string_view text) {
  const size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Removes and returns the first line of `text`.
std::string_view NextLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Decodes "text with %0a for bytes that are not text".
bool DecodeQuoted(std::string_view value, std::vector<uint8_t>* bytes) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return false;
  value = value.substr(1, value.size() - 2);
  bytes->clear();
  bytes->reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      bytes->push_back(static_cast<uint8_t>(value[i]));
      continue;
    }
    if (value.size() - i < 3) return false;
    const int high = HexDigit(value[i + 1]);
    const int low = HexDigit(value[i + 2]);
    if (high < 0 || low < 0) return false;
    bytes->push_back(static_cast<uint8_t>(high << 4 | low));
    i += 2;
  }
  return true;
}

// An attribute may have its short name or its PKCS#11 name.
bool IsNamed(std::string_view name, std::string_view nick, std::string_view pkcs11_name) {
  return name == nick || name == pkcs11_name;
}

constexpr std::string_view kDistrustAfter = "nss-server-distrust-after";

// Vendors write CK_FALSE for every certificate without a date.
bool MentionsDate(std::string_view text) {
  constexpr std::string_view kNone = ": \"%00\"";
  const size_t at = text.find(kDistrustAfter);
  return at != std::string_view::npos &&
         (text.rfind(kDistrustAfter) != at ||
          !StartsWith(text.substr(at + kDistrustAfter.size()), kNone));
}

bool MentionsDistrust(std::string_view text) {
  return text.find("x-distrusted") != std::string_view::npos ||
         text.find("DISTRUST") != std::string_view::npos || MentionsDate(text);
}

// The value is CK_FALSE, or a time as in a certificate but without tag and length: certdata.txt of
// NSS and PK11_ReadDistrustAfterAttribute() have UTCTime, of 13 characters.
int64_t ReadDistrustAfter(std::string_view value) {
  std::vector<uint8_t> bytes;
  if (value == "false") return kNeverDistrusted;
  if (!DecodeQuoted(value, &bytes)) return kUnreadableDate;
  if (bytes.size() == 1 && bytes[0] == 0) return kNeverDistrusted;
  DerElement time;
  time.tag = bytes.size() == 13 ? kDerUtcTime : kDerGeneralizedTime;
  time.contents = bytes.data();
  time.size = bytes.size();
  int64_t seconds = 0;
  return ReadTime(time, &seconds) ? seconds : kUnreadableDate;
}

class ObjectParser {
 public:
  explicit ObjectParser(P11KitObject* object) : object_(object) {}

  // Returns false with the reason.
  bool Parse(std::string_view text, std::string* reason) {
    while (!text.empty()) {
      const std::string_view rest = text;
      const std::string_view line = Trim(NextLine(&text));
      if (StartsWith(line, "-----BEGIN ")) {
        if (!ParsePem(rest, &text, reason)) return false;
      } else if (!line.empty() && line[0] != '#' && line[0] != '[') {
        if (!ParseAttribute(line, reason)) return false;
      }
    }
    return true;
  }

 private:
  // `text` starts at the BEGIN line; `rest` is moved behind the END line.
  bool ParsePem(std::string_view text, std::string_view* rest, std::string* reason) {
    std::string_view begin_line = text;
    const std::string_view boundary = Trim(NextLine(&begin_line));
    for (;;) {
      if (rest->empty()) {
        *reason = "a PEM block does not end";
        return false;
      }
      if (StartsWith(Trim(NextLine(rest)), "-----END ")) break;
    }
    if (boundary == "-----BEGIN PUBLIC KEY-----" && object_->public_key.empty()) {
      const char* end = begin_line.data() + begin_line.size();
      DecodeBase64(begin_line.data(), end, &object_->public_key, &end);
    }
    if (boundary != "-----BEGIN CERTIFICATE-----") return true;
    const CertificateInput input = ReadCertificateInput(
        reinterpret_cast<const uint8_t*>(text.data()), text.size() - rest->size());
    if (input.certificates.empty()) {
      *reason = input.errors.empty() ? "a PEM block holds no certificate" : input.errors[0].message;
      return false;
    }
    // "The attributes that come from PEM blocks never override those explicitly specified."
    if (!has_class_) object_->is_certificate = true;
    if (object_->der.empty()) object_->der = input.certificates[0].der;
    return true;
  }

  bool ParseAttribute(std::string_view line, std::string* reason) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      *reason = "a line is neither an attribute nor a PEM block";
      return false;
    }
    const std::string_view name = Trim(line.substr(0, colon));
    const std::string_view value = Trim(line.substr(colon + 1));
    std::vector<uint8_t>* bytes = BytesOf(name);
    if (bytes != nullptr && !DecodeQuoted(value, bytes)) {
      *reason = "attribute \"" + std::string(name) + "\" is no quoted string";
      return false;
    }
    if (IsNamed(name, "x-distrusted", "CKA_X_DISTRUSTED")) {
      object_->is_distrusted = value == "true";
    } else if (IsNamed(name, kDistrustAfter, "CKA_NSS_SERVER_DISTRUST_AFTER")) {
      object_->distrust_after = ReadDistrustAfter(value);
    } else if (IsNamed(name, "class", "CKA_CLASS")) {
      has_class_ = true;
      object_->is_certificate = IsNamed(value, "certificate", "CKO_CERTIFICATE");
    } else if (IsNamed(name, "label", "CKA_LABEL")) {
      std::vector<uint8_t> label;
      if (DecodeQuoted(value, &label)) object_->label.assign(label.begin(), label.end());
    }
    return true;
  }

  std::vector<uint8_t>* BytesOf(std::string_view name) {
    if (IsNamed(name, "value", "CKA_VALUE")) return &object_->der;
    if (IsNamed(name, "issuer", "CKA_ISSUER")) return &object_->issuer;
    if (IsNamed(name, "serial-number", "CKA_SERIAL_NUMBER")) return &object_->serial_number;
    if (IsNamed(name, "public-key-info", "CKA_PUBLIC_KEY_INFO")) return &object_->public_key;
    return nullptr;
  }

  P11KitObject* const object_;
  bool has_class_ = false;
};

}  // namespace

bool LooksLikeP11Kit(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  return text.find("[p11-kit-object-") != std::string_view::npos;
}

P11KitFile ParseP11Kit(const uint8_t* bytes, size_t size, bool only_distrusted) {
  P11KitFile file;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  size_t number = 0;
  for (size_t start = text.find(kHeader); start != std::string_view::npos;) {
    const size_t body = start + kHeader.size();
    const size_t next = text.find(kHeader, body);
    const std::string_view object_text = text.substr(body, next - body);
    start = next;
    ++number;
    if (only_distrusted && !MentionsDistrust(object_text)) continue;
    P11KitObject object;
    std::string reason;
    if (ObjectParser(&object).Parse(object_text, &reason)) {
      file.objects.push_back(std::move(object));
    } else {
      file.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse p11-kit",
                               "object " + std::to_string(number) + ": " + reason);
    }
  }
  if (number == 0) {
    file.errors.emplace_back(StoreErrorCode::kBadCertificate, "parse p11-kit",
                             "it holds no [p11-kit-object-v1] section");
  }
  return file;
}

}  // namespace os_truststore
