#ifndef OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_NATIVE_TESTS_H_
#define OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_NATIVE_TESTS_H_

#include <string>
#include <vector>

#include "check.h"
#include "fake_windows.h"

namespace os_truststore {

// Reads NAME.der of the directory given to the program.
Der Certificate(const std::string& name);

std::vector<NativeTest> StoreReaderTests();
std::vector<NativeTest> WatchTests();
std::vector<NativeTest> ChainJudgeTests();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_TEST_NATIVE_WINDOWS_NATIVE_TESTS_H_
