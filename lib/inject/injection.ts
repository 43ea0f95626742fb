/**
 * One injection: its trust set, the places where it is used, and everything that keeps both up to date.
 */
import { EventEmitter } from 'node:events';

import { log } from '../base/log.js';
import { wallClock } from '../base/machine-time.js';
import { part } from '../base/part.js';
import { runEach } from '../base/steps.js';
import { invalidArgument } from '../errors.js';
import type { TruststoreError } from '../errors.js';
import { syncModules } from '../runtime/patch-export.js';
import { emptySetError } from '../trust/trust-set.js';
import type { TrustSet } from '../trust/trust-set.js';
import type { CertificateInput } from '../types.js';
import { Faults, toTruststoreError } from './faults.js';
import { defaultOptions } from './options/resolved-options.js';
import type { CheckedInjectOptions, ResolvedInjectOptions } from './options/resolved-options.js';
import { Reach } from './reach/reach.js';
import { environmentPolicy, register, unregister } from './registry.js';
import type { RegisteredInjection } from './registry.js';
import { Reloads } from './reloads.js';
import { createDefaults } from './runtimes/create-defaults.js';
import type { Defaults, InjectionView } from './runtimes/strategy.js';
import { SetKeeper } from './set-keeper.js';
import type { InjectOptions, InjectionStrategy, Report, TrustDiff } from './types.js';

const loadCheckOptions = part(
  () => require('./options/check-options.js') as typeof import('./options/check-options.js'),
);
const loadEnvironmentPolicy = part(
  () =>
    require('./options/environment-policy.js') as typeof import('./options/environment-policy.js'),
);
const loadFingerprint = part(
  () => require('../certificate/fingerprint.js') as typeof import('../certificate/fingerprint.js'),
);
const loadServers = part(
  () => require('./reach/servers.js') as typeof import('./reach/servers.js'),
);
const loadTrustDiff = part(() => require('./trust-diff.js') as typeof import('./trust-diff.js'));
const loadTrustSets = part(
  () => require('../trust/trust-sets.js') as typeof import('../trust/trust-sets.js'),
);
const loadTrustedCas = part(
  () => require('../trust/trusted-cas.js') as typeof import('../trust/trusted-cas.js'),
);

type Listener = ((diff: TrustDiff) => void) | ((warning: TruststoreError) => void);

interface ReadyPromise {
  promise: Promise<Report>;
  resolve: (report: Report) => void;
  timer: NodeJS.Timeout;
}

