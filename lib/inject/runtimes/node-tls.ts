/**
 * Makes the trust set Node's TLS default, once node:tls is loaded. Nothing is merged before the first context is made.
 */
import { startTimer, stopTimer } from '../../base/machine-time.js';
import { part } from '../../base/part.js';
import { runEach } from '../../base/steps.js';
import type { PeerJudge, PeerJudges } from '../../chain/peers/peer-judge.js';
import { hasOwnOptions } from '../../runtime/context-options.js';
import {
  canSetDefaults,
  defaultsHoldAllBundled,
  defaultsHoldBundled,
  readDefaultCertificates,
  tlsExports,
} from '../../runtime/tls-defaults.js';
import type {
  CertificateListType,
  ContextOptions,
  SecureContext,
} from '../../runtime/tls-defaults.js';
import { findRootList } from '../../trust/root-lists/find-root-list.js';
import type { RootList } from '../../trust/root-lists/root-lists.js';
import { distrustsAnything } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { ClientsSeen } from '../connections/clients-seen.js';
import { judgeContext, judgeOfContext } from '../connections/judged-connections.js';
import type { SessionRenewal } from '../connections/sessions.js';
import { ContextFactory, isFromConnect, isServer } from './context-factory.js';
import { isIdle, makeContextPlan } from './context-plan.js';
import type { Completion, ContextPlan } from './context-plan.js';
import { completionFor, effectiveCertificates } from './strategy-patch.js';
import type { DefaultList } from './strategy-set.js';
import type { InjectionView } from './strategy.js';
import type { HookHandler, TlsHooks } from './tls-hooks.js';

const loadBesides = part(
  () =>
    require('../../trust/root-lists/besides.js') as typeof import('../../trust/root-lists/besides.js'),
);
const loadPeerGuard = part(
  () =>
    require('../../chain/peers/peer-guard.js') as typeof import('../../chain/peers/peer-guard.js'),
);
const loadPeerJudge = part(
  () =>
    require('../../chain/peers/peer-judge.js') as typeof import('../../chain/peers/peer-judge.js'),
);
const loadSessions = part(
  () => require('../connections/sessions.js') as typeof import('../connections/sessions.js'),
);
const loadStrategySet = part(
  () => require('./strategy-set.js') as typeof import('./strategy-set.js'),
);

type CreateContext = (options?: ContextOptions) => SecureContext;

/**
 * How long contexts are completed one at a time before the whole list is written, which blocks for 5 to 10 ms. By then the
 * first answers are there, and most commands have ended.
 */
const LIST_DELAY_MS = 1000;

export class NodeTls implements HookHandler {
  readonly #injection: InjectionView;
  readonly #hooks: TlsHooks;
  /** Undefined until it must be written. */
  #list: DefaultList | undefined;
  readonly #factory: ContextFactory;
  readonly #clients = new ClientsSeen();
  /** Undefined while all sessions may be resumed. */
  #renewal: SessionRenewal | undefined;
  /** Undefined until the set is in use. */
  #plan: ContextPlan | undefined;
  #set: TrustSet | undefined;
  /** Made for the first connection to judge. If its code cannot be loaded, that connection must fail. */
  #judges: PeerJudges | undefined;
  /** Roots that recognised lists name, but that this process's defaults may lack. */
  #missing: readonly string[] | undefined;
  #settable: boolean | undefined;
  /** Whether the first context found Node's roots in the defaults. */
  #hasNodesRoots: boolean | undefined;
  /** True when the runtime has refused the list as a whole. */
  #refused = false;
  #listDue: NodeJS.Timeout | undefined;

