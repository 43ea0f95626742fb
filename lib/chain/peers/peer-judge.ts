/**
 * Judges peers by the rule of clean-path.ts, after OpenSSL has accepted them.
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
  /** The server's certificate and what Node links to it, each named as issuer of the one before. */
  linked: readonly Buffer[];
  /** Everything the server sent; undefined where that is not available. Costs more than `linked`, so it is asked for last. */
  sent: () => readonly Buffer[] | undefined;
}

/** As many peers as a busy program talks to; one verdict takes some hundred bytes. */
const MOST_VERDICTS = 1024;
/** Long enough to cost nothing, and short enough for certificates that expire. */
const VERDICT_MS = 10 * 60_000;
/** As many combinations of terms as programs use; each list of every root with other additional certificates is one. */
const MOST_JUDGES = 32;

export interface JudgeOptions {
  /** Further trusted anchors, in PEM; asked for when something distrusted was sent. */
  more?: () => readonly string[];
  /** True with `allowPartialTrustChain`: every anchor ends a chain, self-signed or not. */
  partialChain?: boolean;
  /** True when the context may hold distrusted certificates: it is older than the set, or it is OpenSSL's own store. */
  mayHoldDistrusted?: boolean;
}

export class PeerJudge {
  readonly #set: TrustSet;
  readonly #options: JudgeOptions;
  readonly #distrusts: (certificate: Certificate) => boolean;
  readonly #dateOf: (certificate: Certificate) => number | undefined;
  /** Verdicts by what was shown: true when it is accepted, false when it is not enough to decide. */
  readonly #verdicts = new BoundedMap<boolean>(MOST_VERDICTS);
  /** By the fingerprint of the leaf alone; false when it was refused. */
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

