#include "check.h"

#include <cstdio>

namespace os_truststore {
namespace {

std::string* failures = nullptr;

}  // namespace

void ReportFailure(const char* file, int line, const std::string& what) {
  *failures += "\n  " + std::string(file) + ":" + std::to_string(line) + ": " + what;
}

int RunNativeTests(const std::vector<NativeTest>& tests) {
  int failed = 0;
  for (const NativeTest& test : tests) {
    std::string found;
    failures = &found;
    test.run();
    if (!found.empty()) ++failed;
    std::printf("%s %s%s\n", found.empty() ? "ok" : "FAILED", test.name, found.c_str());
    std::fflush(stdout);
  }
  return failed;
}

}  // namespace os_truststore
