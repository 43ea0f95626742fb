/**
 * Judges peers by the rule of clean-path.ts, once OpenSSL has accepted them.
 */
import type { ListedCertificate } from '../../addon/native-binding.js';
import { BoundedMap } from '../../base/bounded-map.js';
import { loadBuiltin } from '../../base/builtins.js';
import { log } from '../../base/log.js';
import { Certificate, certificateOf } from '../../certificate/certificate.js';
import { sha256Of } from '../../certificate/fingerprint.js';
import { datesOf, distrustOf } from '../../trust/distrust.js';
import { distrustsAnything, distrustsOutright } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { Budget } from '../budget.js';
import { Signatures } from '../signatures.js';
import { findCleanPath } from './clean-path.js';
import type { ChainRules } from './clean-path.js';
import { toRefusal } from './distrust-refusal.js';
import type { DistrustRefusal } from './distrust-refusal.js';
import { areSurelyUsed, areWithinLimits } from './path-limits.js';
import { TrustedByName, beginOf, heldAmong, readListed, readShown } from './trusted-by-name.js';

/** What a server showed in a handshake, in DER. */
export interface ShownChain {
  /** The server's certificate, and what Node links to it: each is named as the issuer of the one before it. */
  linked: readonly Buffer[];
  /** Everything the server sent, or undefined where that cannot be had. Costs more than `linked`, so it is asked for last. */
  sent: () => readonly Buffer[] | undefined;
}

/** As many as a busy program talks to; one verdict takes some hundred bytes. */
const MOST_VERDICTS = 1024;
/** Long enough to cost nothing, and short enough for validity that ends. */
const VERDICT_MS = 10 * 60_000;
/** As many terms as programs use; a list of every root with other certificates besides is another. */
const MOST_JUDGES = 32;

export interface JudgeOptions {
  /** Anchors that are trusted besides, in PEM; asked for where something distrusted was sent. */
  more?: () => readonly string[];
  /** As with `allowPartialTrustChain`: every anchor ends a chain, whether it signed itself or not. */
  partialChain?: boolean;
  /** The context may hold what is distrusted: it is older than the set, or OpenSSL's own store. */
  mayHoldDistrusted?: boolean;
}

export class PeerJudge {
  readonly #set: TrustSet;
  readonly #options: JudgeOptions;
  readonly #distrusts: (certificate: Certificate) => boolean;
  readonly #dateOf: (certificate: Certificate) => number | undefined;
  /** Of what was shown: whether it is accepted, or else is not enough to be. */
  readonly #verdicts = new BoundedMap<boolean>(MOST_VERDICTS);
  /** By the fingerprint of the leaf alone. False: refused. */
  readonly #leaves = new BoundedMap<boolean>(MOST_VERDICTS);
  readonly #signatures = new Signatures();
  #trusted: TrustedByName | undefined;
  #more: { pems: readonly string[]; byName: TrustedByName } | undefined;

  constructor(set: TrustSet, options: JudgeOptions = {}) {
    this.#set = set;
    this.#options = options;
    this.#distrusts = distrustOf(set);
    this.#dateOf = datesOf(set.dated);
  }

