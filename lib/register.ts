/**
 * Injects on being loaded, for programs that are not to be changed:
 *
 *     node --require os-truststore/register app.js
 *     node --import os-truststore/register app.mjs
 *     NODE_OPTIONS="--require os-truststore/register" npm start
 *
 * Never throws: when the store cannot be read, one warning says why and the program runs as it would have. Starts reading the
 * store, and loads the rest when the program is about to use TLS or workers, or asks for the injection.
 *
 * Options come from the environment; `1`/`true` and `0`/`false` are the values of switches:
 *
 * - `OS_TRUSTSTORE_BUNDLED`: Node's bundled roots (default on)
 * - `OS_TRUSTSTORE_SYSTEM`: the operating system's store (default on)
 * - `OS_TRUSTSTORE_USER_CAS`: files and directories of further CAs, separated by `:` or `;`
 * - `OS_TRUSTSTORE_EXCLUDE`: SHA-256 fingerprints to leave out, separated by `,`
 * - `OS_TRUSTSTORE_DEADLINE_MS`: how long the first connection may wait for the store (default 5000)
 * - `OS_TRUSTSTORE_WATCH`: follow changes of the store (default off)
 * - `OS_TRUSTSTORE_WORKERS`: worker threads inherit the injection (default on)
 * - `OS_TRUSTSTORE_CHILD_PROCESSES`: Node processes started by the program inherit it (default off)
 * - `OS_TRUSTSTORE_FETCH_INTERMEDIATES`, `OS_TRUSTSTORE_REVOCATION` (`off`, `soft-fail`, `require`),
 *   `OS_TRUSTSTORE_VERIFIER` (`openssl`, `system`): how the default clients verify; see `VerifyOptions`
 * - `OS_TRUSTSTORE_OPTIONS`: all of `InjectOptions` as JSON, certificates as PEM; set by `childProcesses`
 *
 * A value that means nothing is ignored, with the warning. What these variables say is a floor under the options of any
 * later `inject()`, of the program or of a dependency; see `InjectOptions`.
 */
import type { internals } from './internals.js';

// The same file that programs load, so that both share what has been read.
const library = require('./index.js') as { internals: typeof internals };

library.internals.register();
