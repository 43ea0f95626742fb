/**
 * The clock and timers of the machine, taken before the program can replace them; modules loaded later use these.
 */
import * as timers from 'node:timers';

/**
 * Milliseconds since the epoch by the machine's clock, even if the program replaces `Date` later. OpenSSL uses this clock
 * too, so a test suite that pretends to run in another year must not lose its CAs.
 */
export const wallClock: () => number = Date.now.bind(Date);

/**
 * Node's own timers, also where `setTimeout` belongs to a page (Electron). Fake timers of test suites would not do: some run
 * every pending timer until none is left, and a timer that starts again each time would never end.
 */
export const { setTimeout: startTimer, clearTimeout: stopTimer } = timers;