  /** @returns why the peer is refused, though OpenSSL accepts it; undefined when it is not */
  refusal({ linked, sent }: ShownChain): DistrustRefusal | undefined {
    const certificates = toCertificates(linked);
    const [leaf] = certificates;
    // A handshake without certificates, as with a key that was agreed upon before.
    if (!leaf) return undefined;
    let culprit: Certificate | undefined;
    try {
      culprit = this.#findCulprit(leaf, certificates, sent);
    } catch (error) {
      // Node asks in the middle of an event, where an error would end the process. Who cannot be judged is refused.
      log('error', 'A chain could not be judged', { error: String(error) });
      culprit = leaf;
    }
    const { sha256 } = leaf;
    // What was refused once, with another chain, is verified each time: a session does not say by which chain.
    if (culprit || this.#leaves.get(sha256) !== false) this.#leaves.set(sha256, !culprit);
    return culprit && toRefusal(culprit, this.#extentOf(culprit, leaf));
  }

  /** Whether peers with this certificate have been accepted, and none refused: then a session with it may be resumed. */
  hasAccepted(leaf: Buffer): boolean {
    return this.#leaves.get(sha256Of(leaf)) === true;
  }

  /**
   * Also of what cannot be told from one that is.
   *
   * @param begin - when the server's certificate begins (ms); without it, dates say nothing
   */
  isDistrusted(certificate: Certificate, begin = -Infinity): boolean {
    return (
      certificate.identity === undefined ||
      this.#distrusts(certificate) ||
      begin > (this.#dateOf(certificate) ?? Infinity)
    );
  }

  /** The machine names it in another encoding, and whoever looks for this one does not find it. */
  isDistrustedTwin(certificate: Certificate): boolean {
    const isNamed = this.#set.distrusted.some(({ der }) => der.equals(certificate.der));
    return !isNamed && this.isDistrusted(certificate);
  }

  /** After which time nothing that it issues may begin (ms); undefined: its dates are not why it is distrusted, if it is. */
  distrustedAfter(certificate: Certificate): number | undefined {
    return this.isDistrusted(certificate) ? undefined : this.#dateOf(certificate);
  }

  /** For what the machine distrusts it, in words; undefined: it does not, or that cannot be seen. */
  #extentOf(culprit: Certificate, leaf: Certificate): string | undefined {
    if (this.isDistrusted(culprit)) return '';
    const date = this.distrustedAfter(culprit);
    if (date === undefined || !this.isDistrusted(culprit, beginOf(leaf))) return undefined;
    return ` for certificates that begin after ${new Date(date).toISOString()}`;
  }

  /** The first distrusted certificate, where no path avoids it; the leaf, where nothing can be made of what was shown. */
  #findCulprit(
    leaf: Certificate,
    linked: readonly Certificate[],
    askForSent: ShownChain['sent'],
  ): Certificate | undefined {
    const begin = this.#set.dated.length > 0 ? beginOf(leaf) : -Infinity;
    if (this.#isOlderThanAll(begin)) return undefined;
    if (this.#recall(linked) ?? this.#remember(linked, this.#isLinkedClean(linked, begin))) {
      return undefined;
    }
    const known = askForSent();
    // Node follows names, so what it links need not be what OpenSSL has used.
    if (!known && !areSurelyUsed(linked)) return leaf;
    const all = [...linked, ...(known ? toCertificates(known) : linked)];
    if (this.#recall(all)) return undefined;
    const culprit = this.#findDistrusted(all, begin);
    // OpenSSL builds chains of what was sent and of what its context holds.
    const isClean =
      !culprit || this.#hasCleanPath(all, begin, this.#trustedAndMore(), known !== undefined);
    if (!isClean) return culprit;
    this.#remember(all, true);
    return undefined;
  }

  /** Nothing is distrusted but by dates, and none of them concerns this server. */
  #isOlderThanAll(begin: number): boolean {
    return !distrustsOutright(this.#set) && this.#set.dated.every(({ after }) => begin <= after);
  }

  #findDistrusted(shown: readonly Certificate[], begin: number): Certificate | undefined {
    return shown.find((one) => this.isDistrusted(one, begin)) ?? this.#findHeldIssuer(shown, begin);
  }

  /** Nobody has to send what a context holds: what has a date, and sometimes what is distrusted as such. */
  #findHeldIssuer(shown: readonly Certificate[], begin: number): Certificate | undefined {
    const { distrusted, dated } = this.#set;
    const held = dated.flatMap(({ certificate, after }) => (begin > after ? [certificate] : []));
    if (this.#options.mayHoldDistrusted) held.push(...distrusted);
    if (held.length === 0) return undefined;
    const certificates = this.#withHeldIssuers(shown.flatMap(readShown));
    const budget = Budget.atOnce();
    const issuer = readListed(held.map(({ pem }) => pem)).find((candidate) =>
      certificates.some(
        (certificate) =>
          certificate.issuerName === candidate.subjectName &&
          // A server may send any number of certificates with that name.
          (!budget.spend() || this.#signatures.verify(certificate, candidate)),
      ),
    );
    return issuer && certificateOf(issuer);
  }

  /** With the intermediates of the set by which OpenSSL may go on. */
  #withHeldIssuers(certificates: readonly ListedCertificate[]): ListedCertificate[] {
    const all = new Set(certificates);
    const known = this.#trustedAndMore();
    for (const { issuerName } of all) {
      for (const list of known) for (const issuer of list.named(issuerName)) all.add(issuer);
    }
    return [...all];
  }

  #recall(shown: readonly Certificate[]): boolean | undefined {
    return this.#verdicts.get(hashOf(shown));
  }

  #remember(shown: readonly Certificate[], verdict: boolean): boolean {
    this.#verdicts.set(hashOf(shown), verdict, Date.now() + VERDICT_MS);
    return verdict;
  }

