#include "windows/disallowed_list.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "windows/scoped_cert.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

// Microsoft, "Certificates and trust", and wincrypt.h: CERT_AUTO_UPDATE_LOCAL_MACHINE_REGPATH with
// CERT_DISALLOWED_CERT_AUTO_UPDATE_ENCODED_CTL_VALUE_NAME. Windows verifies the signature before it
// writes. It is not verified again, because an account that can write there may distrust anything.
constexpr const char* kKeyName =
    "HKLM\\Software\\Microsoft\\SystemCertificates\\AuthRoot\\AutoUpdate";
constexpr const char* kValueName = "DisallowedCertEncodedCtl";
// The usual size, and a limit of about a hundred times as much.
constexpr DWORD kUsualSize = 16 * 1024;
constexpr DWORD kMaxSize = 1024 * 1024;
constexpr DWORD kMaxHashSize = 64;

bool IsMissing(LSTATUS status) {
  return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND;
}

// Returns the registry's status; ERROR_FILE_NOT_FOUND where there is no list.
LSTATUS ReadValue(const WindowsApi& api, std::vector<BYTE>* value) {
  HKEY opened = nullptr;
  LSTATUS status = api.RegOpenKeyExW(HKEY_LOCAL_MACHINE, CERT_AUTO_UPDATE_LOCAL_MACHINE_REGPATH, 0,
                                     KEY_QUERY_VALUE, &opened);
  if (status != ERROR_SUCCESS) return status;
  const ScopedRegistryKey key(api, opened);
  DWORD type = REG_NONE;
  DWORD size = kUsualSize;
  // The value may grow between two calls.
  do {
    if (size > kMaxSize) return ERROR_INVALID_DATA;
    value->resize(size);
    status =
        api.RegQueryValueExW(key.get(), CERT_DISALLOWED_CERT_AUTO_UPDATE_ENCODED_CTL_VALUE_NAME,
                             nullptr, &type, value->data(), &size);
  } while (status == ERROR_MORE_DATA && size > value->size());
  if (status != ERROR_SUCCESS) return status;
  if (type != REG_BINARY || size == 0) return ERROR_INVALID_DATA;
  value->resize(size);
  return ERROR_SUCCESS;
}

bool Is(const char* oid, const char* expected) {
  return oid != nullptr && std::strcmp(oid, expected) == 0;
}

// From wincrypt.h: szOID_DISALLOWED_LIST marks a list of what is disallowed, and its subjects are
// szOID_DISALLOWED_HASH.
bool IsListOfHashes(const CTL_INFO& list) {
  return list.SubjectUsage.cUsageIdentifier == 1 &&
         Is(list.SubjectUsage.rgpszUsageIdentifier[0], szOID_DISALLOWED_LIST) &&
         Is(list.SubjectAlgorithm.pszObjId, szOID_DISALLOWED_HASH);
}

// Windows cannot have listed what it cannot hash, for example because it does not know the
// signature's algorithm. No list has an empty hash.
bool IsUnknownAlgorithm(DWORD error) {
  return error == static_cast<DWORD>(NTE_BAD_ALGID) ||
         error == static_cast<DWORD>(CRYPT_E_UNKNOWN_ALGO) ||
         error == static_cast<DWORD>(NTE_NOT_SUPPORTED) ||
         error == static_cast<DWORD>(CRYPT_E_NOT_FOUND);
}

// From wincrypt.h, beside szOID_DISALLOWED_HASH: CERT_SIGNATURE_HASH_PROP_ID, the hash of the
// signed part by the signature's algorithm (CryptHashToBeSigned), and
// CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID. It makes a context of its own, because Windows keeps
// computed properties with the context.
std::vector<std::string> HashesOfCertificate(const std::vector<uint8_t>& der) {
  const WindowsApi& api = SystemWindowsApi();
  const ScopedCertificate certificate(
      api, api.CertCreateCertificateContext(X509_ASN_ENCODING, der.data(),
                                            static_cast<DWORD>(der.size())));
  if (!certificate) return {};
  std::vector<std::string> hashes;
  for (const DWORD id : {CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID, CERT_SIGNATURE_HASH_PROP_ID}) {
    char hash[kMaxHashSize];
    DWORD size = sizeof(hash);
    if (!api.CertGetCertificateContextProperty(certificate.get(), id, hash, &size)) {
      if (!IsUnknownAlgorithm(GetLastError())) return {};
      size = 0;
    }
    hashes.emplace_back(hash, size);
  }
  return hashes;
}

DWORD Decode(const WindowsApi& api, const std::vector<BYTE>& encoded, DistrustedNames* names) {
  const ScopedCtl list(
      api, api.CertCreateCTLContext(X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, encoded.data(),
                                    static_cast<DWORD>(encoded.size())));
  if (!list) return GetLastError();
  const CTL_INFO& info = *list.get()->pCtlInfo;
  if (!IsListOfHashes(info)) return ERROR_INVALID_DATA;
  for (DWORD i = 0; i < info.cCTLEntry; ++i) {
    const CRYPT_DATA_BLOB& hash = info.rgCTLEntry[i].SubjectIdentifier;
    if (hash.cbData == 0) return ERROR_INVALID_DATA;
    names->AddHash(std::string(reinterpret_cast<const char*>(hash.pbData), hash.cbData),
                   HashesOfCertificate, {kKeyName, kValueName, "", "", true});
  }
  return ERROR_SUCCESS;
}

}  // namespace

DistrustedNames ReadDisallowedList(const WindowsApi& api, std::optional<StoreError>* error) {
  DistrustedNames names;
  std::vector<BYTE> encoded;
  const LSTATUS status = ReadValue(api, &encoded);
  if (IsMissing(status)) return names;
  const DWORD failure =
      status == ERROR_SUCCESS ? Decode(api, encoded, &names) : static_cast<DWORD>(status);
  if (failure != ERROR_SUCCESS) {
    *error = WindowsError(status == ERROR_SUCCESS ? "CertCreateCTLContext" : "RegQueryValueExW",
                          "Microsoft's list of distrusted certificates could not be read",
                          std::string(kKeyName) + "\\" + kValueName, failure);
  }
  return names;
}

}  // namespace os_truststore
