/**
 * The trust set added to secure contexts as they are made, for runtimes whose default list cannot be replaced, or not
 * without losing certificates.
 */
import { part } from '../../base/part.js';
import { withoutPems } from '../../certificate/pem-key.js';
import { canListCertificates, listCertificates, tlsExports } from '../../runtime/tls-defaults.js';
import { refusesAnything } from '../../trust/trust-set.js';
import type { TrustSet } from '../../trust/trust-set.js';
import type { Completion } from './context-plan.js';

const loadTrustSets = part(
  () => require('../../trust/trust-sets.js') as typeof import('../../trust/trust-sets.js'),
);

/**
 * Whether certificates can be added to the defaults, or the whole list must take their place because the defaults hold
 * something that is not to be trusted. OpenSSL's own store (`--use-openssl-ca`) cannot be listed and is left as it is.
 */
export function completionFor(set: TrustSet, isOpenssl: () => boolean): Completion {
  const excludes = set.excludedBundled || set.excludedExtra;
  // To ask takes time, so it is not asked for nothing.
  if ((!excludes && !refusesAnything(set)) || isOpenssl()) return 'add';
  // An orphan of NODE_EXTRA_CA_CERTS makes good chains fail for as long as it is among the defaults.
  if (excludes) return 'replace';
  // Without a way to ask, NODE_EXTRA_CA_CERTS may hold any of them.
  if (!canListCertificates()) return process.env['NODE_EXTRA_CA_CERTS'] ? 'replace' : 'add';
  // No bundled root is refused, as was said above.
  const bundled = new Set(tlsExports().rootCertificates);
  const isRefused = loadTrustSets().refusalBy(set);
  const others = listCertificates('default').filter((pem) => !bundled.has(pem));
  return others.some((pem) => isRefused(pem)) ? 'replace' : 'add';
}

/** What clients trust by default under the patch: the truth `tls.getCACertificates('default')` should tell. */
export function effectiveCertificates(
  set: TrustSet,
  completion: Completion,
  inForce: readonly string[],
): string[] {
  if (completion !== 'add') return [...set.certificates];
  return [...inForce, ...withoutPems(set.additions, inForce)];
}
