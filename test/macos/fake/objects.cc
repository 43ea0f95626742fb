#include "objects.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

// The compiler's constant strings (CFSTR) point to this class.
extern "C" {
extern int __CFConstantStringClassReference[];
int __CFConstantStringClassReference[8];
}

namespace fake {
namespace {

// Clang's layout of a constant string, the same for ELF and Mach-O.
struct ConstantString {
  const void* isa;
  int flags;
  const char* text;
  long length;
};

struct Injection {
  int nth;       // the call that fails, counted from here; 0 is every one
  int made = 0;  // calls since
  Outcome outcome;
};

struct State {
  std::mutex mutex;
  std::condition_variable released;
  World world;
  std::set<std::unique_ptr<Object>> objects;
  std::set<std::unique_ptr<Object>> immortals;
  std::map<std::string, Object*> constant_strings;
  std::map<std::string, std::vector<Injection>> injections;
  std::map<std::string, int> delays;
  std::set<std::string> hanging_functions;
  int hanging = 0;
  std::map<std::string, int> calls;
  std::function<void(const std::string&)> hook;
  Report report;
  Preference user_settings_disabled = Preference::kAbsent;
  int inside_security = 0;
  std::optional<Verdict> verdict;
  std::vector<Evaluation> evaluations;
  int evaluating = 0;
  int most_evaluating = 0;
};

// Never destroyed: threads of an abandoned read may still use it when the process ends.
State& GetState() {
  static State* const state = new State;
  return *state;
}

Object* InternConstantString(const ConstantString* constant) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  Object*& object = state.constant_strings[constant->text];
  if (object == nullptr) {
    auto made = std::make_unique<Object>();
    made->text = constant->text;
    made->immortal = true;
    object = made.get();
    state.immortals.insert(std::move(made));
  }
  return object;
}

Object* Resolve(CFTypeRef reference) {
  auto* object = static_cast<Object*>(const_cast<void*>(reference));
  if (object != nullptr && object->isa == __CFConstantStringClassReference) {
    return InternConstantString(reinterpret_cast<const ConstantString*>(object));
  }
  return object;
}

void FreeLocked(Object* object) {
  object->freed = true;
  for (std::vector<Object*>* children : {&object->keys, &object->values}) {
    for (Object* child : *children) {
      if (child == nullptr || child->immortal) continue;
      if (--child->references == 0) FreeLocked(child);
    }
  }
}

}  // namespace

Object* MakeObject(Type type, const char* maker) {
  auto made = std::make_unique<Object>();
  made->type = type;
  made->maker = maker;
  Object* object = made.get();
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.objects.insert(std::move(made));
  return object;
}

Object* MakeImmortal(Type type, const char* text) {
  Object* object = nullptr;
  auto made = std::make_unique<Object>();
  made->type = type;
  made->text = text;
  made->immortal = true;
  object = made.get();
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.immortals.insert(std::move(made));
  return object;
}

Object* MakeString(const std::string& text, const char* maker) {
  Object* string = MakeObject(Type::kString, maker);
  string->text = text;
  return string;
}

Object* MakeArray(std::vector<Object*> owned_values, const char* maker) {
  Object* array = MakeObject(Type::kArray, maker);
  array->values = std::move(owned_values);
  return array;
}

Object* MakeDictionary(std::vector<std::pair<Object*, Object*>> owned_entries, const char* maker) {
  Object* dictionary = MakeObject(Type::kDictionary, maker);
  for (const auto& [key, value] : owned_entries) {
    dictionary->keys.push_back(key);
    dictionary->values.push_back(value);
  }
  return dictionary;
}

void RecordFault(const std::string& fault) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.report.faults.push_back(fault);
}

void RecordForbidden(const std::string& what) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.report.forbidden.push_back(what);
}

Object* ExpectAny(CFTypeRef reference, const char* function) {
  Object* object = Resolve(reference);
  if (object == nullptr) {
    RecordFault(std::string("NULL passed to ") + function);
    return nullptr;
  }
  bool freed = false;
  {
    const std::lock_guard<std::mutex> lock(GetState().mutex);
    freed = object->freed;
  }
  if (freed) {
    RecordFault(std::string(function) + " on a freed object of " + object->maker);
    return nullptr;
  }
  return object;
}

Object* Expect(CFTypeRef reference, Type type, const char* function) {
  Object* object = ExpectAny(reference, function);
  if (object != nullptr && object->type != type) {
    RecordFault(std::string(function) + " on an object of another type, of " + object->maker);
    return nullptr;
  }
  return object;
}

