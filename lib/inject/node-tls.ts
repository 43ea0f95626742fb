/**
 * The trust set as the default of Node's TLS, once node:tls is loaded. Nothing is merged before the first context is made.
 */
import { PeerJudges } from '../chain/peer-judge.js';
import type { PeerJudge } from '../chain/peer-judge.js';
import { distrustsAnything } from '../distrust.js';
import { readRootList } from '../root-lists.js';
import type { RootList } from '../root-lists.js';
import {
  canSetDefaults,
  defaultsHoldBundled,
  readDefaultCertificates,
  tlsExports,
} from '../tls-defaults.js';
import type { CertificateListType, ContextOptions, SecureContext } from '../tls-defaults.js';
import { hasOwnOptions } from '../context-options.js';
import { besidesOf } from './besides.js';
import { ContextFactory, isFromConnect, isServer } from './context-factory.js';
import { isIdle, makeContextPlan } from './context-plan.js';
import type { ContextPlan } from './context-plan.js';
import { guardCheck, judgeContext, judgeOfContext } from './judged-connections.js';
import { runEach } from '../runtime/steps.js';
import { SessionRenewal, forgetVerified } from './sessions.js';
import type { TrustSet } from './source.js';
import { completionFor, effectiveCertificates } from './strategy-patch.js';
import { DefaultList } from './strategy-set.js';
import type { TrustSupply } from './supply.js';
import type { HookHandler, TlsHooks } from './tls-hooks.js';

type CreateContext = (options?: ContextOptions) => SecureContext;

export class NodeTls implements HookHandler {
  readonly #supply: TrustSupply;
  readonly #hooks: TlsHooks;
  readonly #list: DefaultList;
  readonly #factory: ContextFactory;
  readonly #sessions = new SessionRenewal();
  /** Undefined until the set is in use. */
  #plan: ContextPlan | undefined;
  #set: TrustSet | undefined;
  #judges: PeerJudges | undefined;
  /** What recognised lists name and the defaults of this process need not hold. */
  #missing: readonly string[] | undefined;
  #settable: boolean | undefined;
  /** The runtime has refused the list as a whole. */
  #refused = false;
  #listDue: NodeJS.Immediate | undefined;

  constructor(supply: TrustSupply, hooks: TlsHooks) {
    this.#supply = supply;
    this.#hooks = hooks;
    this.#list = new DefaultList(supply);
    this.#factory = new ContextFactory((error) => {
      supply.failed(error);
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
    if (removed) {
      this.#sessions.renew();
      this.#hooks.asksFor.contexts = true;
    }
    this.#use(set);
    if (this.strategy === 'set') this.#writeList();
  }

  restore(): void {
    const used = this.#plan !== undefined;
    this.#plan = this.#set = this.#judges = undefined;
    runEach([
      () => {
        this.#stop();
      },
      () => {
        this.#sessions.stop();
      },
      () => {
        if (used) forgetVerified();
      },
      () => {
        this.#list.restore();
      },
      () => {
        this.#factory.clear();
      },
    ]);
  }

  #stop(): void {
    if (this.#listDue) clearImmediate(this.#listDue);
    this.#listDue = undefined;
    this.#hooks.asksFor = { connections: false, contexts: false, lists: false };
  }

  /** Only what trusts by default, or a context that was made so, is judged by us. */
  judgeFor(options: ContextOptions): PeerJudge | undefined {
    const { secureContext, ca } = options;
    if (secureContext) return judgeOfContext(secureContext);
    const list = ca ? this.#recognise(ca) : undefined;
    if (!ca || list) this.#firstUse();
    // An explicit `ca` as well: it may have been taken for the defaults before `rootLists: false`.
    this.#sessions.dropOld(options);
    if ((ca && !list) || options.pfx) return undefined;
    return this.#judge(list, options);
  }