export class ThreadInjection implements RegisteredInjection, InjectionView {
  declare [Symbol.dispose]: () => void;
  readonly #emitter = new EventEmitter();
  readonly #reach = new Reach(
    () => this.#inForce,
    () => {
      this.#safely(() => {
        this.#refreshLater();
      });
    },
    () => this.current(),
    () => {
      this.#safely(() => {
        this.#warnOfServer();
      });
    },
  );
  readonly #keeper: SetKeeper;
  readonly #defaults: Defaults;
  /** In a turn of its own, because a warning may come in the middle of a connection and a listener may end the injection. */
  readonly #faults = new Faults((warning) => {
    queueMicrotask(() => {
      this.#emit('warning', warning);
    });
  });
  readonly #reloads = new Reloads();
  /** The options the program has passed, and those that are in force. */
  #said: CheckedInjectOptions | undefined;
  #options: ResolvedInjectOptions;
  #added: string[] = [];
  #removed: string[] = [];
  #ready: ReadyPromise | undefined;
  #active = true;
  /** True when the program has set its own defaults. */
  #overruled = false;
  /** True when the set has been needed. */
  #asked = false;
  /** True when there was no set to use; it is not tried again before the next read. */
  #failed = false;
  #serversWarned = false;
  /** The set whose certificates the runtime has been asked about one by one. */
  #askedAbout: TrustSet | undefined;

  /** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
  constructor(options: InjectOptions | undefined) {
    this.#said = check(options);
    const { resolved, warning } = resolve(this.#said);
    this.#options = resolved;
    this.#keeper = new SetKeeper(resolved.trust, resolved.deadlineMs, {
      answered: () => {
        this.#safely(() => {
          this.#answered();
        });
      },
      warning: (warning) => {
        this.#faults.warn(warning);
      },
      due: () => {
        this.#judgeAgain(false);
      },
    });
    this.#defaults = createDefaults(this);
    // Looked up now, because programs define it themselves where the runtime lacks it.
    const dispose = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose');
    Object.defineProperty(this, dispose, {
      value: () => {
        this.restore();
      },
    });
    if (warning) this.#faults.warn(warning);
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_…`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`; then nothing has changed */
  start(): this {
    this.#keeper.start();
    register(this);
    try {
      this.#defaults.install();
      this.#reach.apply();
      syncModules();
    } catch (error) {
      // For example, builtins are frozen.
      this.restore();
      throw error;
    }
    log('info', 'TLS clients of this thread are given the machine’s CAs');
    return this;
  }

  get strategy(): InjectionStrategy {
    return this.#defaults.strategy;
  }

  get takesRootLists(): boolean {
    return this.#active && this.#options.rootLists && !this.#overruled;
  }

  get certificates(): readonly string[] {
    return this.settled()?.certificates ?? [];
  }

  get ready(): Promise<Report> {
    return (this.#ready ??= this.#makeReady()).promise;
  }

  current(): TrustSet | undefined {
    if (!this.#active) return undefined;
    if (this.#keeper.isDue) this.#judgeAgain(true);
    const known = this.#keeper.used;
    if (known || this.#failed) return known;
    this.#asked = true;
    try {
      const set = this.#keeper.take();
      log('debug', 'The set of trusted CAs is in use', {
        certificates: set.size,
        additions: set.additions.length,
        distrusted: set.distrusted.length,
      });
      this.#faults.report(set);
      return set;
    } catch (error) {
      // This runs inside a connection, which must go on with the defaults and not fail because of us.
      this.#failed = true;
      this.#faults.warn(toTruststoreError(error));
      return undefined;
    }
  }

  settled(): TrustSet | undefined {
    const set = this.current();
    if (!set || set === this.#askedAbout) return set;
    this.#askedAbout = set;
    this.#safely(() => {
      const settled = loadTrustedCas().withoutRefused(set);
      if (settled !== set) this.#askedAbout = this.#useInstead(settled);
    });
    return this.#askedAbout;
  }

  withoutRefused(): TrustSet | undefined {
    const set = this.#keeper.used?.at(wallClock());
    return set && this.#useInstead(set);
  }

  /** Makes the set for the same sources without what the runtime refuses, and uses it. */
  #useInstead(set: TrustSet): TrustSet {
    if (set.size === 0) throw emptySetError(set.errors);
    const before = this.#keeper.used;
    this.#keeper.use(set);
    this.#faults.report(set, before);
    return set;
  }

  overruled(): void {
    this.#overruled = true;
    this.#reach.trustChanged();
    log('info', 'The program has set its own default CAs; the injection ends there');
  }

  failed(error: unknown): void {
    this.#faults.warn(toTruststoreError(error));
  }

  configure(options: InjectOptions): void {
    this.#use(check(options));
  }

  policyCame(): void {
    this.#use(this.#said);
  }

  #use(said: CheckedInjectOptions | undefined): void {
    const { resolved, warning } = resolve(said);
    const before = this.#options;
    this.#options = resolved;
    try {
      this.#restart();
      this.#reach.apply();
      syncModules();
      const set = this.#keeper.used;
      // Sessions of lists that were treated as the defaults are not resumed by lists that are used exactly as they stand.
      if (set && before.rootLists && !resolved.rootLists) this.#defaults.update(set, true);
    } catch (error) {
      this.#options = before;
      this.#restart();
      this.#reach.apply();
      throw error;
    }
    this.#said = said;
    if (warning) this.#faults.warn(warning);
  }

  add(ca: CertificateInput): void {
    const pems = loadCheckOptions().parseCertificates(ca, (warning) => {
      this.#faults.warn(warning);
    });
    const removed = new Set(pems.map(loadFingerprint().sha256OfPem));
    this.#change(
      [...this.#added, ...pems],
      this.#removed.filter((fingerprint) => !removed.has(fingerprint)),
    );
  }

  remove(fingerprint: string): void {
    const { plainDigits, sha256OfPem } = loadFingerprint();
    const plain = plainDigits(fingerprint);
    if (plain === undefined) {
      throw invalidArgument('fingerprint256', 'a SHA-256 fingerprint', fingerprint);
    }
    this.#change(
      this.#added.filter((pem) => sha256OfPem(pem) !== plain),
      [...this.#removed, plain],
    );
  }

  reload(): Promise<TrustDiff> {
    if (!this.#active) return Promise.resolve({ added: [], removed: [] });
    return this.#reloads.add(this.#options.deadlineMs, () => {
      this.#restart();
    });
  }

  on(event: 'change' | 'warning', listener: Listener): this {
    this.#emitter.on(event, listener);
    return this;
  }

  off(event: 'change' | 'warning', listener: Listener): this {
    this.#emitter.off(event, listener);
    return this;
  }

  restore(): void {
    if (!this.#active) return;
    const report = this.#ready && this.#report();
    this.#active = false;
    this.#keeper.stop();
    try {
      runEach([
        () => {
          this.#reach.restore();
        },
        () => {
          this.#defaults.restore();
        },
        syncModules,
      ]);
    } catch (error) {
      // Everything that could be undone is undone; the caller could do nothing about the rest.
      this.failed(error);
    }
    unregister(this);
    log('info', 'The injection is taken back');
    if (report) this.#settleReady(report);
    this.#reloads.resolve({ added: [], removed: [] });
  }

  /** Warns only if the deciding list is ours: elsewhere servers let in the same clients as without us. */
  #warnOfServer(): void {
    if (!this.#active || this.#serversWarned || this.#overruled) return;
    if (this.strategy !== 'set') return;
    this.#serversWarned = true;
    this.#faults.warn(loadServers().serverWarning());
  }

  /** The options, including what was added and removed at run time. */
  get #inForce(): ResolvedInjectOptions {
    if (this.#added.length + this.#removed.length === 0) return this.#options;
    return loadCheckOptions().withChanges(this.#options, this.#added, this.#removed);
  }

  /** Reads again. The present set stays in use until that is done. */
  #restart(): void {
    this.#failed = false;
    const { isWaiting } = this.#reloads;
    this.#keeper.start(this.#inForce.trust, this.#options.deadlineMs, isWaiting);
    if (isWaiting) this.#keeper.ref();
  }

  /** Reads again after a change of the store that no caller waits for. */
  #refreshLater(): void {
    if (!this.#active) return;
    this.#restart();
    this.#reach.watch(this.#inForce.trust);
  }

  /** Changes what is added and removed; takes effect at once if the set is in use. */
  #change(added: string[], removed: string[]): void {
    if (!this.#active) return;
    const before = { added: this.#added, removed: this.#removed };
    this.#added = added;
    this.#removed = removed;
    try {
      this.#restart();
      if (this.#keeper.used) this.#adopt(this.#keeper.nextNow());
    } catch (error) {
      this.#added = before.added;
      this.#removed = before.removed;
      this.#restart();
      throw error;
    }
    // A listener of the change may have ended the injection.
    if (this.#active) this.#reach.apply();
  }

  #answered(): void {
    if (!this.#active) return;
    try {
      this.#reloads.resolve(this.#takeAnswer());
    } catch (error) {
      if (!this.#reloads.isWaiting) this.#faults.warn(toTruststoreError(error));
      this.#reloads.reject(error);
    }
    if (this.#ready) this.#settleReady(this.#report());
  }

  /** Merges nothing for a program that has not needed the set yet. */
  #takeAnswer(): TrustDiff {
    const set = this.#asked ? this.#keeper.next(0) : undefined;
    return set && set !== this.#keeper.used ? this.#adopt(set) : { added: [], removed: [] };
  }

  /** @param inside - true in the middle of a connection */
  #judgeAgain(inside: boolean): void {
    this.#safely(() => {
      this.#adopt(this.#keeper.judgeAgain(), inside);
    });
  }

  /** @param inside - true where no listener of the program may be called */
  #adopt(set: TrustSet, inside = false): TrustDiff {
    if (set.size === 0) throw emptySetError(set.errors);
    // Loaded before anything changes: if loading fails, the present set stays in use everywhere.
    const { sameExclusions, sameTrustSet } = loadTrustSets();
    const { diffTrustSets, takesTrustAway } = loadTrustDiff();
    const before = this.#keeper.used;
    this.#keeper.use(set);
    this.#faults.report(set, before);
    if (before && sameTrustSet(before, set)) {
      // Exclusions also apply to what a program's own list names.
      if (!sameExclusions(before, set)) this.#defaults.update(set, true);
      return { added: [], removed: [] };
    }
    this.#defaults.update(set, before !== undefined && takesTrustAway(before, set));
    this.#reach.trustChanged();
    const diff = diffTrustSets(before, set);
    log('info', 'The set of trusted CAs has changed', {
      added: diff.added.map((certificate) => certificate.fingerprint256),
      removed: diff.removed.map((certificate) => certificate.fingerprint256),
    });
    const tell = (): void => {
      if (this.#active) this.#emit('change', diff);
    };
    if (inside) setImmediate(tell);
    else tell();
    return diff;
  }

  /** Never throws: on the event loop or in the middle of a connection no caller could catch the error. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.failed(error);
    }
  }

  /** An error of a listener belongs to the program and must not leave things half done here. */
  #emit(event: 'change' | 'warning', value: unknown): void {
    try {
      this.#emitter.emit(event, value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #makeReady(): ReadyPromise {
    let resolve: (report: Report) => void = () => undefined;
    const promise = new Promise<Report>((settle) => (resolve = settle));
    const timer = setTimeout(() => {
      this.#safely(() => {
        this.#settleReady(this.#report());
      });
    }, this.#keeper.remainingMs());
    const ready = { promise, resolve, timer };
    if (!this.#active || this.#keeper.isReady) {
      this.#ready = ready;
      this.#settleReady(this.#report());
    } else {
      this.#keeper.ref();
    }
    return ready;
  }

  #settleReady(report: Report): void {
    clearTimeout(this.#ready?.timer);
    this.#ready?.resolve(report);
  }

  #report(): Report {
    const set = this.settled();
    return {
      strategy: this.strategy,
      certificates: set?.size ?? 0,
      distrusted: set?.distrusted.length ?? 0,
      late: this.#keeper.late,
      errors: set?.errors ?? [],
      warnings: this.#faults.warnings,
    };
  }
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function check(options: InjectOptions | undefined): CheckedInjectOptions | undefined {
  return options === undefined ? undefined : loadCheckOptions().checkInjectOptions(options);
}

/** @throws TruststoreError `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME`, `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function resolve(said: CheckedInjectOptions | undefined): {
  resolved: ResolvedInjectOptions;
  warning?: TruststoreError;
} {
  const told = environmentPolicy();
  const isSilent = said === undefined && Object.keys(told?.options ?? {}).length === 0;
  if (isSilent) return { resolved: defaultOptions() };
  return loadEnvironmentPolicy().resolveUnderPolicy(said ?? {});
}