Object* Retain(Object* object) {
  if (object->immortal) return object;
  const std::lock_guard<std::mutex> lock(GetState().mutex);
  ++object->references;
  return object;
}

void Release(Object* object) {
  if (object->immortal) return;
  const std::lock_guard<std::mutex> lock(GetState().mutex);
  if (--object->references == 0) FreeLocked(object);
}

bool AreEqual(const Object* a, const Object* b) {
  if (a == b) return true;
  return a->type == b->type && a->type == Type::kString && a->text == b->text;
}

void RecordEvaluation(const Evaluation& evaluation) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.evaluations.push_back(evaluation);
}

Verdict NextVerdict() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.verdict.value_or(Verdict());
}

bool MayEvaluate() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.verdict.has_value();
}

void AllowEvaluation(Verdict verdict) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.verdict = std::move(verdict);
}

std::vector<Evaluation> Evaluations() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.evaluations;
}

int MostEvaluationsAtOnce() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.most_evaluating;
}

const World& CurrentWorld() { return GetState().world; }

void SetUserSettingsDisabled(Preference preference) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.user_settings_disabled = preference;
}

Preference UserSettingsDisabled() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.user_settings_disabled;
}

Call::Call(const char* function, Kind kind) : kind_(kind) {
  State& state = GetState();
  std::function<void(const std::string&)> hook;
  int delay = 0;
  {
    const std::lock_guard<std::mutex> lock(state.mutex);
    if (kind_ == Kind::kSecurity && ++state.inside_security > 1) ++state.report.overlaps;
    if (kind_ == Kind::kEvaluation) {
      if (!state.verdict) state.report.forbidden.push_back(function);
      state.most_evaluating = std::max(state.most_evaluating, ++state.evaluating);
    }
    ++state.calls[function];
    hook = state.hook;
    const auto slow = state.delays.find(function);
    if (slow != state.delays.end()) delay = slow->second;
    for (Injection& injection : state.injections[function]) {
      ++injection.made;
      if (injection.nth == 0 || injection.nth == injection.made) outcome_ = injection.outcome;
    }
  }
  if (hook) hook(function);
  if (delay > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay));
  std::unique_lock<std::mutex> lock(state.mutex);
  if (state.hanging_functions.count(function) == 0) return;
  ++state.hanging;
  state.released.wait(lock, [&] { return state.hanging_functions.count(function) == 0; });
  --state.hanging;
}

Call::~Call() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  if (kind_ == Kind::kSecurity) --state.inside_security;
  if (kind_ == Kind::kEvaluation) --state.evaluating;
}

void Reset(World world) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.world = std::move(world);
  state.objects.clear();
  state.injections.clear();
  state.delays.clear();
  state.hanging_functions.clear();
  state.calls.clear();
  state.hook = nullptr;
  state.report = Report();
  state.user_settings_disabled = Preference::kAbsent;
  state.verdict.reset();
  state.evaluations.clear();
  state.most_evaluating = 0;
}

void Fail(const std::string& function, Failure failure, int nth, int status) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  Injection injection;
  injection.nth = nth;
  injection.outcome.fails = true;
  injection.outcome.failure = failure;
  injection.outcome.status = status;
  state.injections[function].push_back(injection);
}

void Delay(const std::string& function, int milliseconds) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.delays[function] = milliseconds;
}

void Hang(const std::string& function) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.hanging_functions.insert(function);
}

void Unhang() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.hanging_functions.clear();
  state.released.notify_all();
}

int Hanging() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.hanging;
}

void OnCall(std::function<void(const std::string&)> hook) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.hook = std::move(hook);
}

int Calls(const std::string& function) {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  const auto found = state.calls.find(function);
  return found == state.calls.end() ? 0 : found->second;
}

std::map<std::string, int> AllCalls() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.calls;
}

void ForgetCalls() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  state.calls.clear();
}

Report GetReport() {
  State& state = GetState();
  const std::lock_guard<std::mutex> lock(state.mutex);
  Report report = state.report;
  std::map<std::string, int> by_maker;
  for (const std::unique_ptr<Object>& object : state.objects) {
    if (object->freed) continue;
    ++report.live;
    ++by_maker[object->maker];
  }
  for (const auto& [maker, count] : by_maker) {
    report.leaks.push_back(std::to_string(count) + " from " + maker);
  }
  return report;
}

}  // namespace fake
