// Runs every test, or those whose name contains the first argument.
#include <cstdio>
#include <string>

#include "testing.h"

namespace testing {
namespace {

int failures = 0;

std::vector<std::function<void()>>& AllPreparations() {
  static std::vector<std::function<void()>> all;
  return all;
}

}  // namespace

BeforeEach::BeforeEach(std::function<void()> body) { AllPreparations().push_back(std::move(body)); }

std::vector<Test>& AllTests() {
  static std::vector<Test> tests;
  return tests;
}

void Check(bool ok, const std::string& what, const char* file, int line) {
  if (ok) return;
  if (++failures <= 20) std::printf("    %s:%d: %s\n", file, line, what.c_str());
}

}  // namespace testing

int main(int argc, char** argv) {
  const std::string wanted = argc > 1 ? argv[1] : "";
  int failed = 0;
  int run = 0;
  for (const testing::Test& test : testing::AllTests()) {
    if (std::string(test.name).find(wanted) == std::string::npos) continue;
    testing::failures = 0;
    for (const std::function<void()>& prepare : testing::AllPreparations()) prepare();
    test.body();
    ++run;
    failed += testing::failures != 0;
    std::printf("%s %s\n", testing::failures == 0 ? "ok" : "not ok", test.name);
    std::fflush(stdout);
  }
  std::printf("%d tests, %d failed\n", run, failed);
  return failed == 0 && run > 0 ? 0 : 1;
}
