/**
 * What the machine distrusts, and where it says so.
 */
import { tryReadCertificate } from '../chain/certificate.js';
import type { PeerJudge } from '../chain/peer-judge.js';
import { identityOf } from '../distrust.js';
import { pemToDer } from '../pem-blocks.js';
import type { TrustSet } from '../trust-set.js';
import type { CertificateSource } from '../types.js';
import type { DistrustFacts, SkippedCertificate } from './facts.js';

/** @param judge - which knows what is distrusted; undefined: nothing is */
export function readDistrust(
  set: TrustSet,
  skipped: readonly SkippedCertificate[],
  judge: PeerJudge | undefined,
): DistrustFacts | undefined {
  if (!judge) return undefined;
  const places = new Map<string, CertificateSource[]>();
  for (const { reason, certificate, sources } of skipped) {
    const identity = reason === 'distrusted' ? identityOf(certificate.der) : undefined;
    if (identity !== undefined) places.set(identity, sources);
  }
  return {
    known: set.distrusted.flatMap((pem) => tryReadCertificate(pemToDer(pem)) ?? []),
    has: ({ der }) => judge.isDistrusted(der),
    placesOf: ({ der }) => {
      const byName = set.distrustedBy(der);
      const named: CertificateSource[] = byName ? [{ origin: 'system', ...byName }] : [];
      return places.get(identityOf(der) ?? '') ?? named;
    },
  };
}
