#include "windows/store_layout.h"

namespace os_truststore {
namespace {

constexpr WindowsLocation kMachineLocations[] = {WindowsLocation::kLocalMachine,
                                                 WindowsLocation::kLocalMachineGroupPolicy,
                                                 WindowsLocation::kLocalMachineEnterprise};
constexpr WindowsLocation kUserLocations[] = {WindowsLocation::kCurrentUser,
                                              WindowsLocation::kCurrentUserGroupPolicy};

const wchar_t* WideStoreName(WindowsStore store) {
  switch (store) {
    case WindowsStore::kRoot:
      return L"ROOT";
    case WindowsStore::kCa:
      return L"CA";
    case WindowsStore::kTrustedPeople:
      return L"TrustedPeople";
    case WindowsStore::kDisallowed:
      return L"Disallowed";
  }
  return L"";
}

DWORD LocationFlag(WindowsLocation location) {
  switch (location) {
    case WindowsLocation::kLocalMachine:
      return CERT_SYSTEM_STORE_LOCAL_MACHINE;
    case WindowsLocation::kLocalMachineGroupPolicy:
      return CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY;
    case WindowsLocation::kLocalMachineEnterprise:
      return CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE;
    case WindowsLocation::kCurrentUserGroupPolicy:
      return CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY;
    case WindowsLocation::kCurrentUser:
      return CERT_SYSTEM_STORE_CURRENT_USER;
    case WindowsLocation::kLogical:
      break;
  }
  return 0;
}

}  // namespace

const char* StorePlace::StoreText() const {
  switch (store) {
    case WindowsStore::kRoot:
      return "ROOT";
    case WindowsStore::kCa:
      return "CA";
    case WindowsStore::kTrustedPeople:
      return "TrustedPeople";
    case WindowsStore::kDisallowed:
      return "Disallowed";
  }
  return "";
}

const char* StorePlace::LocationText() const {
  switch (location) {
    case WindowsLocation::kLocalMachine:
      return "LOCAL_MACHINE";
    case WindowsLocation::kLocalMachineGroupPolicy:
      return "LOCAL_MACHINE_GROUP_POLICY";
    case WindowsLocation::kLocalMachineEnterprise:
      return "LOCAL_MACHINE_ENTERPRISE";
    case WindowsLocation::kCurrentUser:
      return "CURRENT_USER";
    case WindowsLocation::kCurrentUserGroupPolicy:
      return "CURRENT_USER_GROUP_POLICY";
    case WindowsLocation::kLogical:
      return "LOGICAL";
  }
  return "";
}

std::string StorePlace::Path() const { return std::string(LocationText()) + "\\" + StoreText(); }

// The machine comes before the user, and administrators' locations before a user's. A user's
// TrustedPeople is left out, as in Chromium, because mail programs collect certificates there.
std::vector<StorePlace> AllStorePlaces() {
  std::vector<StorePlace> places;
  for (WindowsStore store : {WindowsStore::kRoot, WindowsStore::kCa, WindowsStore::kTrustedPeople,
                             WindowsStore::kDisallowed}) {
    for (WindowsLocation location : kMachineLocations) places.push_back({store, location});
    if (store == WindowsStore::kTrustedPeople) continue;
    for (WindowsLocation location : kUserLocations) places.push_back({store, location});
    if (store == WindowsStore::kRoot) places.push_back({store, WindowsLocation::kLogical});
  }
  return places;
}

// The logical store is what CertOpenSystemStore opens, opened by a call that can be told not to
// create it. It holds the roots of Microsoft's programme. A user without a ROOT store still has the
// machine's view. The registry provider opens the other locations, because it shows one location
// alone; the system provider would mix in inherited ones.
ScopedCertStore OpenStorePlace(const WindowsApi& api, const StorePlace& place) {
  constexpr DWORD kReading = CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG;
  const wchar_t* name = WideStoreName(place.store);
  SetLastError(ERROR_SUCCESS);
  if (place.location != WindowsLocation::kLogical) {
    const DWORD flags = LocationFlag(place.location) | kReading;
    return ScopedCertStore(api,
                           api.CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0, flags, name));
  }
  for (const DWORD location : {CERT_SYSTEM_STORE_CURRENT_USER, CERT_SYSTEM_STORE_LOCAL_MACHINE}) {
    ScopedCertStore store(
        api, api.CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, location | kReading, name));
    if (store || !IsMissingStore(GetLastError())) return store;
  }
  return ScopedCertStore(api);
}

// Wine knows no enterprise location and returns null without an error.
bool IsMissingStore(DWORD status) {
  return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND ||
         status == ERROR_SUCCESS;
}

}  // namespace os_truststore
