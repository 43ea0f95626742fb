/**
 * Makes one trust set of several lists. Pure: the output depends only on the input, and nothing is read.
 *
 * bundled ∪ extra ∪ system anchors ∪ user CAs − distrusted − excluded, one entry for each DER.
 */
import type { ListedCertificate } from '../addon/native-binding.js';
import { CertificateSet } from '../certificate/certificate-set.js';
import { certificateOf } from './certificate-of.js';
import { isOneOf } from './distrust.js';

/**
 * The lists, in order of precedence. Certificates are compared by their exact bytes, but distrust applies to every encoding.
 */
export interface MergeInput {
  /** Node's own lists: taken as they are, without distrusted and excluded certificates. */
  bundled: readonly ListedCertificate[];
  extra: readonly ListedCertificate[];
  /** Judged by the operating system's rules. */
  system: readonly ListedCertificate[];
  user: readonly ListedCertificate[];
  /** Certificates in the other lists that the operating system distrusts without holding them. */
  distrusted: readonly ListedCertificate[];
  /** Certificates to leave out of every list. */
  excluded: readonly ListedCertificate[];
}

export interface MergedCertificates {
  /** What a TLS client should know: anchors first, then intermediates that lead to one of them. */
  certificates: ListedCertificate[];
  /** The anchors alone, for runtimes and contexts that treat every certificate as an anchor. */
  anchors: ListedCertificate[];
  /** The anchors that are not CAs, but single peers that are trusted as themselves. */
  peers: ListedCertificate[];
  /**
   * Anchors that are not self-signed and whose issuer is not in the set. OpenSSL uses them only with
   * `allowPartialTrustChain`, and without it they can make good chains fail. They are in neither of the two lists above.
   */
  partialChainAnchors: ListedCertificate[];
  /** Everything the operating system distrusts, whether or not another list holds it, in every encoding found. */
  distrusted: ListedCertificate[];
  /** Certificates of the user that were left out; `skipped` says why. */
  skippedUserCAs: ListedCertificate[];
}

export function mergeCertificates(input: MergeInput): MergedCertificates {
  const refused = refusedOf(input);
  const excluded = new CertificateSet(input.excluded);

  const known = new CertificateSet<ListedCertificate>();
  const accepted: ListedCertificate[] = [];
  const helpers: ListedCertificate[] = [];
  const add = (certificate: ListedCertificate): void => {
    if (refused.has(certificate) || excluded.has(certificate) || !known.add(certificate)) return;
    // At what looks self-signed OpenSSL stops without looking further, at a peer trusted as itself as well.
    (certificate.looksSelfSigned ? accepted : helpers).push(certificate);
  };
  for (const certificate of input.bundled) add(certificate);
  for (const certificate of input.extra) add(certificate);
  for (const certificate of input.system) if (isUsable(certificate)) add(certificate);
  for (const certificate of input.user) if (isUsable(certificate)) add(certificate);

  const reachable = reachableFrom(accepted, helpers);
  const anchors = newestFirst([...accepted, ...reachable.filter(({ role }) => role === 'anchor')]);
  const intermediates = reachable.filter(({ role }) => role !== 'anchor');
  const kept = new Set(reachable);
  const left = helpers.filter((helper) => !kept.has(helper));
  const orphans = new CertificateSet(left);
  return {
    certificates: [...anchors, ...newestFirst(intermediates)],
    anchors,
    peers: anchors.filter(({ role }) => role === 'leaf'),
    partialChainAnchors: left.filter(({ role }) => role === 'anchor'),
    distrusted: [...refused.values()],
    skippedUserCAs: skippedOf(input.user, refused, orphans),
  };
}

/**
 * The distrusted certificates, and their other encodings in lists that the operating system has not judged. Compares only
 * certificates with the same issuer, because reading one takes a while and lists may be long.
 */
function refusedOf({
  bundled,
  extra,
  system,
  user,
  distrusted,
}: MergeInput): CertificateSet<ListedCertificate> {
  const held = system.filter(({ trust }) => trust === 'distrusted');
  const refused = new CertificateSet([...held, ...distrusted]);
  const known = refused.values();
  if (known.length === 0) return refused;
  const issuers = new Set(known.map(({ issuerName }) => issuerName));
  const isDistrusted = isOneOf(known.map(certificateOf));
  for (const list of [bundled, extra, user]) {
    for (const certificate of list) {
      if (!issuers.has(certificate.issuerName)) continue;
      if (isDistrusted(certificateOf(certificate))) refused.add(certificate);
    }
  }
  return refused;
}

