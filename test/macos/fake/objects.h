// The objects behind the references that the fake returns. Freed objects stay as tombstones, so
// that use after free, double release and leaks are found whatever the allocator does.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_OBJECTS_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_OBJECTS_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <string>
#include <utility>
#include <vector>

#include "control.h"

namespace fake {

// The numbers have no meaning, as on a Mac.
enum class Type : CFTypeID {
  kString = 7,
  kDictionary = 18,
  kArray = 19,
  kData = 20,
  kBoolean = 21,
  kNumber = 22,
  kRunLoop = 40,
  kCertificate = 100,
  kPolicy = 101,
  kTrust = 102,
  kError = 103,
};

struct Object {
  // Null, where a constant string made by the compiler has the address of its class.
  const void* isa = nullptr;
  Type type = Type::kString;
  long references = 1;
  bool immortal = false;
  bool freed = false;
  const char* maker = "";  // the Create or Copy function whose caller owns it
  std::string text;        // string; OID of a policy
  std::vector<uint8_t> bytes;
  int64_t number = 0;
  std::vector<Object*> keys;    // dictionary
  std::vector<Object*> values;  // dictionary, array, trust: each holds one reference
  Certificate certificate;      // a copy, so that it outlives the world
  Evaluation evaluation;        // trust, policy: what it is to evaluate
};

// Makes an object with one reference, owned by the caller of `maker`.
Object* MakeObject(Type type, const char* maker);
// Makes an object that is never freed, for constants of the frameworks.
Object* MakeImmortal(Type type, const char* text);

Object* MakeString(const std::string& text, const char* maker);
Object* MakeArray(std::vector<Object*> owned_values, const char* maker);
Object* MakeDictionary(std::vector<std::pair<Object*, Object*>> owned_entries, const char* maker);

// Returns the live object behind a reference of the expected type. Records a fault and returns null
// when the reference is null, freed or of another type.
Object* Expect(CFTypeRef reference, Type type, const char* function);
Object* ExpectAny(CFTypeRef reference, const char* function);

Object* Retain(Object* object);
void Release(Object* object);
bool AreEqual(const Object* a, const Object* b);

void RecordFault(const std::string& fault);
void RecordForbidden(const std::string& what);
void RecordEvaluation(const Evaluation& evaluation);

// Returns the injected verdict. Records the call as forbidden unless tests allow it.
Verdict NextVerdict();
bool MayEvaluate();

// How an injection changes a call; see control.h.
struct Outcome {
  bool fails = false;
  Failure failure = Failure::kNothing;
  OSStatus status = 0;
};

// Counts a call, delays it, lets it hang, and tells whether it must fail. Made at the start of
// every function that can fail, and kept until it returns.
class Call {
 public:
  // Security's own functions may not overlap; evaluations may.
  enum class Kind { kCoreFoundation, kSecurity, kEvaluation };
  Call(const char* function, Kind kind);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Outcome& outcome() const { return outcome_; }
  bool Fails(Failure failure) const { return outcome_.fails && outcome_.failure == failure; }

 private:
  const Kind kind_;
  Outcome outcome_;
};

// See SetUserSettingsDisabled().
Preference UserSettingsDisabled();

// The current Mac. The reference is valid until Reset().
const World& CurrentWorld();

}  // namespace fake

#endif  // OS_TRUSTSTORE_TEST_MACOS_FAKE_OBJECTS_H_
