/**
 * The rule which certificates people put there: the company, the administrator, the user or a program they installed. Pure.
 */
import type { CertificateSource, SystemCertificate } from '../../types.js';

/** Fingerprints, as in {@link SystemCertificate}, of what public programmes ship; see `readPublished()`. */
export type PublishedFingerprints = ReadonlySet<string>;

/**
 * True for a certificate that no public programme ships and that lies where people put certificates. The rule is for people
 * to look at: trust never depends on it.
 *
 * It errs on the side of showing too much: a root that Mozilla removed, and Windows' own few in `LOCAL_MACHINE\ROOT`, count.
 */
export function isLocal(
  { fingerprint256, sources }: Pick<SystemCertificate, 'fingerprint256' | 'sources'>,
  published: PublishedFingerprints,
): boolean {
  if (published.has(fingerprint256) || sources.some(isOfVendor)) return false;
  return sources.some(isOfPeople);
}

/** Lists that Apple, Microsoft or the runtime fills. */
function isOfVendor({ origin, kind, location }: CertificateSource): boolean {
  if (origin === 'bundled') return true;
  // Node's own list of the system's CAs does not say where they lie, so it proves nothing.
  return kind === 'macos-trust-domain' && location === 'system';
}

/**
 * Windows names the logical store only for roots that no other place holds: those of Microsoft's programme. Windows' store of
 * intermediates and keychains of macOS also collect what programs have seen, and trust none of it.
 */
function isOfPeople({ kind, location, store }: CertificateSource): boolean {
  if (kind !== 'windows-store') return kind !== 'macos-keychain';
  return location !== 'LOGICAL' && (store === 'ROOT' || store === 'TrustedPeople');
}
