/**
 * One injection, from `inject()` to `restore()`: it connects the options in force and the set in force with the defaults of the
 * runtime.
 */
import { log } from '../base/log.js';
import { part } from '../base/part.js';
import { runEach } from '../base/steps.js';
import { syncModules } from '../runtime/patch-export.js';
import type { TrustSet } from '../trust/trust-set.js';
import type { CertificateInput } from '../types.js';
import { Events } from './events.js';
import type { EventName, Listener } from './events.js';
import { Faults, toTruststoreError } from './faults.js';
import { OptionsInForce } from './options/options-in-force.js';
import { Reach } from './reach/reach.js';
import { Ready } from './ready.js';
import { register, unregister } from './registry.js';
import type { RegisteredInjection } from './registry.js';
import { Reloads } from './reloads.js';
import { createDefaults } from './runtimes/create-defaults.js';
import type { Defaults, InjectionView } from './runtimes/strategy.js';
import { SetInForce } from './set/set-in-force.js';
import type { InjectOptions, InjectionStrategy, Report, TrustDiff } from './types.js';

const loadServers = part(
  () => require('./reach/servers.js') as typeof import('./reach/servers.js'),
);

export class ThreadInjection implements RegisteredInjection, InjectionView {
  declare [Symbol.dispose]: () => void;
  readonly #events = new Events();
  /** In a turn of its own: it may be in the middle of a connection, and a listener may end the injection. */
  readonly #faults = new Faults((warning) => {
    queueMicrotask(() => {
      this.#events.emit('warning', warning);
    });
  });
  readonly #options: OptionsInForce;
  readonly #reach = new Reach(
    () => this.#options.now,
    this.#faults.guarded(() => {
      this.#refreshLater();
    }),
    () => this.current(),
    this.#faults.guarded(() => {
      this.#warnOfServer();
    }),
  );
  readonly #set: SetInForce;
  readonly #defaults: Defaults;
  readonly #reloads = new Reloads();
  #ready: Ready | undefined;
  #active = true;
  /** True when the program has set its own defaults. */
  #overruled = false;
  #serversWarned = false;

  /** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME` */
  constructor(options: InjectOptions | undefined) {
    this.#options = new OptionsInForce(options);
    const { trust, deadlineMs } = this.#options.now;
    this.#set = new SetInForce(trust, deadlineMs, this.#faults, {
      answered: this.#faults.guarded(() => {
        this.#answered();
      }),
      update: (set, removed) => {
        this.#defaults.update(set, removed);
      },
      trustChanged: () => {
        this.#reach.trustChanged();
      },
      changed: (diff) => {
        if (this.#active) this.#events.emit('change', diff);
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
    this.#options.tell(this.#faults.warn);
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_…`, `ERR_TRUSTSTORE_INVALID_ARGUMENT`; then nothing has changed */
  start(): this {
    this.#set.start();
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
    return this.#active && this.#options.now.rootLists && !this.#overruled;
  }

  get certificates(): readonly string[] {
    return this.settled()?.certificates ?? [];
  }

  get ready(): Promise<Report> {
    return (this.#ready ?? this.#makeReady()).promise;
  }

  current(): TrustSet | undefined {
    return this.#active ? this.#set.current() : undefined;
  }

  settled(): TrustSet | undefined {
    return this.#active ? this.#set.settled() : undefined;
  }

  withoutRefused(): TrustSet | undefined {
    return this.#set.withoutRefused();
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
    this.#reconfigure(() => {
      this.#options.replace(options);
    });
  }

  policyCame(): void {
    this.#reconfigure(() => {
      this.#options.renew();
    });
  }

  #reconfigure(change: () => void): void {
    const { rootLists } = this.#options.now;
    const rollback = this.#options.rollback();
    change();
    try {
      this.#restart();
      this.#reach.apply();
      syncModules();
      const set = this.#set.used;
      // What lists were taken for is not resumed by those that mean what they say.
      if (set && rootLists && !this.#options.now.rootLists) this.#defaults.update(set, true);
    } catch (error) {
      rollback();
      this.#restart();
      this.#reach.apply();
      throw error;
    }
    this.#options.tell(this.#faults.warn);
  }

  add(ca: CertificateInput): void {
    this.#change(() => {
      this.#options.add(ca, this.#faults.warn);
    });
  }

  remove(fingerprint: string): void {
    this.#change(() => {
      this.#options.remove(fingerprint);
    });
  }

  reload(): Promise<TrustDiff> {
    if (!this.#active) return Promise.resolve({ added: [], removed: [] });
    return this.#reloads.add(this.#options.now.deadlineMs, () => {
      this.#restart();
    });
  }

  on(event: EventName, listener: Listener): this {
    this.#events.on(event, listener);
    return this;
  }

  off(event: EventName, listener: Listener): this {
    this.#events.off(event, listener);
    return this;
  }

  restore(): void {
    if (!this.#active) return;
    const report = this.#ready && this.#report();
    this.#active = false;
    this.#set.stop();
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
    if (report) this.#ready?.settle(report);
    this.#reloads.resolve({ added: [], removed: [] });
  }

  /** Warns only if the deciding list is ours: elsewhere servers let in the same clients as without us. */
  #warnOfServer(): void {
    if (!this.#active || this.#serversWarned || this.#overruled) return;
    if (this.strategy !== 'set') return;
    this.#serversWarned = true;
    this.#faults.warn(loadServers().serverWarning());
  }

  /** Reads again. Until it is done what is in use stays in use. */
  #restart(): void {
    const { trust, deadlineMs } = this.#options.now;
    this.#set.start(trust, deadlineMs, this.#reloads.isWaiting);
  }

  /** Reads again after a change of the store that no caller waits for. */
  #refreshLater(): void {
    if (!this.#active) return;
    this.#restart();
    this.#reach.watch(this.#options.now.trust);
  }

  /** Changes what is asked for, at once when the set is in use. */
  #change(change: () => void): void {
    const rollback = this.#options.rollback();
    change();
    if (!this.#active) return;
    try {
      this.#restart();
      this.#set.adoptNow();
    } catch (error) {
      rollback();
      this.#restart();
      throw error;
    }
    // A listener of the change may have ended the injection.
    if (this.#active) this.#reach.apply();
  }

  #answered(): void {
    if (!this.#active) return;
    try {
      this.#reloads.resolve(this.#set.takeAnswer());
    } catch (error) {
      if (!this.#reloads.isWaiting) this.#faults.warn(toTruststoreError(error));
      this.#reloads.reject(error);
    }
    this.#ready?.settle(this.#report());
  }

  #makeReady(): Ready {
    const late = this.#faults.guarded(() => {
      ready.settle(this.#report());
    });
    const ready = (this.#ready = new Ready(this.#set.remainingMs(), late));
    if (!this.#active || this.#set.isReady) ready.settle(this.#report());
    else this.#set.ref();
    return ready;
  }

  #report(): Report {
    const set = this.settled();
    return {
      strategy: this.strategy,
      certificates: set?.size ?? 0,
      distrusted: set?.distrusted.length ?? 0,
      late: this.#set.late,
      errors: set?.errors ?? [],
      warnings: this.#faults.warnings,
    };
  }
}
