// native_tests DIRECTORY             tests the Windows backend against stores in memory; DIRECTORY
//                                    holds the certificates
// native_tests --read                reads the real stores and prints the result
// native_tests --repeat=N [DIRECTORY] reads, or with certificates verifies, again and again, and
//                                    prints which resources remain in use
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "native_tests.h"
#include "windows/chain_judge.h"
#include "windows/store_reader.h"
// psapi.h needs windows.h first.
#include <psapi.h>

namespace os_truststore {

const WindowsApi& RealWindowsApi();

Der Certificate(const std::string& name);

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

// Wine's GetProcessHandleCount answers 0; the list of all handles of the system is right.
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

void Read() { ReadWindowsStore(RealWindowsApi(), {}); }

// The machine refuses and the user CA accepts, so both engines are asked.
void Verify() {
  ChainRequest request;
  request.chain = {Certificate("leaf")};
  request.user_cas = {Certificate("root")};
  request.host = "host.example";
  request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  if (!JudgeChain(RealWindowsApi(), SystemChainApi(), request).accepted) std::printf("refused\n");
}

InUse DoAgain(void (*work)(), int times) {
  for (int i = 0; i < times; ++i) work();
  PROCESS_MEMORY_COUNTERS counters = {};
  K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
  return {CountHandles(), counters.WorkingSetSize};
}

int DoRepeatedly(void (*work)(), int times) {
  const InUse before = DoAgain(work, times / 2);
  const InUse after = DoAgain(work, times);
  std::printf("handles %zu %zu\nbytes %zu %zu\n", before.handles, after.handles, before.bytes,
              after.bytes);
  return 0;
}

int RunAll() {
  return RunNativeTests(StoreReaderTests()) + RunNativeTests(WatchTests()) +
         RunNativeTests(ChainJudgeTests());
}

}  // namespace

Der Certificate(const std::string& name) {
  std::ifstream file(directory + "\\" + name + ".der", std::ios::binary);
  const Der der((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (der.empty()) std::printf("FAILED no certificate %s\n", name.c_str());
  return der;
}

}  // namespace os_truststore

int main(int count, char** values) {
  if (count != 2 && count != 3) return 2;
  os_truststore::directory = values[count - 1];
  if (os_truststore::directory == "--read") return os_truststore::ReadRealStores();
  constexpr char kRepeat[] = "--repeat=";
  if (std::strncmp(values[1], kRepeat, sizeof(kRepeat) - 1) == 0) {
    const int times = std::atoi(values[1] + sizeof(kRepeat) - 1);
    return os_truststore::DoRepeatedly(count == 2 ? os_truststore::Read : os_truststore::Verify,
                                       times);
  }
  return os_truststore::RunAll() == 0 ? 0 : 1;
}
