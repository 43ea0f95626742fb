// A minimal test framework, because these tests must build wherever the backend does.
#ifndef OS_TRUSTSTORE_TEST_MACOS_UNIT_TESTING_H_
#define OS_TRUSTSTORE_TEST_MACOS_UNIT_TESTING_H_

#include <functional>
#include <string>
#include <vector>

namespace testing {

struct Test {
  const char* name;
  std::function<void()> body;
};

std::vector<Test>& AllTests();

struct Registration {
  Registration(const char* name, std::function<void()> body) {
    AllTests().push_back({name, std::move(body)});
  }
};

// `body` runs before every test.
struct BeforeEach {
  explicit BeforeEach(std::function<void()> body);
};

// Records a failure of the running test when `ok` is false.
void Check(bool ok, const std::string& what, const char* file, int line);

}  // namespace testing

#define TESTING_JOIN_(a, b) a##b
#define TESTING_JOIN(a, b) TESTING_JOIN_(a, b)
#define TEST(name)                                                            \
  static void TESTING_JOIN(Test_, __LINE__)();                                \
  static const ::testing::Registration TESTING_JOIN(registration_, __LINE__)( \
      name, TESTING_JOIN(Test_, __LINE__));                                   \
  static void TESTING_JOIN(Test_, __LINE__)()
#define CHECK(condition) ::testing::Check((condition), #condition, __FILE__, __LINE__)
#define CHECK_NAMED(condition, name) ::testing::Check((condition), (name), __FILE__, __LINE__)

#endif  // OS_TRUSTSTORE_TEST_MACOS_UNIT_TESTING_H_
