/**
 * Adds the trust set to secure contexts as they are made, for runtimes whose default list cannot be replaced, or not without
 * losing certificates.
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
 * Decides whether certificates can be added to the defaults. If the defaults hold something that must not be trusted, the
 * whole list must replace them. OpenSSL's own store (`--use-openssl-ca`) cannot be listed and is left as it is.
 */
export function completionFor(set: TrustSet, isOpenssl: () => boolean): Completion {
  const excludes = set.excludedBundled || set.excludedExtra;
  // Asking takes time, so it is done only if the answer matters.
  if ((!excludes && !refusesAnything(set)) || isOpenssl()) return 'add';
  // An orphan in NODE_EXTRA_CA_CERTS makes good chains fail as long as it is among the defaults.
  if (excludes) return 'replace';
  // Where lists cannot be read, NODE_EXTRA_CA_CERTS may hold any of them.
  if (!canListCertificates()) return process.env['NODE_EXTRA_CA_CERTS'] ? 'replace' : 'add';
  // No bundled root is refused; that was checked above.
  const bundled = new Set(tlsExports().rootCertificates);
  const isRefused = loadTrustSets().refusalBy(set);
  const others = listCertificates('default').filter((pem) => !bundled.has(pem));
  return others.some((pem) => isRefused(pem)) ? 'replace' : 'add';
}

/** The certificates clients trust by default under the patch, which `tls.getCACertificates('default')` should report. */
export function effectiveCertificates(
  set: TrustSet,
  completion: Completion,
  inForce: readonly string[],
): string[] {
  if (completion !== 'add') return [...set.certificates];
  return [...inForce, ...withoutPems(set.additions, inForce)];
}
