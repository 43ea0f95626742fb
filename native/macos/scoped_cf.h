// Releases CoreFoundation references, here and nowhere else. Apple's rule: the caller of a function
// with "Create" or "Copy" in its name owns the result and releases it; a "Get" function returns a
// borrowed reference, which must never go in here.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_SCOPED_CF_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_SCOPED_CF_H_

#include <CoreFoundation/CoreFoundation.h>

#include <utility>

namespace os_truststore {

template <typename Ref>
class ScopedCf {
 public:
  ScopedCf() = default;
  // Takes over a reference that the caller owns; null is fine.
  explicit ScopedCf(Ref owned) : ref_(owned) {}
  ~ScopedCf() { reset(); }

  ScopedCf(const ScopedCf&) = delete;
  ScopedCf& operator=(const ScopedCf&) = delete;
  ScopedCf(ScopedCf&& other) noexcept : ref_(std::exchange(other.ref_, nullptr)) {}
  ScopedCf& operator=(ScopedCf&& other) noexcept {
    if (this != &other) {
      reset();
      ref_ = std::exchange(other.ref_, nullptr);
    }
    return *this;
  }

  Ref get() const { return ref_; }
  explicit operator bool() const { return ref_ != nullptr; }

  // For functions that return a reference through a pointer.
  Ref* out() {
    reset();
    return &ref_;
  }

  void reset() {
    if (ref_ != nullptr) CFRelease(ref_);
    ref_ = nullptr;
  }

 private:
  Ref ref_ = nullptr;
};

// Casts a borrowed reference of unknown type to `Ref`, or returns null when it is null or of
// another type. Property lists and trust settings come from files, so every value is checked before
// use.
template <typename Ref>
Ref CheckedCast(CFTypeRef value, CFTypeID type) {
  if (value == nullptr || CFGetTypeID(value) != type) return nullptr;
  return static_cast<Ref>(const_cast<void*>(value));
}

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_SCOPED_CF_H_
