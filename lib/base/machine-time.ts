/**
 * The clock and the timers of the machine, as they were before the program could put others in their place: what is loaded
 * later takes them from here.
 */
import * as timers from 'node:timers';

/**
 * Milliseconds since the epoch by the clock of the machine, whatever the program puts in place of `Date` later: OpenSSL goes by
 * that clock too, so a test suite that plays another year must not lose its CAs.
 */
export const wallClock: () => number = Date.now.bind(Date);

/**
 * Node's own, also where `setTimeout` is a page's (Electron), and as they were: test suites that play with time run every timer
 * there is, and one that is set anew each time has no end.
 */
export const { setTimeout: startTimer, clearTimeout: stopTimer } = timers;
