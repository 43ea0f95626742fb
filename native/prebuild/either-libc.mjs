/**
 * The functions of a C library that a Linux addon may ask for: one file serves glibc and musl. Each is in both since
 * before glibc 2.28 and musl 1.2.2, takes and returns the same, and its structures have one layout on x64 and arm64. To
 * add one, compare the two libraries' declarations; where they differ, either_libc.cc is the place for one of our own.
 *
 * Not here although both have them: `stat` and its kin (glibc: 2.33), `strerror_r` (one returns a text, the other a
 * number), names that end in 64 (musl: until 1.2.3), names that end in _chk (musl has none), `__tls_get_addr` (on x64,
 * glibc has it in ld-linux-x86-64.so.2), and what takes a `pthread_attr_t`, a `sigset_t` or a `jmp_buf`.
 */

/** Those in libc.so.6 of every glibc. */
export const libcSymbols = new Set([
  '__errno_location', // the numbers are the kernel's
  '__xpg_strerror_r',
  'abort',
  'aligned_alloc',
  'bcmp',
  'calloc',
  'clock_gettime',
  'close',
  'closedir',
  'dl_iterate_phdr',
  'fdopendir',
  'fflush',
  'fprintf',
  'fputc',
  'free',
  'fwrite',
  'isxdigit',
  'malloc',
  'memchr',
  'memcmp',
  'memcpy',
  'memmove',
  'memset',
  'open', // the flags are the kernel's
  'openat',
  // A condition variable has 48 bytes; a mutex 40 or, in glibc on arm64, 48. Both may begin as zeros.
  'pthread_cond_broadcast',
  'pthread_cond_destroy',
  'pthread_cond_timedwait',
  'pthread_cond_wait',
  'pthread_mutex_lock',
  'pthread_mutex_unlock',
  'read',
  'readdir', // the entry is the kernel's
  'readlink',
  'readlinkat',
  'snprintf',
  'stderr',
  'strcmp',
  'strlen',
  'strstr',
  'syscall',
  'vfprintf',
]);

/** Those that glibc had in libm, libdl and libpthread before 2.34, with one version each. */
export const otherSymbols = new Set([
  'ceilf',
  'dladdr',
  'dlsym', // RTLD_DEFAULT is 0
  'floor',
  'llround',
  'pthread_create', // without attributes: musl's threads then have a stack of 128 KB
  'pthread_detach',
  'pthread_getspecific',
  'pthread_key_create',
  'pthread_once', // the flag is an int
  'pthread_rwlock_rdlock', // a lock has 56 bytes and may begin as zeros
  'pthread_rwlock_unlock',
  'pthread_rwlock_wrlock',
  'pthread_setspecific',
]);

/** What may be missing: glibc's start files call it where there is one, and musl has none. */
export const optionalSymbols = new Set(['__gmon_start__']);
