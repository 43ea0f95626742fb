/**
 * The public types of injection.
 */
import type { TruststoreError } from '../errors.js';
import type { CertificateInput, StoreError, TrustOptions } from '../types.js';
import type { VerifyOptions } from '../verify/types.js';

/** How TLS defaults are changed: see {@link Injection.strategy}. */
export type InjectionStrategy = 'set' | 'patch' | 'bun' | 'deno';

/**
 * Options of `inject()`. Those of {@link VerifyOptions} apply to `https.globalAgent`, and to the global dispatcher behind the
 * built-in `fetch` and npm's undici unless the program has set its own. They do not reach `tls.connect`, `http2`, other
 * agents and dispatchers, `agent: false`, and drivers with their own connections; Node verifies those as usual. They also
 * leave alone requests with `ca` (unless it is treated as the defaults, see {@link InjectOptions.rootLists}), `pfx`,
 * `secureContext` or `rejectUnauthorized: false`.
 *
 * Where `os-truststore/register` is loaded, its environment sets a minimum. Exclusions are combined. For `bundled`, `system`,
 * `rootLists`, `fetchIntermediates`, `allowPrivateAddresses` (`false`) and `revocation` (`require` before `soft-fail` before
 * `off`) the stricter value is in force, and for `verifier` the environment's. An option that asks for less causes the
 * warning `ERR_TRUSTSTORE_POLICY`, which names the variable. Other options are those passed here, or else the environment's.
 * Only `inject()` has this minimum: `createAgent()`, `createConnector()`, `createSecureContext()` and `getTrustedCAs()` do
 * what they are asked.
 */
export interface InjectOptions extends TrustOptions, VerifyOptions {
  /**
   * Treats a `ca` that holds every certificate of `tls.rootCertificates` as what its program means: the defaults, and
   * whatever else it names. `ca: [...tls.rootCertificates, own]` then trusts the set in force and `own`. Recognised are PEM
   * in strings or bytes, as arrays, nested arrays or single texts, in any order, and also what is made from
   * `tls.getCACertificates('bundled')`. Distrusted and excluded certificates stay out even if the list names them.
   *
   * A list that lacks one of those certificates keeps its exact meaning. So do servers' lists, a `secureContext` made before,
   * `ca` for `createAgent()` and `createConnector()`, an array returned by `getTrustedCAs()` (but not a copy of it), and
   * every list after the program has replaced the defaults itself. In Bun and Deno it works as far as lib/inject/README.md says.
   * @defaultValue `true`
   */
  rootLists?: boolean | undefined;
  /** Notices changes of the store and uses them for new connections. @defaultValue `false` */
  watch?: boolean | undefined;
  /** Worker threads started from now on inherit the injection; not in Deno. @defaultValue `true` */
  workers?: boolean | undefined;
  /**
   * Node processes started from now on inherit the injection, through `NODE_OPTIONS` in `process.env`. Processes that get
   * their own environment do not. An environment variable holds some 60 certificates (Windows: 15). If `userCAs` holds more
   * as values, children do without them and a warning says so. @defaultValue `false`
   */
  childProcesses?: boolean | undefined;
  /**
   * Milliseconds the first TLS connection may wait for the store, counted from `inject()`. After that the roots that are
   * available are used until the store answers. @defaultValue `5000`
   */
  deadlineMs?: number | undefined;
  /**
   * Adds cause and cure to the error when a connection is refused because of its peer: for `tls.connect` and everything built
   * on it, such as `https` and `http2`; for `fetch` to the `cause` of its error. The error keeps its `code`, and its `message`
   * begins as before; what the doctor would say follows in parentheses. It is also there as the property `explanation`, an
   * {@link ErrorExplanation}, which is not enumerable.
   *
   * It knows what the server sent and what is trusted here, and uses no network, so it cannot look for intermediates that the
   * server left out; `os-truststore doctor` can. Nothing is added for connections with `ca`, `pfx` or `secureContext`, or
   * where the reason is not known. The first refused connection takes up to 0.1 s
   * more, others a few milliseconds. Node only: in Bun and
   * Deno a warning says that it has no effect. @defaultValue `false`
   */
  explainErrors?: boolean | undefined;
}