  /** @returns why the peer is refused although OpenSSL accepts it; undefined when it is not */
  refusal({ linked, sent }: ShownChain): DistrustRefusal | undefined {
    const certificates = toCertificates(linked);
    const [leaf] = certificates;
    // The handshake had no certificates, as with a pre-shared key.
    if (!leaf) return undefined;
    let culprit: Certificate | undefined;
    try {
      culprit = this.#findCulprit(leaf, certificates, sent);
    } catch (error) {
      // Never throws: Node calls this in an event, where an error would end the process. Refuses a peer it cannot judge.
      log('error', 'A chain could not be judged', { error: String(error) });
      culprit = leaf;
    }
    const { sha256 } = leaf;
    // A leaf that was once refused, with another chain, is verified each time, because a session does not name its chain.
    if (culprit || this.#leaves.get(sha256) !== false) this.#leaves.set(sha256, !culprit);
    return culprit && toRefusal(culprit, this.#extentOf(culprit, leaf));
  }

  /** True when peers with this certificate have been accepted and none refused; a session with it may then be resumed. */
  hasAccepted(leaf: Buffer): boolean {
    return this.#leaves.get(sha256Of(leaf)) === true;
  }

  /**
   * True also for a certificate that cannot be told from a distrusted one.
   *
   * @param begin - notBefore of the server's certificate in milliseconds; without it, dates do not count
   */
  isDistrusted(certificate: Certificate, begin = -Infinity): boolean {
    return (
      certificate.identity === undefined ||
      this.#distrusts(certificate) ||
      begin > (this.#dateOf(certificate) ?? Infinity)
    );
  }

  /** True when the machine distrusts it by another encoding, so that a search for these bytes finds nothing. */
  isDistrustedTwin(certificate: Certificate): boolean {
    const isNamed = this.#set.distrusted.some(({ der }) => der.equals(certificate.der));
    return !isNamed && this.isDistrusted(certificate);
  }

  /** The latest notBefore (ms) of what it may issue; undefined when it is not distrusted, or not because of a date. */
  distrustedAfter(certificate: Certificate): number | undefined {
    return this.isDistrusted(certificate) ? undefined : this.#dateOf(certificate);
  }

  /** What the distrust covers, in words; undefined when it is not distrusted, as far as can be seen. */
  #extentOf(culprit: Certificate, leaf: Certificate): string | undefined {
    if (this.isDistrusted(culprit)) return '';
    const date = this.distrustedAfter(culprit);
    if (date === undefined || !this.isDistrusted(culprit, beginOf(leaf))) return undefined;
    return ` for certificates that begin after ${new Date(date).toISOString()}`;
  }

  /** The first distrusted certificate, if no path avoids it; the leaf, if what was shown cannot be used. */
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
    // Node links by names, so OpenSSL may have used other certificates.
    if (!known && !areSurelyUsed(linked)) return leaf;
    const all = [...linked, ...(known ? toCertificates(known) : linked)];
    if (this.#recall(all)) return undefined;
    const culprit = this.#findDistrusted(all, begin);
    // OpenSSL builds chains from what was sent and from its context.
    const isClean =
      !culprit || this.#hasCleanPath(all, begin, this.#trustedAndMore(), known !== undefined);
    if (!isClean) return culprit;
    this.#remember(all, true);
    return undefined;
  }

  /** True when distrust depends only on dates, and none of them concerns this server. */
  #isOlderThanAll(begin: number): boolean {
    return !distrustsOutright(this.#set) && this.#set.dated.every(({ after }) => begin <= after);
  }

  #findDistrusted(shown: readonly Certificate[], begin: number): Certificate | undefined {
    return shown.find((one) => this.isDistrusted(one, begin)) ?? this.#findHeldIssuer(shown, begin);
  }

  /** Finds a distrusted issuer in the context, which no server need send: one with a date, and sometimes another. */
  #findHeldIssuer(shown: readonly Certificate[], begin: number): Certificate | undefined {
    const { distrusted, dated } = this.#set;
    const held = dated.filter(({ after }) => begin > after).map(certificateOf);
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

  /** Adds the intermediates of the set through which OpenSSL may continue. */
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

  /** Judges the linked certificates; looks through everything trusted only if necessary. */
  #isLinkedClean(linked: readonly Certificate[], begin: number): boolean {
    const held = heldAmong(this.#set, linked.flatMap(readShown));
    return this.#hasCleanPath(linked, begin, [held]) || this.#hasCleanPath(linked, begin);
  }

  /** @param isAll - true when OpenSSL had nothing else but its context to build a chain from */
  #hasCleanPath(
    shown: readonly Certificate[],
    begin: number,
    trusted = [this.#trustedByName],
    isAll = false,
  ): boolean {
    const [[leaf] = [], ...others] = shown.map(readShown);
    // If the leaf cannot be read, the next certificate must not take its place.
    if (!leaf) return false;
    const sent = others.flat();
    const trustedAs = (name: string): ListedCertificate[] =>
      trusted.flatMap((list) => list.named(name));
    const hasNoTwin = ({ pem, subjectName }: ListedCertificate): boolean => {
      if (!isAll || this.#options.mayHoldDistrusted) return false;
      const known = trustedAs(subjectName);
      // OpenSSL looks at sent certificates only if no trusted one has the name.
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

  /** Cached, because the further anchors are usually as many as the set and the same as before. */
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

/** The parts of a connection's options that decide how its chains may end. */
interface Terms {
  /** What a list of every root names in addition; `id` identifies the list. */
  besides?: { readonly id: number; readonly own: readonly string[] } | undefined;
  allowPartialTrustChain?: boolean | undefined;
  /** See {@link JudgeOptions}. */
  mayHoldDistrusted?: boolean | undefined;
}

/** The judges of one set: one for all connections with the same terms, so that they share verdicts. */
export class PeerJudges {
  readonly #set: TrustSet;
  readonly #inForce: () => readonly string[];
  readonly #judges = new BoundedMap<PeerJudge>(MOST_JUDGES);

  /** @param inForce - returns what is trusted by default, in PEM, where a program may have added to the set */
  constructor(set: TrustSet, inForce: () => readonly string[] = () => []) {
    this.#set = set;
    this.#inForce = inForce;
  }

  /** Undefined when nothing is distrusted, because OpenSSL's verdict is then enough. */
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

/** DER shows where each certificate ends, so the hash is unambiguous. */
function hashOf(shown: readonly Certificate[]): string {
  const hash = loadBuiltin('node:crypto').createHash('sha256');
  for (const { der } of shown) hash.update(der);
  return hash.digest('base64');
}
