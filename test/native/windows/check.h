// A minimal test framework: named tests that report what failed and go on.
#ifndef OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_CHECK_H_
#define OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_CHECK_H_

#include <string>
#include <vector>

namespace os_truststore {

struct NativeTest {
  const char* name;  // a sentence about behaviour
  void (*run)();
};

// Runs them, prints "ok NAME" or "FAILED NAME: …" for each, and returns how many failed.
int RunNativeTests(const std::vector<NativeTest>& tests);

void ReportFailure(const char* file, int line, const std::string& what);

}  // namespace os_truststore

#define CHECK(condition) \
  ((condition) ? (void)0 : ::os_truststore::ReportFailure(__FILE__, __LINE__, #condition))

#define CHECK_THAT(condition, context) \
  ((condition)                         \
       ? (void)0                       \
       : ::os_truststore::ReportFailure(__FILE__, __LINE__, #condition " with " + (context)))

#endif  // OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_CHECK_H_
