// Implements the part of CoreFoundation that the backend uses. Every accessor checks its reference.
#include <CoreFoundation/CoreFoundation.h>

#include <cstring>

#include "objects.h"

namespace {

using fake::Call;
using fake::Expect;
using fake::ExpectAny;
using fake::Failure;
using fake::Object;
using fake::Type;

constexpr Call::Kind kKind = Call::Kind::kCoreFoundation;

// A getter returns this where a test injects a value of another type.
const void* SomethingElse() {
  static Object* const value = fake::MakeImmortal(Type::kBoolean, "something else");
  return value;
}

const Object* Find(const Object* dictionary, const void* key, const char* function) {
  const Object* wanted = ExpectAny(key, function);
  if (wanted == nullptr) return nullptr;
  for (size_t i = 0; i < dictionary->keys.size(); ++i) {
    if (fake::AreEqual(dictionary->keys[i], wanted)) return dictionary->values[i];
  }
  return nullptr;
}

}  // namespace

extern "C" {

extern const CFAllocatorRef kCFAllocatorDefault;
extern const CFBooleanRef kCFBooleanTrue;
extern const CFArrayCallBacks kCFTypeArrayCallBacks;
const CFArrayCallBacks kCFTypeArrayCallBacks = {};
extern const CFDictionaryKeyCallBacks kCFTypeDictionaryKeyCallBacks;
extern const CFDictionaryValueCallBacks kCFTypeDictionaryValueCallBacks;
const CFAllocatorRef kCFAllocatorDefault = nullptr;
const CFBooleanRef kCFBooleanTrue =
    reinterpret_cast<CFBooleanRef>(fake::MakeImmortal(Type::kBoolean, "true"));
const CFDictionaryKeyCallBacks kCFTypeDictionaryKeyCallBacks = {};
const CFDictionaryValueCallBacks kCFTypeDictionaryValueCallBacks = {};

CFTypeRef CFRetain(CFTypeRef reference) {
  Object* object = ExpectAny(reference, "CFRetain");
  if (object != nullptr) fake::Retain(object);
  return reference;
}

void CFRelease(CFTypeRef reference) {
  Object* object = ExpectAny(reference, "CFRelease");
  if (object != nullptr) fake::Release(object);
}

CFTypeID CFGetTypeID(CFTypeRef reference) {
  const Object* object = ExpectAny(reference, "CFGetTypeID");
  return object == nullptr ? 0 : static_cast<CFTypeID>(object->type);
}

Boolean CFEqual(CFTypeRef a, CFTypeRef b) {
  const Object* left = ExpectAny(a, "CFEqual");
  const Object* right = ExpectAny(b, "CFEqual");
  return left != nullptr && right != nullptr && fake::AreEqual(left, right);
}

CFTypeID CFArrayGetTypeID() { return static_cast<CFTypeID>(Type::kArray); }
CFTypeID CFDataGetTypeID() { return static_cast<CFTypeID>(Type::kData); }
CFTypeID CFDictionaryGetTypeID() { return static_cast<CFTypeID>(Type::kDictionary); }
CFTypeID CFNumberGetTypeID() { return static_cast<CFTypeID>(Type::kNumber); }
CFTypeID CFStringGetTypeID() { return static_cast<CFTypeID>(Type::kString); }

CFArrayRef CFArrayCreate(CFAllocatorRef, const void** values, CFIndex count,
                         const CFArrayCallBacks* callbacks) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  if (callbacks != &kCFTypeArrayCallBacks) {
    fake::RecordFault("CFArrayCreate without callbacks: its values are not retained");
  }
  std::vector<Object*> items;
  for (CFIndex i = 0; i < count; ++i) {
    Object* item = ExpectAny(values[i], __func__);
    if (item == nullptr) return nullptr;
    items.push_back(fake::Retain(item));
  }
  return reinterpret_cast<CFArrayRef>(fake::MakeArray(std::move(items), __func__));
}

CFDataRef CFDataCreate(CFAllocatorRef, const UInt8* bytes, CFIndex size) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  Object* data = fake::MakeObject(Type::kData, __func__);
  data->bytes.assign(bytes, bytes + size);
  return reinterpret_cast<CFDataRef>(data);
}

CFStringRef CFStringCreateWithBytes(CFAllocatorRef, const UInt8* bytes, CFIndex size,
                                    CFStringEncoding, Boolean) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  const std::string text(bytes, bytes + size);
  return reinterpret_cast<CFStringRef>(fake::MakeString(text, __func__));
}

CFIndex CFErrorGetCode(CFErrorRef error) {
  const Call call(__func__, kKind);
  const Object* object = Expect(error, Type::kError, __func__);
  return object == nullptr ? 0 : static_cast<CFIndex>(object->number);
}

