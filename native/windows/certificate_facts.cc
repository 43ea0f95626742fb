#include "windows/certificate_facts.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "windows/win_error.h"

namespace os_truststore {
namespace {

// Far above any real property; keeps a damaged store from asking for endless memory.
constexpr DWORD kMaxPropertySize = 64 * 1024;

enum class PropertyState { kAbsent, kPresent, kUnreadable };

struct Property {
  PropertyState state = PropertyState::kUnreadable;
  std::vector<BYTE> bytes;
};

bool LacksProperty(const WindowsApi& api, PCCERT_CONTEXT certificate, DWORD id) {
  DWORD size = 0;
  return !api.CertGetCertificateContextProperty(certificate, id, nullptr, &size) &&
         GetLastError() == static_cast<DWORD>(CRYPT_E_NOT_FOUND);
}

Property ReadProperty(const WindowsApi& api, PCCERT_CONTEXT certificate, DWORD id) {
  Property property;
  if (LacksProperty(api, certificate, id)) {
    property.state = PropertyState::kAbsent;
    return property;
  }
  DWORD size = 0;
  if (!api.CertGetCertificateContextProperty(certificate, id, nullptr, &size) ||
      size > kMaxPropertySize) {
    return property;
  }
  property.bytes.resize(size);
  if (size > 0 &&
      !api.CertGetCertificateContextProperty(certificate, id, property.bytes.data(), &size)) {
    return property;
  }
  property.bytes.resize(size);
  property.state = PropertyState::kPresent;
  return property;
}

std::vector<std::string> OidsOf(const CERT_ENHKEY_USAGE& usage) {
  std::vector<std::string> oids;
  for (DWORD i = 0; i < usage.cUsageIdentifier; ++i) {
    if (usage.rgpszUsageIdentifier[i] != nullptr) oids.emplace_back(usage.rgpszUsageIdentifier[i]);
  }
  return oids;
}

EkuAnswer AskEku(const WindowsApi& api, PCCERT_CONTEXT certificate, DWORD source) {
  DWORD size = 0;
  if (!api.CertGetEnhancedKeyUsage(certificate, source, nullptr, &size)) {
    return ClassifyEku(false, GetLastError(), {});
  }
  if (size < sizeof(CERT_ENHKEY_USAGE) || size > kMaxPropertySize) {
    return ClassifyEku(false, ERROR_INVALID_DATA, {});
  }
  std::vector<BYTE> buffer(size);
  auto* usage = reinterpret_cast<CERT_ENHKEY_USAGE*>(buffer.data());
  SetLastError(ERROR_SUCCESS);
  const bool succeeded = api.CertGetEnhancedKeyUsage(certificate, source, usage, &size) != FALSE;
  const DWORD error = GetLastError();
  return ClassifyEku(succeeded, error, succeeded ? OidsOf(*usage) : std::vector<std::string>());
}

// Reads a property that holds an encoded list of purposes.
EkuAnswer ReadEkuProperty(const WindowsApi& api, PCCERT_CONTEXT certificate, DWORD id) {
  EkuAnswer answer;
  const Property property = ReadProperty(api, certificate, id);
  if (property.state == PropertyState::kAbsent) return answer;
  answer.state = EkuAnswer::State::kUnreadable;
  if (property.state == PropertyState::kUnreadable) return answer;
  const BYTE* encoded = property.bytes.data();
  const auto encoded_size = static_cast<DWORD>(property.bytes.size());
  DWORD size = 0;
  if (!api.CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, encoded_size, 0,
                             nullptr, &size) ||
      size < sizeof(CERT_ENHKEY_USAGE) || size > kMaxPropertySize) {
    return answer;
  }
  std::vector<BYTE> buffer(size);
  if (!api.CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, encoded_size, 0,
                             buffer.data(), &size)) {
    return answer;
  }
  return ClassifyEku(true, ERROR_SUCCESS,
                     OidsOf(*reinterpret_cast<const CERT_ENHKEY_USAGE*>(buffer.data())));
}

DateAnswer ReadDateProperty(const WindowsApi& api, PCCERT_CONTEXT certificate, DWORD id) {
  DateAnswer answer;
  const Property property = ReadProperty(api, certificate, id);
  if (property.state == PropertyState::kAbsent) return answer;
  answer.state = DateAnswer::State::kUnreadable;
  FILETIME time = {};
  if (property.state != PropertyState::kPresent || property.bytes.size() != sizeof(time)) {
    return answer;
  }
  std::memcpy(&time, property.bytes.data(), sizeof(time));
  answer.state = DateAnswer::State::kSet;
  answer.seconds = FileTimeToSeconds(time);
  return answer;
}

}  // namespace

WindowsUsageFacts ReadUsageFacts(const WindowsApi& api, PCCERT_CONTEXT certificate, bool root) {
  WindowsUsageFacts facts;
  facts.property = AskEku(api, certificate, CERT_FIND_PROP_ONLY_ENHKEY_USAGE_FLAG);
  // Some systems (Wine) report a property that cannot be decoded as absent.
  if (facts.property.state == EkuAnswer::State::kAbsent &&
      !LacksProperty(api, certificate, CERT_ENHKEY_USAGE_PROP_ID)) {
    facts.property.state = EkuAnswer::State::kUnreadable;
  }
  facts.extension = AskEku(api, certificate, CERT_FIND_EXT_ONLY_ENHKEY_USAGE_FLAG);
  if (!root) return facts;
  facts.disabled_since = ReadDateProperty(api, certificate, CERT_DISALLOWED_FILETIME_PROP_ID);
  facts.disabled_eku = ReadEkuProperty(api, certificate, CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID);
  facts.not_before = ReadDateProperty(api, certificate, CERT_NOT_BEFORE_FILETIME_PROP_ID);
  facts.not_before_eku = ReadEkuProperty(api, certificate, CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID);
  return facts;
}

std::string ReadFriendlyName(const WindowsApi& api, PCCERT_CONTEXT certificate) {
  const Property property = ReadProperty(api, certificate, CERT_FRIENDLY_NAME_PROP_ID);
  if (property.state != PropertyState::kPresent) return {};
  std::vector<wchar_t> text(property.bytes.size() / sizeof(wchar_t));
  if (text.empty()) return {};
  std::memcpy(text.data(), property.bytes.data(), text.size() * sizeof(wchar_t));
  size_t size = 0;
  while (size < text.size() && text[size] != L'\0') ++size;
  return WideToUtf8(text.data(), size);
}

}  // namespace os_truststore
