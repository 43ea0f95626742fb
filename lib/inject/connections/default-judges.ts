/**
 * Who judges peers in Bun and Deno beside the runtime; see judged-connections.ts. Both ask `checkServerIdentity` on every
 * connection of `node:tls`, also where a session is resumed, and show it everything that was sent. Bun's native clients ask it
 * as well, and show the server's certificate alone; those of Deno ask nobody.
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
  /** Whether one may be refused by its own certificate alone. */
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
   * For `node:tls` and what goes through it: lists of every root, and judges. Neither runtime changes what was imported by name
   * before.
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
   * TLS options of a native client of Bun.
   *
   * @param given - the program's
   * @param changed - what is made of them
   */
  guardNative(given: unknown, changed: unknown): unknown {
    // With a check Bun keeps no connection, so there is one only where it can say no.
    const judge = this.#current()?.refuseLeaves && this.#judgeFor((given ?? {}) as ContextOptions);
    if (!judge) return changed;
    const { checkServerIdentity: own } = (given ?? {}) as ContextOptions;
    const options: ContextOptions = typeof own === 'function' ? { checkServerIdentity: own } : {};
    loadPeerGuard().guardCheck(options, judge);
    return withOption(changed, 'checkServerIdentity', options['checkServerIdentity']);
  }

  /** Where something is distrusted: in the middle of a connection it would be too late to find that judging cannot be loaded. */
  prepare(): void {
    this.#current();
  }

  /** Something that was trusted is not any more: sessions of before are not resumed. */
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

  /** As on Node, only what trusts by default is judged; and a context by what is distrusted when it is used. */
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
      // What is dated issues, and seldom a server's certificate itself.
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
