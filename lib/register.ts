/**
 * Injects when it is loaded, for programs whose code should not change:
 *
 *     node --require os-truststore/register app.js
 *     node --import os-truststore/register app.mjs
 *     NODE_OPTIONS="--require os-truststore/register" npm start
 *
 * When the store cannot be read, one warning says why and the program runs as without it. It starts to read the store at once,
 * and loads the rest when the program is about to use TLS or workers, or asks for the injection.
 *
 * Options come from the environment. Switches take `1`/`true` and `0`/`false`:
 *
 * - `OS_TRUSTSTORE_BUNDLED`: Node's bundled roots (default on)
 * - `OS_TRUSTSTORE_SYSTEM`: the operating system's store (default on)
 * - `OS_TRUSTSTORE_USER_CAS`: files and directories of further CAs, separated by `:` or `;`
 * - `OS_TRUSTSTORE_EXCLUDE`: SHA-256 fingerprints to leave out, separated by `,`
 * - `OS_TRUSTSTORE_DEADLINE_MS`: how long the first connection may wait for the store (default 5000)
 * - `OS_TRUSTSTORE_WATCH`: follow changes of the store (default off)
 * - `OS_TRUSTSTORE_WORKERS`: worker threads inherit the injection (default on)
 * - `OS_TRUSTSTORE_CHILD_PROCESSES`: Node processes started by the program inherit it (default off)
 * - `OS_TRUSTSTORE_FETCH_INTERMEDIATES`, `OS_TRUSTSTORE_REVOCATION` (`off`, `soft-fail`, `require`), `OS_TRUSTSTORE_VERIFIER`
 *   (`openssl`, `system`): how the default clients verify; see `VerifyOptions`
 * - `OS_TRUSTSTORE_EXPLAIN_ERRORS`: errors of refused connections say what is wrong and what to do (default off)
 * - `OS_TRUSTSTORE_OPTIONS`: all of `InjectOptions` as JSON, certificates as PEM; set by `childProcesses`
 *
 * A value or name that is not understood ends the process where it is to keep something from being trusted (`…_BUNDLED`,
 * `…_SYSTEM`, `…_EXCLUDE`, `…_ROOT_LISTS`, `…_REVOCATION`, `…_VERIFIER`), and so does what this runtime or system cannot do;
 * elsewhere it is ignored with a warning. These variables are a minimum: the options of a later
 * `inject()`, by the program or a dependency, cannot ask for less; see `InjectOptions`.
 */
import type { internals } from './internals.js';

// Loads the same file that programs load, so that both share what has been read.
const library = require('./index.js') as { internals: typeof internals };

library.internals.register();
