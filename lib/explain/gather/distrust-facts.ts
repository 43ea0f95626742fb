/**
 * Collects what the machine distrusts, and where that is written.
 */
import { Certificate, certificateOf, tryReadCertificate } from '../../certificate/certificate.js';
import type { PeerJudge } from '../../chain/peers/peer-judge.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { CertificateSource, SystemStore } from '../../types.js';
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
    const { identity } = certificate;
    if (reason === 'distrusted' && identity !== undefined) places.set(identity, sources);
  }
  for (const { der, sources, distrustedAfter } of store?.certificates ?? []) {
    const identity = distrustedAfter && new Certificate(der).identity;
    if (identity !== undefined && !places.has(identity)) places.set(identity, sources);
  }
  const held = [...set.distrusted, ...set.dated.map(certificateOf)].flatMap(
    ({ der }) => tryReadCertificate(der) ?? [],
  );
  return (leaf) => {
    const has = (one: Certificate): boolean => judge.isDistrusted(one, leaf?.validFrom);
    return {
      known: held.filter(has),
      has,
      after: (one) => judge.distrustedAfter(one),
      placesOf: ({ der, identity = '' }) => {
        const byName = set.distrustedBy(der);
        const named: CertificateSource[] = byName ? [{ origin: 'system', ...byName }] : [];
        return places.get(identity) ?? named;
      },
    };
  };
}
