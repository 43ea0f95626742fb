#include "windows/store_reader.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "certificate_set.h"
#include "input/certificate_input.h"
#include "trust/windows_trust.h"
#include "windows/certificate_facts.h"
#include "windows/disallowed_list.h"
#include "windows/registry_signal.h"
#include "windows/scoped_cert.h"
#include "windows/store_layout.h"
#include "windows/win_error.h"

namespace os_truststore {
namespace {

// Windows 10 and Server 2016, the first versions that have everything read here.
constexpr DWORD kOldestMajorVersion = 10;
// Far above any certificate; keeps a damaged store from making us copy endlessly.
constexpr DWORD kMaxCertificateSize = 1024 * 1024;

class RegistrySignature final : public StoreSignature {
 public:
  explicit RegistrySignature(std::unique_ptr<RegistrySignal> signal) : signal_(std::move(signal)) {}
  bool IsCurrent() const override { return !signal_->IsSet(); }

 private:
  std::unique_ptr<RegistrySignal> signal_;
};

StoreLocation MakeLocation(const StorePlace& place, LocationState state) {
  StoreLocation location;
  location.kind = SourceKind::kWindowsStore;
  location.location = place.LocationText();
  location.store = place.StoreText();
  location.origin = "windows";
  location.state = state;
  return location;
}

int64_t Now() {
  FILETIME now = {};
  GetSystemTimeAsFileTime(&now);
  return FileTimeToSeconds(now);
}

class StoreReader {
 public:
  StoreReader(const WindowsApi& api, const ReadRequest& request)
      : api_(api), request_(request), now_(Now()) {}

  ReadResult Read();

 private:
  void ReadProtectedRootsFlags();
  void ReadPlace(const StorePlace& place);
  void ApplyDisallowedList();
  void AddCertificate(const StorePlace& place, PCCERT_CONTEXT context);
  void AddError(const char* operation, const char* message, const StorePlace& place, DWORD status);

