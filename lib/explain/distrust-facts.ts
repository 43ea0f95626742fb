/**
 * Collects what the machine distrusts, and where that is written.
 */
import { tryReadCertificate } from '../certificate/certificate.js';
import type { Certificate } from '../certificate/certificate.js';
import { pemToDer } from '../certificate/pem-blocks.js';
import type { PeerJudge } from '../chain/peers/peer-judge.js';
import { identityOf } from '../trust/distrust.js';
import type { TrustSet } from '../trust/trust-set.js';
import type { CertificateSource, SystemStore } from '../types.js';
import type { DistrustFacts, SkippedCertificate } from './facts.js';

/**
 * @param judge - the judge that applies the distrust; undefined when nothing is distrusted
 * @returns a function from a server's certificate to the distrust that applies to that server
 */
export function readDistrust(
  set: TrustSet,
  skipped: readonly SkippedCertificate[],
  judge: PeerJudge | undefined,
  store: SystemStore | undefined,
): ((leaf: Certificate | undefined) => DistrustFacts) | undefined {
  if (!judge) return undefined;
  const places = new Map<string, CertificateSource[]>();
  for (const { reason, certificate, sources } of skipped) {
    const identity = reason === 'distrusted' ? identityOf(certificate.der) : undefined;
    if (identity !== undefined) places.set(identity, sources);
  }
  for (const { der, sources, distrustedAfter } of store?.certificates ?? []) {
    const identity = distrustedAfter && identityOf(der);
    if (identity !== undefined && !places.has(identity)) places.set(identity, sources);
  }
  const held = [...set.distrusted, ...set.dated.map(({ pem }) => pem)].flatMap(
    (pem) => tryReadCertificate(pemToDer(pem)) ?? [],
  );
  return (leaf) => {
    const has = ({ der }: Certificate): boolean => judge.isDistrusted(der, leaf?.validFrom);
    return {
      known: held.filter(has),
      has,
      after: ({ der }) => judge.distrustedAfter(der),
      placesOf: ({ der }) => {
        const byName = set.distrustedBy(der);
        const named: CertificateSource[] = byName ? [{ origin: 'system', ...byName }] : [];
        return places.get(identityOf(der) ?? '') ?? named;
      },
    };
  };
}
