#include "driver_output.h"

#include <cstdio>
#include <string>
#include <string_view>

#include "asn1/certificate.h"
#include "input/certificate_input.h"
#include "input/sha256.h"

namespace os_truststore {
namespace {

// Collects one line and writes it when it is complete.
class JsonLine {
 public:
  explicit JsonLine(std::string_view type) { Text("type", type); }
  ~JsonLine() { std::printf("%s}\n", text_.c_str()); }
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;

  void Text(std::string_view name, std::string_view value) {
    Name(name);
    Quote(value);
  }
  void Number(std::string_view name, int64_t value) {
    Name(name);
    text_ += std::to_string(value);
  }
  void Bool(std::string_view name, bool value) {
    Name(name);
    text_ += value ? "true" : "false";
  }

 private:
  void Name(std::string_view name) {
    text_ += text_.empty() ? "{" : ",";
    Quote(name);
    text_ += ":";
  }

  void Quote(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) {
        text_ += c;
        continue;
      }
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      text_ += escape;
    }
    text_ += '"';
  }

  std::string text_;
};

const char* Name(Role role) {
  constexpr const char* kNames[] = {"anchor", "intermediate", "leaf"};
  return kNames[static_cast<int>(role)];
}

const char* Name(TrustStatus trust) {
  constexpr const char* kNames[] = {"unspecified", "trusted", "distrusted"};
  return kNames[static_cast<int>(trust)];
}

const char* Name(SkipReason reason) {
  constexpr const char* kNames[] = {"none",     "unparsable",    "distrusted",
                                    "not-a-ca", "purpose",       "not-trusted",
                                    "expired",  "not-yet-valid", "orphan"};
  return kNames[static_cast<int>(reason)];
}

std::string UsageText(Usages usages) {
  std::string text;
  if ((usages & kServerAuth) != 0) text += "server ";
  if ((usages & kClientAuth) != 0) text += "client ";
  if ((usages & kOtherUsages) != 0) text += "other ";
  if (text.empty()) return "none";
  text.pop_back();
  return text;
}

void AddFields(const StoreCertificate& certificate, JsonLine* line) {
  const uint8_t* der = certificate.der.data();
  const CertificateFields& fields = certificate.fields;
  line->Text("subject", NameToText(der + fields.subject.offset, fields.subject.size));
  line->Text("issuer", NameToText(der + fields.issuer.offset, fields.issuer.size));
  line->Text("serialNumber",
             SerialToText(der + fields.serial_number.offset, fields.serial_number.size));
  line->Number("version", fields.version);
  line->Number("notBefore", fields.not_before);
  line->Number("notAfter", fields.not_after);
  line->Bool("ca", IsCertificateAuthority(der, fields));
  line->Bool("selfIssued", IsSelfIssued(der, fields));
  line->Bool("selfSigned", LooksSelfSigned(der, fields));
  line->Text("eku", UsageText(fields.eku));
}

}  // namespace

void PrintCertificate(uint32_t index, const StoreCertificate& certificate,
                      const Judgement& judgement) {
  JsonLine line("certificate");
  line.Number("index", index);
  line.Text("fingerprint256", Fingerprint256(certificate.der.data(), certificate.der.size()));
  line.Number("size", static_cast<int64_t>(certificate.der.size()));
  if (certificate.parsed) {
    AddFields(certificate, &line);
  } else {
    line.Text("reason", certificate.unparsable_reason);
  }
  line.Text("usages", UsageText(certificate.usages));
  line.Text("rejected", UsageText(certificate.rejected));
  line.Number("sources", static_cast<int64_t>(certificate.sources.size()));
  line.Text("role", Name(judgement.role));
  line.Text("trust", Name(judgement.trust));
  line.Text("skip", Name(judgement.skip));
  line.Text("usable", IsUsable(judgement, false)  ? "always"
                      : IsUsable(judgement, true) ? "with intermediates"
                                                  : "never");
}

void PrintError(const StoreError& error) {
  JsonLine line("error");
  line.Text("operation", error.operation);
  line.Text("message", error.message);
  line.Text("path", error.path);
}

void PrintSummary(const Judged& judged) {
  JsonLine line("end");
  line.Number("certificates", static_cast<int64_t>(judged.order.size()));
  line.Number("validUntil", judged.valid_until);
}

}  // namespace os_truststore
