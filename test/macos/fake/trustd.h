// What trustd makes of trust settings, step by step as its source has it and over the settings as
// they are stored, so that it shares no belief with the backend.
#ifndef OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_
#define OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_

#include "world.h"

namespace fake {

// The chain has to be whole and in order: nothing is looked for, no signature is checked. Only what
// bears on settings is judged: no names, no dates.
Verdict AskTrustd(const Evaluation& asked);

}  // namespace fake

#endif  // OS_TRUSTSTORE_TEST_MACOS_FAKE_TRUSTD_H_
