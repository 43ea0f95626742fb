/**
 * Judges peers in Bun and Deno in addition to the runtime; see judged-connections.ts. Both call `checkServerIdentity` for
 * every connection of `node:tls`, also when a session is resumed, and show it everything that was sent. Bun's native clients
 * call it too, but show only the server's certificate. Deno's native clients do not call it.
 */
import { loadBuiltin } from '../../base/builtins.js';
import { part } from '../../base/part.js';
import type { Certificate } from '../../certificate/certificate.js';
import type { PeerJudge, PeerJudges } from '../../chain/peers/peer-judge.js';
import { withOption } from '../../runtime/native-options.js';
import { PatchedGlobal } from '../../runtime/patched-global.js';
import { readDefaultCertificates } from '../../runtime/tls-defaults.js';
import type { ContextOptions } from '../../runtime/tls-defaults.js';
import { distrustsAnything } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { RootListOptions } from '../runtimes/root-list-options.js';
import type { InjectionView } from '../runtimes/strategy.js';
import { guardArguments, judgeContext, judgeOfContext } from './judged-connections.js';
import type { SessionRenewal } from './sessions.js';

const loadBesides = part(
  () =>
    require('../../trust/root-lists/besides.js') as typeof import('../../trust/root-lists/besides.js'),
);
const loadCertificate = part(
  () =>
    require('../../certificate/certificate.js') as typeof import('../../certificate/certificate.js'),
);
const loadPeerGuard = part(
  () =>
    require('../../chain/peers/peer-guard.js') as typeof import('../../chain/peers/peer-guard.js'),
);
const loadPeerJudge = part(
  () =>
    require('../../chain/peers/peer-judge.js') as typeof import('../../chain/peers/peer-judge.js'),
);
const loadSessions = part(() => require('./sessions.js') as typeof import('./sessions.js'));

interface Judges {
  set: TrustSet;
  all: PeerJudges;
  /** True when a leaf may be refused only because of its own certificate. */
  refuseLeaves: boolean;
}

export class DefaultJudges {
  readonly #injection: InjectionView;
  readonly #rootLists: RootListOptions;
  /** Undefined while nothing has been removed. */
  #sessions: SessionRenewal | undefined;
  #judges: Judges | undefined;

  constructor(injection: InjectionView, rootLists: RootListOptions) {
    this.#injection = injection;
    this.#rootLists = rootLists;
  }

  /**
   * Patches for `node:tls` and everything that uses it: lists of every root, and judges. In both runtimes, bindings that were
   * imported by name earlier stay the same.
   */
  makePatches(): PatchedGlobal[] {
    const tls = loadBuiltin('node:tls');
    const lists = (args: unknown[]): unknown[] =>
      args.map((arg) => this.#rootLists.change(arg, 'ca'));
    const judged = (options: ContextOptions): PeerJudge | undefined => {
      this.#sessions?.dropOld(options);
      return this.#judgeFor(options);
    };
    return [
      new PatchedGlobal(tls, 'connect', (args) => lists(guardArguments(args, judged).changed)),
      new PatchedGlobal(tls, 'createSecureContext', lists, (context, [options]) => {
        const judgeNow = this.#judgeLater((options ?? {}) as ContextOptions);
        judgeContext(context as object, judgeNow);
      }),
    ];
  }

  /**
   * Adds the judge to TLS options of one of Bun's native clients.
   *
   * @param given - the program's options
   * @param changed - the options made from them
   */
  guardNative(given: unknown, changed: unknown): unknown {
    // Bun does not keep connections that have a check, so one is added only where it can refuse.
    const judge = this.#current()?.refuseLeaves && this.#judgeFor((given ?? {}) as ContextOptions);
    if (!judge) return changed;
    const { checkServerIdentity: own } = (given ?? {}) as ContextOptions;
    const options: ContextOptions = typeof own === 'function' ? { checkServerIdentity: own } : {};
    loadPeerGuard().guardCheck(options, judge);
    return withOption(changed, 'checkServerIdentity', options['checkServerIdentity']);
  }

  /** Loads the judges when something is distrusted: in the middle of a connection a failure to load would come too late. */
  prepare(): void {
    this.#current();
  }

  /** Something that was trusted is no longer, so earlier sessions are not resumed. */
  removed(): void {
    this.#sessions ??= new (loadSessions().SessionRenewal)();
    this.#sessions.begin();
  }

  stop(): void {
    this.#sessions?.stop();
    this.#judges = undefined;
  }

  #judgeFor(options: ContextOptions): PeerJudge | undefined {
    const { secureContext } = options;
    return secureContext ? judgeOfContext(secureContext) : this.#judgeLater(options)();
  }

  /** As on Node, only default trust is judged, and a context by what is distrusted when it is used. */
  #judgeLater({ ca, pfx, allowPartialTrustChain }: ContextOptions): () => PeerJudge | undefined {
    const list = ca ? this.#rootLists.recognise(ca) : undefined;
    if ((ca && !list) || pfx) return () => undefined;
    return () => {
      const judges = this.#current();
      if (!judges || this.#rootLists.isReplaced()) return undefined;
      const besides = list && loadBesides().besidesOf(list, judges.set);
      return judges.all.for({ besides, allowPartialTrustChain });
    };
  }

  /** Undefined while nothing is distrusted. */
  #current(): Judges | undefined {
    const set = this.#injection.current();
    if (!set || !distrustsAnything(set)) return undefined;
    if (this.#judges?.set !== set) {
      // Certificates with a date issue others, and are seldom a server's own.
      const hasNames = set.distrustedNames.length > set.dated.length;
      const refuseLeaves = hasNames || !set.distrusted.every(isCA);
      const all = new (loadPeerJudge().PeerJudges)(set, readDefaultCertificates);
      this.#judges = { set, all, refuseLeaves };
    }
    return this.#judges;
  }
}

function isCA({ der }: Certificate): boolean {
  return loadCertificate().tryReadCertificate(der)?.isCA === true;
}