  constructor(injection: InjectionView, hooks: TlsHooks) {
    this.#injection = injection;
    this.#hooks = hooks;
    this.#factory = new ContextFactory((error) => {
      injection.failed(error);
    });
  }

  get strategy(): 'set' | 'patch' {
    return this.#canSet() && !this.#refused ? 'set' : 'patch';
  }

  #canSet(): boolean {
    if (this.#settable === undefined) {
      this.#settable = false;
      this.#safely(() => {
        this.#settable = canSetDefaults();
      });
    }
    return this.#settable;
  }

  update(set: TrustSet, removed: boolean): void {
    if (!this.#plan) return;
    runEach([
      () => {
        if (!removed) return;
        this.#hooks.asksFor.contexts = true;
        this.#getRenewal().renew();
      },
      () => {
        this.#use(set);
        if (this.#isListWritten && this.strategy === 'set') this.#writeList();
      },
    ]);
  }

  restore(): void {
    const used = this.#plan !== undefined;
    this.#plan = this.#set = this.#judges = undefined;
    runEach([
      () => {
        this.#stop();
      },
      () => {
        this.#stopSessions();
      },
      () => {
        if (used) loadSessions().forgetVerified();
      },
      () => {
        this.#list?.restore();
      },
      () => {
        this.#factory.clear();
      },
    ]);
  }

  #stop(): void {
    this.#forgetDue();
    this.#hooks.asksFor = { connections: false, contexts: false, lists: false };
  }

  #forgetDue(): void {
    if (this.#listDue) stopTimer(this.#listDue);
    this.#listDue = undefined;
  }

  #getRenewal(): SessionRenewal {
    return (this.#renewal ??= new (loadSessions().SessionRenewal)());
  }

  #stopSessions(): void {
    this.#renewal?.stop();
    this.#clients.forget();
  }

  /** Judges only connections with default trust, or with a context that was made with it. */
  judgeFor(options: ContextOptions): PeerJudge | undefined {
    const { secureContext, ca } = options;
    if (secureContext) return judgeOfContext(secureContext);
    const list = ca ? this.#recognise(ca) : undefined;
    if (!ca || list) this.#firstUse();
    // Applies to an explicit `ca` too, which may have been treated as the defaults before `rootLists: false`.
    this.#renewal?.dropOld(options);
    if ((ca && !list) || options.pfx) return undefined;
    return this.#judge(list, options);
  }

  /** @param made - the set a context was made with, if that may differ from the present one */
  #judge(
    list: RootList | undefined,
    { allowPartialTrustChain }: ContextOptions,
    made = this.#set,
  ): PeerJudge | undefined {
    const set = this.#set;
    if (!set || !distrustsAnything(set)) return undefined;
    // A program may have added to the set, before us or since.
    this.#judges ??= new (loadPeerJudge().PeerJudges)(set, readDefaultCertificates);
    const besides = list && this.#own(list, set);
    const mayHoldDistrusted = made !== this.#set || this.#isOpenssl();
    return this.#judges.for({ besides, allowPartialTrustChain, mayHoldDistrusted });
  }

  createContext(original: CreateContext, options: ContextOptions | undefined): SecureContext {
    if (options && isServer(options)) return original(options);
    const list = options?.ca ? this.#recognise(options.ca) : undefined;
    if (options?.ca && !list) {
      // See judgeFor(); this is for code that holds the original `tls.connect`.
      if (isFromConnect(options)) this.#renewal?.dropOld(options);
      return original(options);
    }
    this.#firstUse(options ?? {});
    const plan = this.#plan;
    if (!plan) return original(options);
    const context = this.#makeContext(original, options, plan, list);
    const { pfx, allowPartialTrustChain } = options ?? {};
    const made = this.#set;
    const judge = pfx ? () => undefined : () => this.#judge(list, { allowPartialTrustChain }, made);
    if (options && isFromConnect(options)) {
      this.#clients.see(options);
      this.#renewal?.dropOld(options);
      const now = judge();
      if (now) loadPeerGuard().guardCheck(options, now);
    } else judgeContext(context, judge);
    return context;
  }

  #makeContext(
    original: CreateContext,
    options: ContextOptions | undefined,
    plan: ContextPlan,
    list: RootList | undefined,
  ): SecureContext {
    if (!list && isIdle(plan)) return original(options);
    const mayShare = this.#hooks.isOutermost && isNodesOwn(original);
    const own = list && this.#set && this.#own(list, this.#set);
    return this.#factory.create(original, options, plan, { mayShare, own });
  }

  /**
   * Never throws: it runs in the middle of a call by the program, which must not fail because of us. Do not use it where
   * trust in a peer is decided, because that must fail closed.
   */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#injection.failed(error);
    }
  }

  #recognise(ca: unknown): RootList | undefined {
    return this.#injection.takesRootLists ? findRootList(ca) : undefined;
  }

  /** What a recognised list adds to the set, by the rules of the set. */
  #own(list: RootList, set: TrustSet): RootList {
    const besides = loadBesides().besidesOf(list, set);
    if (this.#isListWritten) return besides;
    // OpenSSL's own store may lack roots that Node bundles, and the list names those.
    this.#missing ??= defaultsHoldBundled() ? [] : set.anchors;
    return { id: besides.id, own: [...this.#missing, ...besides.own] };
  }

  /** @param context - options of a context that is being made; without them, only the set is needed */
  #firstUse(context?: ContextOptions): void {
    this.#safely(() => {
      // The set may have to be judged again.
      if (this.#plan) this.#injection.current();
      if (context) this.#fire(context);
      else if (!this.#plan) this.#begin();
    });
  }

  /**
   * Handles a new context. Completing one takes 1 to 3 ms, writing the list 5 to 10. So a client's contexts are completed one
   * at a time, and the list is written when no answer is awaited, or when as many certificates have been added as it holds.
   */
  #fire(options: ContextOptions): void {
    if (!this.#plan && !this.#begin()) return;
    if (this.#isListWritten || !tlsExports().setDefaultCACertificates) return;
    if (this.#isTakenOver()) this.overruled();
    else if (!this.#listCanWait(options)) this.#writeIfSettable();
    else {
      this.#listDue ??= startTimer(() => {
        this.#safely(() => {
          if (this.#isTakenOver()) this.overruled();
          else this.#writeIfSettable();
        });
      }, LIST_DELAY_MS).unref();
    }
  }

  get #isListWritten(): boolean {
    return this.#list?.isWritten === true;
  }

  /** True when code with the original `tls.setDefaultCACertificates` has replaced the list while ours waits to be written. */
  #isTakenOver(): boolean {
    return this.#hasNodesRoots === true && !this.#isListWritten && !defaultsHoldAllBundled();
  }

  #listCanWait(options: ContextOptions): boolean {
    if (!this.#plan || !this.#set || 'replace' in this.#plan.usual) return false;
    // A program that makes its own context may look at what was added to it.
    if (!isFromConnect(options) && hasOwnOptions(options)) return false;
    if (this.#factory.added >= this.#set.size) return false;
    // A program may have replaced the list before us; then additions would not make it equal to the set.
    return (this.#hasNodesRoots ??= defaultsHoldAllBundled());
  }

  #writeIfSettable(): void {
    if (this.strategy === 'set' && !this.#isListWritten) this.#writeList();
  }

  /** @returns false when there is no set to use */
  #begin(): boolean {
    const set = this.#injection.current();
    if (!set) return false;
    // Earlier sessions were made under different trust.
    if (set.excludedBundled || set.excludedExtra) this.#getRenewal().begin();
    this.#use(set);
    return true;
  }

  #use(set: TrustSet): void {
    const known = this.#refused ? 'replace' : 'none';
    const completion = this.#isListWritten ? known : this.#completionFor(set);
    this.#set = set;
    this.#plan = makeContextPlan(set, completion);
    this.#factory.clear();
    this.#missing = undefined;
    this.#judges = undefined;
    this.#hooks.asksFor.connections = distrustsAnything(set) || this.#renewal?.isActive === true;
  }

  #completionFor(set: TrustSet): Completion {
    return completionFor(set, () => this.#isOpenssl());
  }

  /** Writes the list by Node's own function: free afterwards, and it reaches code with the original `createSecureContext`. */
  #writeList(): void {
    this.#forgetDue();
    const set = this.#set;
    if (!set) return;
    let written: TrustSet | undefined;
    try {
      this.#list ??= new (loadStrategySet().DefaultList)(this.#injection);
      written = this.#list.write(set);
    } catch (error) {
      // No caller waits that could be told, so contexts are completed one at a time instead.
      this.#refused = true;
      this.#injection.failed(error);
      this.#use(this.#injection.settled() ?? set);
      return;
    }
    if (!written) {
      this.overruled();
      return;
    }
    if (written === set) {
      this.#plan = makeContextPlan(set, 'none');
      this.#factory.clear();
    } else this.#use(written);
    // Contexts stay hooked even if none needs a change, to remember who connects until the end of the injection.
    this.#hooks.asksFor.lists = false;
  }

  listCertificates(
    original: (type?: CertificateListType) => string[],
    type: CertificateListType | undefined,
  ): string[] {
    this.#safely(() => {
      if (!this.#plan) this.#begin();
      if (this.#plan) this.#writeIfSettable();
    });
    const inForce = original(type);
    if (!this.#set || this.strategy === 'set') return inForce;
    return effectiveCertificates(this.#set, this.#completionFor(this.#set), inForce);
  }

  /** True when the list could be replaced but must not be: see canSetDefaults. */
  #isOpenssl(): boolean {
    return !this.#canSet() && tlsExports().setDefaultCACertificates !== undefined;
  }

  /** Forgets shared contexts, which hold the list as it was when they were made. */
  listChanged(): void {
    this.#factory.clear();
    this.#safely(() => {
      if (this.#list?.isReplaced()) this.overruled();
    });
  }

  /** The program's own choice of defaults takes precedence over ours. */
  overruled(): void {
    this.#stop();
    if (this.#plan) {
      // As at every end, what only the injection has accepted is not used again.
      this.#stopSessions();
      loadSessions().forgetVerified();
    }
    this.#plan = this.#set = this.#judges = undefined;
    this.#injection.overruled();
  }
}

/** Cached, because it is asked for each connection. */
const nodesOwn = new WeakMap<CreateContext, boolean>();

/** False for another library's wrapper: it may change each context, so its results are not shared. */
function isNodesOwn(create: CreateContext): boolean {
  const before = nodesOwn.get(create);
  if (before !== undefined) return before;
  const source = Function.prototype.toString.call(create);
  const isOwn =
    source.startsWith('function createSecureContext(') && source.includes('new SecureContext(');
  nodesOwn.set(create, isOwn);
  return isOwn;
}
