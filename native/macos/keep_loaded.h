// Keeps the code of this addon in memory.
#ifndef OS_TRUSTSTORE_NATIVE_MACOS_KEEP_LOADED_H_
#define OS_TRUSTSTORE_NATIVE_MACOS_KEEP_LOADED_H_

namespace os_truststore {

// A read that hangs in trustd is abandoned by its caller and may return long after Node unloaded
// the addon with the worker thread that loaded it. Its code must still be there then. (On Linux the
// linker flag -z nodelete does this.) Called while the addon is loaded and again by what may hang.
void KeepCodeLoaded();

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_MACOS_KEEP_LOADED_H_
