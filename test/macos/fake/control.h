// How tests steer the fake and what it tells them.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_CONTROL_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_CONTROL_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "world.h"

namespace fake {

// A new Mac; forgets every object, injection, count and fault. No call may be running.
void Reset(World world);

enum class Failure {
  kStatus,     // an OSStatus, and nothing handed over
  kNothing,    // success with null, or null, false, zero: whatever the function's "nothing" is
  kWrongType,  // an object of another type
};

// The `nth` call of a function from now on fails (1 is the next one, 0 is every one).
void Fail(const std::string& function, Failure failure, int nth, int status = 0);
// Every call of a function takes this long.
void Delay(const std::string& function, int milliseconds);
// Every call of a function blocks until Unhang().
void Hang(const std::string& function);
void Unhang();
// How many threads are blocked by Hang().
int Hanging();
// Runs at the start of every call that can fail, on the caller's thread.
void OnCall(std::function<void(const std::string& function)> hook);

// From now on chains may be evaluated, and this is what comes of it. Until then, and again after
// Reset(), any function that evaluates is forbidden.
void AllowEvaluation(Verdict verdict);
// What was evaluated since Reset().
std::vector<Evaluation> Evaluations();
// How many evaluations were under way at once, at most.
int MostEvaluationsAtOnce();

// `security user-trust-settings-enable -d`, and other values of that preference, until Reset().
enum class Preference { kAbsent, kTrue, kFalse, kOne, kYes };
void SetUserSettingsDisabled(Preference preference);

// As if another process had changed the trust settings (kSecTrustSettingsChangedEventMask, …).
void PostKeychainEvent(uint32_t event_mask);
bool HasKeychainCallback();

int Calls(const std::string& function);
std::map<std::string, int> AllCalls();
void ForgetCalls();

struct Report {
  long live = 0;  // objects made and not freed
  std::vector<std::string>
      faults;                      // null, freed or mistyped references; bad indices; over-releases
  std::vector<std::string> leaks;  // "3 from SecItemCopyMatching"
  long overlaps = 0;               // calls into Security while another thread was inside
  std::vector<std::string> forbidden;  // calls that evaluate, filter by trust, or change settings
};
Report GetReport();

}  // namespace fake

#endif  // OS_TRUSTSTORE_TEST_MACOS_FAKE_CONTROL_H_
