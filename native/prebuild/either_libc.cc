// Linked into the Linux addons, so that one file serves programs on glibc and on musl. What libc++
// and glibc's headers would ask of glibc alone, or what means another thing in musl, is defined
// here by what both have. either-libc.mjs lists that.
//
// The headers that declare these functions are not included: they would bring inline versions of
// their own.
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>

// fcntl.h declares them, and stat() as well.
#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100

extern "C" {

long syscall(long number, ...);  // NOLINT(runtime/int): as unistd.h has it

// glibc had no function of these names before 2.33, only versioned ones behind an inline. The
// kernel writes the structure that both C libraries have on 64-bit systems.
struct stat;

int fstatat(int directory, const char* path, struct stat* status, int flags) {
  return static_cast<int>(syscall(SYS_newfstatat, directory, path, status, flags));
}

int stat(const char* path, struct stat* status) { return fstatat(AT_FDCWD, path, status, 0); }

int lstat(const char* path, struct stat* status) {
  return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int fstat(int file, struct stat* status) {
  return static_cast<int>(syscall(SYS_fstat, file, status));
}

// glibc's returns the text and musl's a number. libc++ is compiled for the former, so this returns
// a text; __xpg_strerror_r returns a number in both.
int __xpg_strerror_r(int error, char* buffer, size_t size);

char* strerror_r(int error, char* buffer, size_t size) {
  static char unknown[] = "unknown error";
  return __xpg_strerror_r(error, buffer, size) == 0 ? buffer : unknown;
}

// libc++abi keeps what each thread is throwing in a thread-local variable. On x64 that takes a
// function that glibc has in ld-linux-x86-64.so.2, a library that no system with musl has. This is
// the structure of the Itanium C++ ABI ("Caught Exceptions Stack"), held by a pthread key.
struct __cxa_eh_globals {
  void* caughtExceptions;
  unsigned int uncaughtExceptions;
};

static pthread_key_t globals_key;
static pthread_once_t globals_once = PTHREAD_ONCE_INIT;

static void MakeGlobalsKey() {
  if (pthread_key_create(&globals_key, free) != 0) abort();
}

__cxa_eh_globals* __cxa_get_globals() {
  pthread_once(&globals_once, MakeGlobalsKey);
  void* globals = pthread_getspecific(globals_key);
  if (globals == nullptr) {
    globals = calloc(1, sizeof(__cxa_eh_globals));
    if (globals == nullptr || pthread_setspecific(globals_key, globals) != 0) abort();
  }
  return static_cast<__cxa_eh_globals*>(globals);
}

__cxa_eh_globals* __cxa_get_globals_fast() { return __cxa_get_globals(); }

// libc++abi's message for an uncaught exception would bring in a demangler of 150 KB. This
// one stands in its place, and says that it cannot demangle.
char* __cxa_demangle(const char*, char*, size_t*, int* status) {
  if (status != nullptr) *status = -1;
  return nullptr;
}

}  // extern "C"