/** An orphan of one list may find its issuer in another, so that verdict is made again here. */
function isUsable({ skipped }: ListedCertificate): boolean {
  return skipped === undefined || skipped === 'orphan';
}

/**
 * The helpers from which a path of issuers leads to a root. OpenSSL may prefer a certificate of the store to the one the
 * server sent, and fails if it leads nowhere. This is the rule of native/trust/orphans.cc over all lists: an issuer is a CA
 * whose subject is the other's issuer and whose key identifier does not contradict (RFC 5280 §4.2.1.1).
 */
function reachableFrom(
  roots: readonly ListedCertificate[],
  helpers: readonly ListedCertificate[],
): ListedCertificate[] {
  if (helpers.length === 0) return [];
  const unreached = new UnreachedHelpers(helpers);
  const reached = new Set<ListedCertificate>();
  const issuers = roots.filter(({ role }) => role !== 'leaf');
  for (let issuer = issuers.pop(); issuer; issuer = issuers.pop()) {
    for (const certificate of unreached.takeIssuedBy(issuer)) {
      reached.add(certificate);
      issuers.push(certificate);
    }
  }
  return helpers.filter((helper) => reached.has(helper));
}

/** Gives out each helper once, so that the search visits each once, however many share a name. */
class UnreachedHelpers {
  /** By the issuer they name and the key identifier they expect of it. */
  readonly #byIssuer = new Map<string, Map<number, ListedCertificate[]>>();

  constructor(helpers: readonly ListedCertificate[]) {
    for (const helper of helpers) {
      const byKeyId =
        this.#byIssuer.get(helper.issuerName) ?? new Map<number, ListedCertificate[]>();
      this.#byIssuer.set(helper.issuerName, byKeyId);
      const siblings = byKeyId.get(helper.authorityKeyId);
      if (siblings) siblings.push(helper);
      else byKeyId.set(helper.authorityKeyId, [helper]);
    }
  }

  takeIssuedBy({ subjectName, subjectKeyId }: ListedCertificate): ListedCertificate[] {
    const byKeyId = this.#byIssuer.get(subjectName);
    if (!byKeyId) return [];
    const taken = subjectKeyId === 0 ? [...byKeyId.keys()] : [subjectKeyId, 0];
    return taken.flatMap((keyId) => {
      const issued = byKeyId.get(keyId) ?? [];
      byKeyId.delete(keyId);
      return issued;
    });
  }
}

/**
 * Source order, but certificates with the same name stand together where the first of them stood, newest first, because
 * OpenSSL takes the first match by name if nothing else tells them apart (openssl/openssl#16304).
 */
function newestFirst(certificates: readonly ListedCertificate[]): ListedCertificate[] {
  const names = new Set(certificates.map(({ subjectName }) => subjectName));
  if (names.size === certificates.length) return [...certificates];
  const byName = new Map<string, ListedCertificate[]>();
  for (const certificate of certificates) {
    const group = byName.get(certificate.subjectName);
    if (group) group.push(certificate);
    else byName.set(certificate.subjectName, [certificate]);
  }
  return [...byName.values()].flatMap((group) =>
    group.length === 1
      ? group
      : group.sort((a, b) => b.validFrom - a.validFrom || b.validTo - a.validTo),
  );
}

/** The certificates that are not used, with the reason that applies after all lists are known. */
function skippedOf(
  certificates: readonly ListedCertificate[],
  refused: CertificateSet<ListedCertificate>,
  orphans: CertificateSet<ListedCertificate>,
): ListedCertificate[] {
  const found: ListedCertificate[] = [];
  for (const certificate of certificates) {
    if (refused.has(certificate)) found.push({ ...certificate, skipped: 'distrusted' });
    else if (!isUsable(certificate)) found.push(certificate);
    else if (orphans.has(certificate)) found.push({ ...certificate, skipped: 'orphan' });
  }
  return found;
}