  /** Of what is linked; all that is trusted is looked at only where that is needed. */
  #isLinkedClean(linked: readonly Certificate[], begin: number): boolean {
    const held = heldAmong(this.#set, linked.flatMap(readShown));
    return this.#hasCleanPath(linked, begin, [held]) || this.#hasCleanPath(linked, begin);
  }

  /** @param isAll - whether OpenSSL had nothing else to build a chain of, but for its context */
  #hasCleanPath(
    shown: readonly Certificate[],
    begin: number,
    trusted = [this.#trustedByName],
    isAll = false,
  ): boolean {
    const [[leaf] = [], ...others] = shown.map(readShown);
    // What cannot be read must not make a leaf of the next one.
    if (!leaf) return false;
    const sent = others.flat();
    const trustedAs = (name: string): ListedCertificate[] =>
      trusted.flatMap((list) => list.named(name));
    const hasNoTwin = ({ pem, subjectName }: ListedCertificate): boolean => {
      if (!isAll || this.#options.mayHoldDistrusted) return false;
      const known = trustedAs(subjectName);
      // OpenSSL looks at what was sent when nothing trusted has the name.
      const rivals = known.length > 0 ? known : sent;
      return rivals.every((other) => other.subjectName !== subjectName || other.pem === pem);
    };
    const rules: ChainRules = {
      trusted: trustedAs,
      endsChain: ({ looksSelfSigned, role }) =>
        looksSelfSigned || (this.#options.partialChain === true && role === 'anchor'),
      isDistrusted: (listed) => this.isDistrusted(certificateOf(listed), begin),
      isSignedBy: (certificate, issuer) => this.#signatures.verify(certificate, issuer),
      mayStand: (issuers) => areWithinLimits(issuers, hasNoTwin),
    };
    return findCleanPath({ leaf, sent }, rules) !== undefined;
  }

  get #trustedByName(): TrustedByName {
    return (this.#trusted ??= new TrustedByName(this.#set.facts));
  }

  /** What is trusted besides is usually as long as the set, and the same as before. */
  #trustedAndMore(): TrustedByName[] {
    const pems = this.#options.more?.() ?? [];
    let known = this.#more;
    if (known?.pems.length !== pems.length || pems.some((pem, at) => pem !== known?.pems[at])) {
      known = { pems, byName: new TrustedByName(readListed(pems)) };
      this.#more = known;
    }
    return [this.#trustedByName, known.byName];
  }
}

/** What a connection names that bears on how its chains may end. */
interface Terms {
  /** What a list of every root names besides; `id` tells such lists apart. */
  besides?: { readonly id: number; readonly own: readonly string[] } | undefined;
  allowPartialTrustChain?: boolean | undefined;
  /** See {@link JudgeOptions}. */
  mayHoldDistrusted?: boolean | undefined;
}

/** The judges of one set: one for all connections with the same terms, so that verdicts are shared. */
export class PeerJudges {
  readonly #set: TrustSet;
  readonly #inForce: () => readonly string[];
  readonly #judges = new BoundedMap<PeerJudge>(MOST_JUDGES);

  /** @param inForce - what is trusted by default, in PEM, where a program may have added to the set */
  constructor(set: TrustSet, inForce: () => readonly string[] = () => []) {
    this.#set = set;
    this.#inForce = inForce;
  }

  /** Undefined where nothing is distrusted: then OpenSSL's verdict is the whole of it. */
  for({
    besides,
    allowPartialTrustChain,
    mayHoldDistrusted = false,
  }: Terms): PeerJudge | undefined {
    if (!distrustsAnything(this.#set)) return undefined;
    const partialChain = Boolean(allowPartialTrustChain);
    const key = [besides?.id, partialChain, mayHoldDistrusted].join(' ');
    const known = this.#judges.get(key);
    if (known) return known;
    const more = (): readonly string[] => [...(besides?.own ?? []), ...this.#inForce()];
    const judge = new PeerJudge(this.#set, { more, partialChain, mayHoldDistrusted });
    this.#judges.set(key, judge);
    return judge;
  }
}

function toCertificates(ders: readonly Buffer[]): Certificate[] {
  return ders.map((der) => new Certificate(der));
}

/** DER says where it ends. */
function hashOf(shown: readonly Certificate[]): string {
  const hash = loadBuiltin('node:crypto').createHash('sha256');
  for (const { der } of shown) hash.update(der);
  return hash.digest('base64');
}
