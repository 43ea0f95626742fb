// Hands texts to JavaScript. Many are handed over as few long strings, which JavaScript splits
// without copying: the garbage collector would move thousands of single strings, megabytes of them,
// while the program waits. Part of the Node-API surface; lib/addon/joined-texts.ts is the other
// half.
#ifndef OS_TRUSTSTORE_NATIVE_BINDING_JOINED_TEXTS_H_
#define OS_TRUSTSTORE_NATIVE_BINDING_JOINED_TEXTS_H_

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "system_store.h"

namespace os_truststore {

class JoinedTexts {
 public:
  // `expected` is how many texts the whole answer may have, in this and other instances.
  JoinedTexts(Napi::Env env, size_t expected);

  // Each byte becomes one character.
  void Add(const std::string& text);
  void AddPem(const StoreCertificate& certificate);

  // Returns { texts } when the texts are separate, else { texts, lengths }, where no length crosses
  // the end of a text. Nothing may be added afterwards.
  Napi::Object ToObject();

 private:
  // V8 does not move strings over 128 KiB, but takes memory from the system for each one, which
  // costs more than it saves in a usual store. Keeping a part keeps its whole text alive, so texts
  // are not much longer than that.
  static constexpr size_t kMany = 1000;
  static constexpr size_t kTextSize = 256 * 1024;

  void End(size_t length);
  void Flush();

  Napi::Env env_;
  Napi::Array texts_;
  bool joined_;
  std::string text_;
  std::vector<uint32_t> lengths_;
  uint32_t count_ = 0;
};

}  // namespace os_truststore

#endif  // OS_TRUSTSTORE_NATIVE_BINDING_JOINED_TEXTS_H_
