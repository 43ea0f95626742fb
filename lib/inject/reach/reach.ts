/**
 * What an injection does in addition to TLS defaults: it warns of servers, passes itself on to workers and child processes,
 * and watches the store. Each part is loaded when there is something for it to do.
 */
import { warn } from '../../base/log.js';
import { part } from '../../base/part.js';
import { runEach } from '../../base/steps.js';
import { ErrorCodes } from '../../errors.js';
import { beforeBuiltinIsUsed } from '../../runtime/builtin-use.js';
import type { ResolvedTrustOptions } from '../../trust/options/resolved-options.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { isActive } from '../../verify/defaults.js';
import type { ExplainedErrors } from '../connections/explained-errors.js';
import type { ResolvedInjectOptions } from '../options/resolved-options.js';
import type { ChildInheritance } from './child-processes.js';
import type { ServerWarning } from './servers.js';
import type { VerifiedClients } from './verified-clients.js';
import type { StoreWatch } from './watch.js';
import type { WorkerInheritance } from './workers.js';

const loadChildProcesses = part(
  () => require('./child-processes.js') as typeof import('./child-processes.js'),
);
const loadExplainedErrors = part(
  () =>
    require('../connections/explained-errors.js') as typeof import('../connections/explained-errors.js'),
);
const loadOptionsTransport = part(
  () =>
    require('../options/options-transport.js') as typeof import('../options/options-transport.js'),
);
const loadServers = part(() => require('./servers.js') as typeof import('./servers.js'));
const loadVerifiedClients = part(
  () => require('./verified-clients.js') as typeof import('./verified-clients.js'),
);
const loadWatch = part(() => require('./watch.js') as typeof import('./watch.js'));
const loadWorkers = part(() => require('./workers.js') as typeof import('./workers.js'));

export class Reach {
  readonly #options: () => ResolvedInjectOptions;
  readonly #storeChanged: () => void;
  readonly #set: () => TrustSet | undefined;
  readonly #serverFound: () => void;
  #stopWaiting: {
    servers?: () => void;
    workers?: (() => void) | undefined;
    errors?: (() => void) | undefined;
  } = {};
  #servers: ServerWarning | undefined;
  #workers: WorkerInheritance | undefined;
  #children: ChildInheritance | undefined;
  #watch: StoreWatch | undefined;
  #clients: VerifiedClients | undefined;
  #errors: ExplainedErrors | undefined;

  /**
   * @param options - the present options, including what was added and removed at run time
   * @param serverFound - called for each server context that accepts clients by the default list
   */
  constructor(
    options: () => ResolvedInjectOptions,
    storeChanged: () => void,
    set: () => TrustSet | undefined,
    serverFound: () => void,
  ) {
    this.#serverFound = serverFound;
    this.#options = options;
    this.#set = set;
    this.#storeChanged = storeChanged;
  }

  /** Also called after the options have changed. */
  apply(): void {
    const { watch, workers, childProcesses, trust, verify, explainErrors } = this.#options();
    if (isNode()) this.#watchServers();
    if (workers) this.#installWorkers();
    else this.#restoreWorkers();
    if (childProcesses) this.#installChildren();
    else this.#children?.restore();
    if (explainErrors) this.#explainErrors();
    else this.#leaveErrors();
    if (isActive(verify)) this.#installClients();
    else this.#clients?.restore();
    if (watch) this.watch(trust);
    else this.#watch?.stop();
  }

  /** Starts watching, or starts over, because directories may have been added or replaced. */
  watch(trust: ResolvedTrustOptions): void {
    this.#watch ??= new (loadWatch().StoreWatch)(this.#storeChanged);
    this.#watch.start(trust);
  }

  /** Called when the trusted set has changed. */
  trustChanged(): void {
    this.#clients?.forget();
  }

  restore(): void {
    runEach([
      () => this.#clients?.restore(),
      () => {
        this.#leaveErrors();
      },
      () => this.#stopWaiting.servers?.(),
      () => this.#servers?.restore(),
      () => {
        this.#restoreWorkers();
      },
      () => this.#children?.restore(),
      () => this.#watch?.stop(),
    ]);
  }

  #portableOptions(): string {
    return loadOptionsTransport().toText(this.#options());
  }

  #watchServers(): void {
    this.#stopWaiting.servers ??= beforeBuiltinIsUsed('tls', () => {
      this.#servers = new (loadServers().ServerWarning)(this.#serverFound);
    });
  }

  #installWorkers(): void {
    // Deno's workers load nothing before their own module.
    if (process.versions['deno'] !== undefined) return;
    this.#stopWaiting.workers ??= beforeBuiltinIsUsed('worker_threads', () => {
      this.#workers = new (loadWorkers().WorkerInheritance)(() => this.#portableOptions());
    });
  }

  #restoreWorkers(): void {
    this.#stopWaiting.workers?.();
    this.#stopWaiting.workers = undefined;
    this.#workers?.restore();
    this.#workers = undefined;
  }

  #explainErrors(): void {
    if (!isNode()) {
      warn(
        ErrorCodes.UNSUPPORTED_RUNTIME,
        'explainErrors has no effect: errors are explained on Node only',
      );
      return;
    }
    this.#stopWaiting.errors ??= beforeBuiltinIsUsed('tls', () => {
      this.#errors = new (loadExplainedErrors().ExplainedErrors)(this.#set);
    });
  }

  #leaveErrors(): void {
    this.#stopWaiting.errors?.();
    this.#stopWaiting.errors = undefined;
    this.#errors?.restore();
    this.#errors = undefined;
  }

  #installClients(): void {
    this.#clients ??= new (loadVerifiedClients().VerifiedClients)(this.#set, this.#options);
    this.#clients.apply();
  }

  #installChildren(): void {
    this.#children ??= new (loadChildProcesses().ChildInheritance)();
    this.#children.install(this.#options());
  }
}

function isNode(): boolean {
  return process.versions['bun'] === undefined && process.versions['deno'] === undefined;
}