  const WindowsApi& api_;
  const ReadRequest& request_;
  const int64_t now_;
  uint32_t protected_roots_flags_ = 0;
  CertificateSet certificates_;
  ReadResult result_;
};

// The logical store mostly shows what the other locations have already shown, so it counts as a
// source only for the rest.
void DropRepeatedLogicalSource(StoreCertificate* certificate) {
  std::vector<CertificateSource>& sources = certificate->sources;
  const auto is_logical = [](const CertificateSource& source) {
    return source.location == "LOGICAL";
  };
  const auto is_physical_root = [](const CertificateSource& source) {
    return source.store == "ROOT" && source.location != "LOGICAL";
  };
  if (std::none_of(sources.begin(), sources.end(), is_physical_root)) return;
  sources.erase(std::remove_if(sources.begin(), sources.end(), is_logical), sources.end());
}

ReadResult StoreReader::Read() {
  // Armed before the first read, so that a change during it counts as one after it.
  std::optional<StoreError> unarmed;
  std::unique_ptr<RegistrySignal> signal = RegistrySignal::Arm(api_, &unarmed);
  ReadProtectedRootsFlags();
  for (const StorePlace& place : AllStorePlaces()) {
    if (!result_.cancelled) ReadPlace(place);
  }
  result_.certificates = certificates_.Take();
  for (StoreCertificate& certificate : result_.certificates) {
    DropRepeatedLogicalSource(&certificate);
    AllowByAnyCopy(&certificate);
  }
  ApplyDisallowedList();
  if (signal && !result_.cancelled) {
    result_.signature = std::make_unique<RegistrySignature>(std::move(signal));
  }
  return std::move(result_);
}

void StoreReader::ReadProtectedRootsFlags() {
  HKEY opened = nullptr;
  LSTATUS status = api_.RegOpenKeyExW(HKEY_LOCAL_MACHINE, CERT_PROT_ROOT_FLAGS_REGPATH, 0,
                                      KEY_QUERY_VALUE, &opened);
  const ScopedRegistryKey key(api_, status == ERROR_SUCCESS ? opened : nullptr);
  DWORD flags = 0;
  DWORD type = REG_NONE;
  DWORD size = sizeof(flags);
  if (key) {
    status = api_.RegQueryValueExW(key.get(), CERT_PROT_ROOT_FLAGS_VALUE_NAME, nullptr, &type,
                                   reinterpret_cast<BYTE*>(&flags), &size);
  }
  if (status == ERROR_SUCCESS && type != REG_DWORD) status = ERROR_INVALID_DATATYPE;
  if (status == ERROR_SUCCESS) {
    protected_roots_flags_ = flags;
  } else if (status != ERROR_FILE_NOT_FOUND && status != ERROR_PATH_NOT_FOUND) {
    protected_roots_flags_ = kUnreadableProtectedRootsFlags;
    result_.errors.push_back(WindowsError(
        "RegQueryValueExW", "the policy on root stores could not be read, so it is assumed strict",
        "HKLM\\Software\\Policies\\Microsoft\\SystemCertificates\\Root\\ProtectedRoots",
        static_cast<DWORD>(status)));
  }
}

void StoreReader::ReadPlace(const StorePlace& place) {
  const ScopedCertStore store = OpenStorePlace(api_, place);
  if (!store) {
    const DWORD status = GetLastError();
    const bool missing = IsMissingStore(status);
    if (!missing) AddError("CertOpenStore", "the store could not be opened", place, status);
    result_.locations.push_back(
        MakeLocation(place, missing ? LocationState::kMissing : LocationState::kFailed));
    return;
  }
  StoreLocation location = MakeLocation(place, LocationState::kRead);
  CertificateWalk walk(api_, store.get());
  while (PCCERT_CONTEXT context = walk.Next()) {
    if (request_.IsCancelled()) {
      result_.cancelled = true;
      break;
    }
    ++location.certificates;
    AddCertificate(place, context);
  }
  if (walk.status() != ERROR_SUCCESS) {
    location.state = LocationState::kFailed;
    AddError("CertEnumCertificatesInStore", "the store could not be read to its end", place,
             walk.status());
  }
  result_.locations.push_back(std::move(location));
}

void StoreReader::ApplyDisallowedList() {
  std::optional<StoreError> unreadable;
  DistrustedNames names = ReadDisallowedList(api_, &unreadable);
  if (unreadable) result_.errors.push_back(*std::move(unreadable));
  names.ApplyTo(&result_.certificates);
  result_.distrusted_names = std::move(names);
}

void StoreReader::AddCertificate(const StorePlace& place, PCCERT_CONTEXT context) {
  if (context->pbCertEncoded == nullptr || context->cbCertEncoded > kMaxCertificateSize) {
    StoreError error(StoreErrorCode::kBadCertificate, "CertEnumCertificatesInStore",
                     "an entry of the store is no certificate or is too large for one");
    error.path = place.Path();
    result_.errors.push_back(std::move(error));
    return;
  }
  StoreCertificate certificate =
      MakeStoreCertificate(context->pbCertEncoded, context->cbCertEncoded);
  WindowsCopy copy{place.store, place.location, protected_roots_flags_, ShapeOf(certificate), {}};
  if (place.store != WindowsStore::kDisallowed) {
    copy.usage = ReadUsageFacts(api_, context, place.store == WindowsStore::kRoot);
  }
  SetWindowsTrust(copy, now_, &certificate);
  CertificateSource source;
  source.kind = SourceKind::kWindowsStore;
  source.location = place.LocationText();
  source.store = place.StoreText();
  source.label = ReadFriendlyName(api_, context);
  certificate.sources.push_back(std::move(source));
  certificates_.Add(std::move(certificate));
}

void StoreReader::AddError(const char* operation, const char* message, const StorePlace& place,
                           DWORD status) {
  result_.errors.push_back(WindowsError(operation, message, place.Path(), status));
}

}  // namespace

ReadResult ReadWindowsStore(const WindowsApi& api, const ReadRequest& request) {
  if (api.WindowsMajorVersion() < kOldestMajorVersion) {
    ReadResult result;
    result.errors.emplace_back(StoreErrorCode::kUnsupported, "RtlGetVersion",
                               "Windows 10 or Windows Server 2016 is the oldest supported version");
    return result;
  }
  return StoreReader(api, request).Read();
}

VerifyPaths ReadWindowsLocations(const WindowsApi& api) {
  VerifyPaths paths;
  for (const StorePlace& place : AllStorePlaces()) {
    const ScopedCertStore store = OpenStorePlace(api, place);
    const bool missing = !store && IsMissingStore(GetLastError());
    const LocationState state = store     ? LocationState::kRead
                                : missing ? LocationState::kMissing
                                          : LocationState::kFailed;
    paths.locations.push_back(MakeLocation(place, state));
  }
  return paths;
}

}  // namespace os_truststore