CFStringRef CFErrorCopyDescription(CFErrorRef error) {
  const Call call(__func__, kKind);
  const Object* object = Expect(error, Type::kError, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  return reinterpret_cast<CFStringRef>(fake::MakeString(object->text, __func__));
}

CFIndex CFArrayGetCount(CFArrayRef array) {
  const Call call(__func__, kKind);
  const Object* object = Expect(array, Type::kArray, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return 0;
  return static_cast<CFIndex>(object->values.size());
}

const void* CFArrayGetValueAtIndex(CFArrayRef array, CFIndex index) {
  const Call call(__func__, kKind);
  const Object* object = Expect(array, Type::kArray, __func__);
  if (object == nullptr) return nullptr;
  if (index < 0 || static_cast<size_t>(index) >= object->values.size()) {
    fake::RecordFault("CFArrayGetValueAtIndex beyond the end");
    return nullptr;
  }
  if (call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) return SomethingElse();
  return object->values[static_cast<size_t>(index)];
}

CFIndex CFDataGetLength(CFDataRef data) {
  const Call call(__func__, kKind);
  const Object* object = Expect(data, Type::kData, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return 0;
  return static_cast<CFIndex>(object->bytes.size());
}

const UInt8* CFDataGetBytePtr(CFDataRef data) {
  const Call call(__func__, kKind);
  const Object* object = Expect(data, Type::kData, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  return object->bytes.data();
}

CFDictionaryRef CFDictionaryCreate(CFAllocatorRef, const void** keys, const void** values,
                                   CFIndex count, const CFDictionaryKeyCallBacks* key_callbacks,
                                   const CFDictionaryValueCallBacks* value_callbacks) {
  const Call call(__func__, kKind);
  if (call.Fails(Failure::kNothing)) return nullptr;
  if (key_callbacks != &kCFTypeDictionaryKeyCallBacks ||
      value_callbacks != &kCFTypeDictionaryValueCallBacks) {
    fake::RecordFault("CFDictionaryCreate without callbacks: its keys and values are not retained");
  }
  std::vector<std::pair<Object*, Object*>> entries;
  for (CFIndex i = 0; i < count; ++i) {
    Object* key = ExpectAny(keys[i], __func__);
    Object* value = ExpectAny(values[i], __func__);
    if (key == nullptr || value == nullptr) return nullptr;
    entries.emplace_back(fake::Retain(key), fake::Retain(value));
  }
  return reinterpret_cast<CFDictionaryRef>(fake::MakeDictionary(std::move(entries), __func__));
}

Boolean CFDictionaryGetValueIfPresent(CFDictionaryRef dictionary, const void* key,
                                      const void** value) {
  const Call call(__func__, kKind);
  const Object* object = Expect(dictionary, Type::kDictionary, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return false;
  const void* found = Find(object, key, __func__);
  if (found == nullptr) return false;
  if (value != nullptr) *value = call.Fails(Failure::kWrongType) ? SomethingElse() : found;
  return true;
}

const void* CFDictionaryGetValue(CFDictionaryRef dictionary, const void* key) {
  const Call call(__func__, kKind);
  const Object* object = Expect(dictionary, Type::kDictionary, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  if (call.Fails(Failure::kWrongType)) return SomethingElse();
  return Find(object, key, __func__);
}

Boolean CFNumberGetValue(CFNumberRef number, CFNumberType type, void* value) {
  const Call call(__func__, kKind);
  const Object* object = Expect(number, Type::kNumber, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return false;
  if (type == kCFNumberSInt64Type) {
    std::memcpy(value, &object->number, sizeof(int64_t));
    return true;
  }
  const auto narrow = static_cast<int32_t>(object->number);
  std::memcpy(value, &narrow, sizeof(narrow));
  return narrow == object->number;
}

extern const CFStringRef kCFPreferencesAnyUser;
extern const CFStringRef kCFPreferencesCurrentHost;
const CFStringRef kCFPreferencesAnyUser =
    reinterpret_cast<CFStringRef>(fake::MakeImmortal(Type::kString, "kCFPreferencesAnyUser"));
const CFStringRef kCFPreferencesCurrentHost =
    reinterpret_cast<CFStringRef>(fake::MakeImmortal(Type::kString, "kCFPreferencesCurrentHost"));

CFPropertyListRef CFPreferencesCopyValue(CFStringRef key, CFStringRef application, CFStringRef user,
                                         CFStringRef host) {
  const Call call(__func__, kKind);
  const Object* name = Expect(key, Type::kString, __func__);
  const Object* domain = Expect(application, Type::kString, __func__);
  if (name == nullptr || domain == nullptr || call.Fails(Failure::kNothing)) return nullptr;
  // This user and this host mean /Library/Preferences, where trustd looks.
  if (name->text != "DisableUserTrustSettings" || domain->text != "com.apple.security" ||
      user != kCFPreferencesAnyUser || host != kCFPreferencesCurrentHost) {
    fake::RecordFault("CFPreferencesCopyValue of " + domain->text + " " + name->text);
    return nullptr;
  }
  if (call.Fails(Failure::kWrongType)) return fake::MakeArray({}, __func__);
  switch (fake::UserSettingsDisabled()) {
    case fake::Preference::kAbsent:
      return nullptr;
    case fake::Preference::kTrue:
      return kCFBooleanTrue;
    case fake::Preference::kFalse:
      return SomethingElse();
    case fake::Preference::kOne: {
      Object* number = fake::MakeObject(Type::kNumber, __func__);
      number->number = 1;
      return number;
    }
    case fake::Preference::kYes:
      return fake::MakeString("yes", __func__);
  }
  return nullptr;
}

Boolean CFStringGetCString(CFStringRef string, char* buffer, CFIndex size, CFStringEncoding) {
  const Call call(__func__, kKind);
  const Object* object = Expect(string, Type::kString, __func__);
  if (object == nullptr || call.Fails(Failure::kNothing)) return false;
  if (object->text.size() + 1 > static_cast<size_t>(size)) return false;
  std::memcpy(buffer, object->text.c_str(), object->text.size() + 1);
  return true;
}

}  // extern "C"
