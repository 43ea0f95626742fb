// Lets tests steer the fake, and reports what happened.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_CONTROL_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_CONTROL_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "world.h"

namespace fake {

// Starts a new Mac; forgets every object, injection, count and fault. No call may be running.
void Reset(World world);

enum class Failure {
  kStatus,     // an OSStatus, and no result
  kNothing,    // success with the function's "nothing": null, false or zero
  kWrongType,  // an object of another type
};

// Makes the `nth` call of a function from now on fail (1 is the next one, 0 is every one).
void Fail(const std::string& function, Failure failure, int nth, int status = 0);
// Makes every call of a function take this long.
void Delay(const std::string& function, int milliseconds);
// Makes every call of a function block until Unhang().
void Hang(const std::string& function);
void Unhang();
// Returns how many threads Hang() blocks.
int Hanging();
// `hook` runs at the start of every call that can fail, on the caller's thread.
void OnCall(std::function<void(const std::string& function)> hook);

// Allows evaluating chains from now on, with this verdict. Before that, and again after Reset(),
// every function that evaluates is forbidden.
void AllowEvaluation(Verdict verdict);
// Returns the evaluations since Reset().
std::vector<Evaluation> Evaluations();
// Returns the highest number of simultaneous evaluations.
int MostEvaluationsAtOnce();

// The effect of `security user-trust-settings-enable -d` and other values of that preference, until
// Reset().
enum class Preference { kAbsent, kTrue, kFalse, kOne, kYes };
void SetUserSettingsDisabled(Preference preference);

// Acts as if another process had changed the trust settings (kSecTrustSettingsChangedEventMask, …).
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
