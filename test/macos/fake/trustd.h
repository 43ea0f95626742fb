// Evaluates trust settings as trustd does, step by step after its source and over the settings as
// they are stored, so that it shares no assumption with the backend.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_

#include "world.h"

namespace fake {

// The chain must be whole and in order: no issuer is searched and no signature is checked. Only
// settings are judged, not names or dates.
Verdict AskTrustd(const Evaluation& asked);

}  // namespace fake

#endif  // OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_