/** Why a connection was refused, and what to do about it: the property `explanation` of its error. */
export interface ErrorExplanation {
  /** One of the names of a `Diagnosis`, such as `untrusted-root`. */
  name: string;
  /** What was found, in a sentence or two. */
  summary: string;
  /** What to do about it. It never suggests turning verification off. */
  remedy: string;
}

/** A certificate that was added or removed. */
export interface ChangedCertificate {
  pem: string;
  /** One `NAME=value` per line, as in `X509Certificate#subject`. Empty when the runtime cannot read the certificate. */
  subject: string;
  /** As in `X509Certificate#fingerprint256`. */
  fingerprint256: string;
}

/** The difference that a change made to the set. */
export interface TrustDiff {
  added: readonly ChangedCertificate[];
  removed: readonly ChangedCertificate[];
}

/** What is in force, and what was not available. */
export interface Report {
  strategy: InjectionStrategy;
  /** The number of certificates in the set. */
  certificates: number;
  /** The number of certificates that the operating system distrusts. */
  distrusted: number;
  /** True when the store did not answer within `deadlineMs`; its certificates are added when it does. */
  late: boolean;
  /** What could not be read from the system store. */
  errors: readonly StoreError[];
  /** Other problems, such as CAs named by the user that cannot be used. */
  warnings: readonly TruststoreError[];
}

/** A change of this thread's TLS defaults, and the way to undo it. */
export interface Injection {
  /** The certificates in force, as PEM. If the store has not been read, waits for it, but no longer than the deadline. */
  readonly certificates: readonly string[];
  /**
   * How the defaults are changed. `set`: by `tls.setDefaultCACertificates()`. `patch`: by replacing
   * `tls.createSecureContext()`, where the former is missing or would lose certificates. `bun`, `deno`: as `set`, with what
   * those runtimes need in addition.
   */
  readonly strategy: InjectionStrategy;
  /**
   * Resolves when the store has been read, has failed, or has missed its deadline. Never rejects. Keeps the process alive
   * until then, but only after this property has been read.
   */
  readonly ready: Promise<Report>;
  /**
   * Adds a CA, or one self-signed peer certificate (not in Deno, which would make it a CA), for new connections.
   *
   * It is judged like `userCAs`: a certificate that the operating system distrusts, an expired one, and a CA that leads to no
   * root are left out with a warning. While the store has not answered, its last answer counts. Before its first answer its
   * distrust is unknown, and the certificate counts as Node's roots and `userCAs` then do. After the answer everything is
   * judged again, and what turns out to be distrusted is removed as by {@link remove}.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` when the input holds no certificate
   * @throws TruststoreError `ERR_TRUSTSTORE_READ_FAILED` when a source of the store has failed since and would take
   * certificates away; then nothing is changed
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
   */
  add(ca: CertificateInput): void;
  /**
   * Removes a certificate for new connections, wherever it came from. If it is not in the set, the only effect is that it
   * stays out.
   *
   * @param fingerprint256 - as in `X509Certificate#fingerprint256`; case and colons do not matter
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET` when nothing would be left; then nothing is changed
   */
  remove(fingerprint256: string): void;
  /**
   * Reads everything again and uses the changes for new connections. Open connections and HTTP/2 sessions live on.
   *
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_DEADLINE` when the store does not answer in time, and
   * `ERR_TRUSTSTORE_EMPTY_SET`; the former set stays in force
   */
  reload(): Promise<TrustDiff>;
  /** `change`: the set in force has changed. `warning`: something is not as requested, but the injection stays in force. */
  on(event: 'change', listener: (diff: TrustDiff) => void): this;
  on(event: 'warning', listener: (warning: TruststoreError) => void): this;
  off(event: 'change', listener: (diff: TrustDiff) => void): this;
  off(event: 'warning', listener: (warning: TruststoreError) => void): this;
  /** Undoes everything. A second call does nothing. */
  restore(): void;
  [Symbol.dispose](): void;
}