  /** @param made - the set a context was made of, where that may be another one now */
  #judge(
    list: RootList | undefined,
    { allowPartialTrustChain }: ContextOptions,
    made = this.#set,
  ): PeerJudge | undefined {
    const besides = list && this.#set && this.#own(list, this.#set);
    const mayHoldDistrusted = made !== this.#set || this.#isOpenssl();
    return this.#judges?.for({ besides, allowPartialTrustChain, mayHoldDistrusted });
  }

  createContext(original: CreateContext, options: ContextOptions | undefined): SecureContext {
    if (options && isServer(options)) return original(options);
    const list = options?.ca ? this.#recognise(options.ca) : undefined;
    if (options?.ca && !list) {
      // See judgeFor(); this is for those who hold the original `tls.connect`.
      if (isFromConnect(options)) this.#sessions.dropOld(options);
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
      this.#sessions.check(options);
      const now = judge();
      if (now) guardCheck(options, now);
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
   * In the middle of a call of the program's, which must not fail because of us. Not for what decides whether a peer is
   * trusted: that fails closed.
   */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#supply.failed(error);
    }
  }

  #recognise(ca: unknown): RootList | undefined {
    return this.#supply.takesRootLists ? readRootList(ca) : undefined;
  }

  /** What a recognised list adds to the set, by the rules of the set. */
  #own(list: RootList, set: TrustSet): RootList {
    const besides = besidesOf(list, set);
    if (this.#list.isWritten) return besides;
    // OpenSSL's own store need not hold what Node bundles, and the list names it.
    this.#missing ??= defaultsHoldBundled() ? [] : set.anchors;
    return { id: besides.id, own: [...this.#missing, ...besides.own] };
  }

  /** @param context - options of a context that is made; without them, the set is all that is needed */
  #firstUse(context?: ContextOptions): void {
    this.#safely(() => {
      // The set may have to be judged again.
      if (this.#plan) this.#supply.current();
      if (context) this.#fire(context);
      else if (!this.#plan) this.#begin();
    });
  }

  /**
   * The first context. Replacing the list takes about 7 ms, adding to one context 1 ms; so a client's first context is
   * completed by itself and the list follows while the network is waited for.
   */
  #fire(options: ContextOptions): void {
    if (!this.#plan && !this.#begin()) return;
    if (this.strategy !== 'set' || this.#list.isWritten) return;
    const canWait =
      this.#plan !== undefined &&
      !('replace' in this.#plan.usual) &&
      (isFromConnect(options) || !hasOwnOptions(options));
    if (!canWait) this.#writeList();
    else {
      this.#listDue ??= setImmediate(() => {
        this.#safely(() => {
          this.#writeList();
        });
      }).unref();
    }
  }

  /** @returns false when there is nothing to use */
  #begin(): boolean {
    const set = this.#supply.current();
    if (!set) return false;
    // Sessions of before are of another trust.
    if (set.excludedBundled || set.excludedExtra) this.#sessions.begin();
    this.#use(set);
    return true;
  }

  #use(set: TrustSet): void {
    const known = this.#refused ? 'replace' : 'none';
    const completion = this.#list.isWritten ? known : completionFor(set, this.#isOpenssl());
    this.#set = set;
    this.#plan = makeContextPlan(set, completion);
    this.#factory.clear();
    this.#missing = undefined;
    // A program may have added to the set, before us or since.
    this.#judges = new PeerJudges(set, readDefaultCertificates);
    this.#hooks.asksFor.connections = distrustsAnything(set) || this.#sessions.isActive;
  }

  /** Official, free from then on, and it reaches those who hold the original `createSecureContext`. */
  #writeList(): void {
    if (this.#listDue) clearImmediate(this.#listDue);
    this.#listDue = undefined;
    const set = this.#set;
    if (!set) return;
    let written: TrustSet | undefined;
    try {
      written = this.#list.write(set);
    } catch (error) {
      // Nobody waits for it who could be told. Contexts are completed one by one instead.
      this.#refused = true;
      this.#supply.failed(error);
      this.#use(this.#supply.settled() ?? set);
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
    // Also when no context needs anything: who connects is remembered for the end of the injection.
    this.#hooks.asksFor.lists = false;
  }

  listCertificates(
    original: (type?: CertificateListType) => string[],
    type: CertificateListType | undefined,
  ): string[] {
    this.#safely(() => {
      if (!this.#plan) this.#begin();
      if (this.#plan && this.strategy === 'set' && !this.#list.isWritten) this.#writeList();
    });
    const inForce = original(type);
    if (!this.#set || this.strategy === 'set') return inForce;
    return effectiveCertificates(this.#set, completionFor(this.#set, this.#isOpenssl()), inForce);
  }

  /** The list could be replaced but must not be: see canSetDefaults. */
  #isOpenssl(): boolean {
    return !this.#canSet() && tlsExports().setDefaultCACertificates !== undefined;
  }

  /** Contexts that are shared hold what the list was when they were made. */
  listChanged(): void {
    this.#factory.clear();
    this.#safely(() => {
      if (this.#list.isReplaced()) this.overruled();
    });
  }

  /** The program's own choice of defaults wins over ours. */
  overruled(): void {
    this.#stop();
    if (this.#plan) {
      // As at every end: what was accepted by it alone is not used again.
      this.#sessions.stop();
      forgetVerified();
    }
    this.#plan = this.#set = this.#judges = undefined;
    this.#supply.overruled();
  }
}

/** A wrapper of somebody else's may do something to each context, so its results are not shared. */
function isNodesOwn(create: CreateContext): boolean {
  const source = Function.prototype.toString.call(create);
  return (
    source.startsWith('function createSecureContext(') && source.includes('new SecureContext(')
  );
}
