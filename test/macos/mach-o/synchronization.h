// Provides libc++'s mutex and condition variable over memory laid out by Darwin's headers. They
// hold a pthread object, whose layout differs; the rest of libc++ has one layout on both systems.
#ifndef OS_TRUSTSTORE_TEST_MACOS_MACH_O_SYNCHRONIZATION_H_
#define OS_TRUSTSTORE_TEST_MACOS_MACH_O_SYNCHRONIZATION_H_

#include <string>

namespace mach_o {

// Returns the replacement for a member function of std::mutex or std::condition_variable, by its
// Mach-O symbol; null for any other.
void* FindSynchronization(const std::string& symbol);

}  // namespace mach_o

#endif  // OS_TRUSTSTORE_TEST_MACOS_MACH_O_SYNCHRONIZATION_H_
