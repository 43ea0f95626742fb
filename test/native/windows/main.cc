// native_tests DIRECTORY   tests the Windows backend against stores in memory; DIRECTORY holds the
// certificates native_tests --read      reads the real stores and prints what became of them
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "native_tests.h"
#include "windows/store_reader.h"
// psapi.h needs windows.h first.
#include <psapi.h>

namespace os_truststore {

const WindowsApi& RealWindowsApi();

namespace {

std::string directory;

int ReadRealStores() {
  const ReadResult result = ReadWindowsStore(RealWindowsApi(), {});
  std::printf("%u certificates\n", static_cast<unsigned>(result.certificates.size()));
  for (const StoreError& error : result.errors) {
    const bool unsupported = error.code == StoreErrorCode::kUnsupported;
    std::printf("%s: %s\n", unsupported ? "unsupported" : "error", error.message.c_str());
  }
  return 0;
}

struct InUse {
  size_t handles = 0;
  size_t bytes = 0;
};

// GetProcessHandleCount answers 0 in Wine; the list of every handle of the system does not.
size_t CountHandles() {
  struct Entry {
    void* object;
    ULONG_PTR process;
    ULONG_PTR rest[3];
  };
  constexpr ULONG kSystemExtendedHandleInformation = 64;
  using Query = LONG(WINAPI*)(ULONG, void*, ULONG, ULONG*);
  const auto query = reinterpret_cast<Query>(reinterpret_cast<void*>(
      GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
  std::vector<ULONG_PTR> buffer(1 << 20);
  ULONG size = 0;
  if (query(kSystemExtendedHandleInformation, buffer.data(),
            static_cast<ULONG>(buffer.size() * sizeof(ULONG_PTR)), &size) != 0) {
    return 0;
  }
  const auto* entries = reinterpret_cast<const Entry*>(buffer.data() + 2);
  return static_cast<size_t>(std::count_if(entries, entries + buffer[0], [](const Entry& entry) {
    return entry.process == GetCurrentProcessId();
  }));
}

InUse ReadAgain(int times) {
  for (int i = 0; i < times; ++i) ReadWindowsStore(RealWindowsApi(), {});
  PROCESS_MEMORY_COUNTERS counters = {};
  K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
  return {CountHandles(), counters.WorkingSetSize};
}

int ReadRepeatedly(int times) {
  const InUse before = ReadAgain(times / 2);
  const InUse after = ReadAgain(times);
  std::printf("handles %zu %zu\nbytes %zu %zu\n", before.handles, after.handles, before.bytes,
              after.bytes);
  return 0;
}

int RunAll() { return RunNativeTests(StoreReaderTests()) + RunNativeTests(WatchTests()); }

}  // namespace

Der Certificate(const std::string& name) {
  std::ifstream file(directory + "\\" + name + ".der", std::ios::binary);
  const Der der((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (der.empty()) std::printf("FAILED no certificate %s\n", name.c_str());
  return der;
}

}  // namespace os_truststore

int main(int count, char** values) {
  if (count != 2) return 2;
  os_truststore::directory = values[1];
  if (os_truststore::directory == "--read") return os_truststore::ReadRealStores();
  constexpr char kRepeat[] = "--repeat=";
  if (std::strncmp(values[1], kRepeat, sizeof(kRepeat) - 1) == 0) {
    return os_truststore::ReadRepeatedly(std::atoi(values[1] + sizeof(kRepeat) - 1));
  }
  return os_truststore::RunAll() == 0 ? 0 : 1;
}
