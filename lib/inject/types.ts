/**
 * The public types of injection.
 */
import type { TruststoreError } from '../errors.js';
import type { CertificateInput, StoreError, TrustOptions } from '../types.js';
import type { VerifyOptions } from '../verify/types.js';

/** How TLS defaults are changed: see {@link Injection.strategy}. */
export type InjectionStrategy = 'set' | 'patch' | 'bun' | 'deno';

/**
 * Options of `inject()`. Those of {@link VerifyOptions} apply to `https.globalAgent` and to the global dispatcher behind
 * the built-in `fetch` and npm's undici, unless the program has set one of its own. They cannot reach `tls.connect`,
 * `http2`, other agents and dispatchers, `agent: false`, and drivers that bring their own connections: those are verified
 * by Node as ever. Nor do they touch requests that name `ca` (unless it is taken for the defaults, see
 * {@link InjectOptions.rootLists}), `pfx`, `secureContext` or `rejectUnauthorized: false`.
 *
 * Where `os-truststore/register` is loaded, its environment is a floor under them. Exclusions are united. Of `bundled`,
 * `system`, `rootLists`, `fetchIntermediates`, `allowPrivateAddresses` (`false`) and `revocation` (`require` before
 * `soft-fail` before `off`) the tighter value is in force, and of two verifiers the environment's. An option that asks for
 * less is a warning, `ERR_TRUSTSTORE_POLICY`, which names the variable as well. The other options are those passed here, and
 * the environment's where nothing is passed. Only `inject()` has this floor: `createAgent()`, `createConnector()`,
 * `createSecureContext()` and `getTrustedCAs()` do what they are asked.
 */
export interface InjectOptions extends TrustOptions, VerifyOptions {
  /**
   * Take a `ca` that holds every certificate of `tls.rootCertificates` for what its program means by it, the defaults and
   * what else it names: `ca: [...tls.rootCertificates, own]` then trusts the set in force and `own`. Recognised are
   * arrays, arrays in arrays, and single texts, of strings or bytes, in any order, PEM; also what is made of
   * `tls.getCACertificates('bundled')`. What is distrusted or excluded stays out, also when the list names it.
   *
   * A list without one of those certificates keeps its exact meaning. So do servers' lists, a `secureContext` that was
   * made before, `ca` for `createAgent()` and `createConnector()`, an array that `getTrustedCAs()` has returned (a copy of
   * it does not), and every list once the program has replaced the defaults itself. In Bun and Deno as far as README's
   * table says. @defaultValue `true`
   */
  rootLists?: boolean | undefined;
  /** Notice changes of the store and use them for new connections. @defaultValue `false` */
  watch?: boolean | undefined;
  /** Worker threads started from now on inherit the injection; not in Deno. @defaultValue `true` */
  workers?: boolean | undefined;
  /**
   * Node processes started from now on inherit the injection, through `NODE_OPTIONS` in `process.env`. Processes that
   * are given an environment of their own do not. An environment variable holds some 60 certificates (Windows: 15);
   * when `userCAs` has more as values, children do without them and a warning says so. @defaultValue `false`
   */
  childProcesses?: boolean | undefined;
  /**
   * Milliseconds the first TLS connection may wait for the store, counted from `inject()`. After that the roots that
   * are at hand are in force until the store answers. @defaultValue `5000`
   */
  deadlineMs?: number | undefined;
}

/** One certificate that came or went. */
export interface ChangedCertificate {
  pem: string;
  /** As `X509Certificate#fingerprint256`. */
  fingerprint256: string;
}

/** What a change made of the set. */
export interface TrustDiff {
  added: readonly ChangedCertificate[];
  removed: readonly ChangedCertificate[];
}

/** What is in force, and what could not be had. */
export interface Report {
  strategy: InjectionStrategy;
  /** How many certificates are in the set. */
  certificates: number;
  /** How many certificates the operating system distrusts. */
  distrusted: number;
  /** True when the store has not answered within `deadlineMs`; its certificates are added when it does. */
  late: boolean;
  /** What could not be read of the system store. */
  errors: readonly StoreError[];
  /** What else was reported: CAs the user named that cannot be used, and the like. */
  warnings: readonly TruststoreError[];
}

/** A change of the TLS defaults of this thread, and the way back. */
export interface Injection {
  /**
   * The certificates in force, as PEM. Waits for the store when it has not been read, at most until the deadline.
   */
  readonly certificates: readonly string[];
  /**
   * How it is done: `set` is `tls.setDefaultCACertificates()`; `patch` stands before `tls.createSecureContext()`, where
   * the former is missing or would lose certificates; `bun` and `deno` are *set* with what those runtimes need beside it.
   */
  readonly strategy: InjectionStrategy;
  /**
   * Resolves when the store has been read, failed, or missed its deadline. Never rejects. Keeps the process alive until
   * then only if it has been asked for.
   */
  readonly ready: Promise<Report>;
  /**
   * Adds a CA, or one self-signed peer certificate (not in Deno, which would make a CA of it), for new connections.
   *
   * It is judged like `userCAs`: what the operating system distrusts, what has expired, and a CA that leads to no root
   * are left out with a warning. While the store has not answered, what it said last stands for it; when it has not said
   * anything yet, its distrust is not known, and the certificate counts just as Node's roots and `userCAs` do then. With
   * the answer everything is judged again, and what turns out distrusted is taken out as by {@link remove}.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_USER_CA` when the input holds no certificate
   * @throws TruststoreError `ERR_TRUSTSTORE_READ_FAILED` when a source of the store has failed since and would take
   * certificates away; then nothing is changed
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
   */
  add(ca: CertificateInput): void;
  /**
   * Takes a certificate out for new connections, wherever it came from. Nothing happens when it is not in the set, except
   * that it stays out.
   *
   * @param fingerprint256 - as `X509Certificate#fingerprint256`; case and colons do not matter
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
   * @throws TruststoreError `ERR_TRUSTSTORE_EMPTY_SET` when nothing would be left; then nothing is changed
   */
  remove(fingerprint256: string): void;
  /**
   * Reads everything again and uses what changed for new connections. Open connections and HTTP/2 sessions live on.
   *
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_DEADLINE` when the store does not answer in time, and
   * `ERR_TRUSTSTORE_EMPTY_SET`; the former set stays in force
   */
  reload(): Promise<TrustDiff>;
  /** `change`: the set in force changed. `warning`: something is not as asked for; the injection stands. */
  on(event: 'change', listener: (diff: TrustDiff) => void): this;
  on(event: 'warning', listener: (warning: TruststoreError) => void): this;
  off(event: 'change', listener: (diff: TrustDiff) => void): this;
  off(event: 'warning', listener: (warning: TruststoreError) => void): this;
  /** Takes everything back. Does nothing the second time. */
  restore(): void;
  [Symbol.dispose](): void;
}
