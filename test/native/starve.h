// Reads the store repeatedly on a thread that is refused memory, each time a little later.
#ifndef OS_TRUSTSTORE_TEST_NATIVE_STARVE_H_
#define OS_TRUSTSTORE_TEST_NATIVE_STARVE_H_

#include <cstdint>
#include <string>

namespace os_truststore {

// Prints one JSON object a line for each way of refusing; returns the exit code. That it returns at
// all is half of the test.
int Starve(const std::string& root, int64_t now);

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_TEST_NATIVE_STARVE_H_
