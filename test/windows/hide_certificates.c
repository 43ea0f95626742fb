// Preloaded into Wine to hide the certificates of the machine. Wine's crypt32 copies them into
// LOCAL_MACHINE\ROOT at its first use in every process, so a test would depend on where it runs;
// Wine has no setting against it.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

static const char* const hidden[] = {"/etc/ssl/",
                                     "/etc/pki/",
                                     "/etc/sfw/",
                                     "/etc/security/cacerts",
                                     "/usr/share/ca-certificates/",
                                     "/usr/local/share/certs"};

static int is_hidden(const char* path) {
  for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); ++i) {
    if (strncmp(path, hidden[i], strlen(hidden[i])) == 0) return 1;
  }
  return 0;
}

#define OPEN(name)                                                                                \
  int name(const char* path, int flags, ...) {                                                    \
    va_list arguments;                                                                            \
    va_start(arguments, flags);                                                                   \
    const int mode = va_arg(arguments, int);                                                      \
    va_end(arguments);                                                                            \
    if (is_hidden(path)) {                                                                        \
      errno = ENOENT;                                                                             \
      return -1;                                                                                  \
    }                                                                                             \
    int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name); \
    return real(path, flags, mode);                                                               \
  }

OPEN(open)
OPEN(open64)

DIR* opendir(const char* path) {
  if (is_hidden(path)) {
    errno = ENOENT;
    return NULL;
  }
  DIR* (*real)(const char*) = (DIR * (*)(const char*)) dlsym(RTLD_NEXT, "opendir");
  return real(path);
}
