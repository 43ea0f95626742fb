// Fuzzes the reader of p11-kit's object files, which administrators write by hand.
#include "fuzz/fuzz.h"
#include "linux/p11_kit.h"

using namespace os_truststore;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const P11KitFile all = ParseP11Kit(bytes, size, false);
  const P11KitFile distrusted = ParseP11Kit(bytes, size, true);
  Require(distrusted.objects.size() <= all.objects.size());
  Require(!all.objects.empty() || !all.errors.empty());
  Require(all.objects.empty() || LooksLikeP11Kit(bytes, size));
  for (const P11KitObject& object : all.objects) {
    Require(object.der.size() <= size && object.issuer.size() <= size);
    Require(object.public_key.size() <= size);
  }
  size_t marked = 0;
  for (const P11KitObject& object : all.objects) marked += object.is_distrusted ? 1 : 0;
  for (const P11KitObject& object : distrusted.objects) marked -= object.is_distrusted ? 1 : 0;
  Require(marked == 0);
  return 0;
}
