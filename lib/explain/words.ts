/**
 * Describes places and certificates in words. Pure.
 */
import type { CertificateSource } from '../types.js';

/** Where a certificate lies, so that a user can find it. */
export function sourceWords({ origin, kind, location, store }: CertificateSource): string {
  if (origin === 'bundled') return `${location} itself`;
  if (kind === 'windows-store') return `${location}\\${store ?? ''}`;
  if (kind === 'macos-trust-domain') return `the macOS trust settings (${location})`;
  if (origin === 'extra') return `${location} (NODE_EXTRA_CA_CERTS)`;
  return location;
}

/** The places of one origin, or of all, without duplicates. */
export function placesOf(
  sources: readonly CertificateSource[] | undefined,
  origin?: CertificateSource['origin'],
): string {
  const wanted = (sources ?? []).filter(
    (source) => origin === undefined || source.origin === origin,
  );
  return [...new Set(wanted.map(sourceWords))].join(', ');
}

export function hasOrigin(
  sources: readonly CertificateSource[] | undefined,
  origin: CertificateSource['origin'],
): boolean {
  return (sources ?? []).some((source) => source.origin === origin);
}

export const USE_INJECT =
  'Call inject() of os-truststore when your program starts, or start it with ' +
  '`node --require os-truststore/register`.';

export const FATAL_REMEDY =
  'Have its CA issue a certificate with a key on P-256 or P-384, or of RSA, or use a version of Node without this fault ' +
  '(22 has none of it).';
