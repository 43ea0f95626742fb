/**
 * Describes places and certificates in words. Pure.
 */
import type { CertificateSource } from '../types.js';
import type { Facts } from './gather/facts.js';

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

/** What is to be typed stands in backticks, whole, and works as it stands; capitals name what the user fills in. */
export const USE_INJECT =
  'Call `inject()` of os-truststore when your program starts, or start it with ' +
  '`node --require os-truststore/register`. If it does that already, nothing is wrong.';

/** The command that asks about the same host again, with more flags. */
export function doctorAgain(
  { target }: Pick<Facts, 'target'>,
  ...flags: readonly string[]
): string {
  const { host, port, servername, startTls, allowPrivate } = target;
  const words = [
    `${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    ...(startTls === undefined || flags.includes('--starttls') ? [] : ['--starttls', startTls]),
    ...(servername === host ? [] : ['--servername', servername]),
    ...(allowPrivate ? ['--allow-private'] : []),
    ...flags,
  ];
  return `\`npx os-truststore doctor ${words.map(shellWord).join(' ')}\``;
}

function shellWord(word: string): string {
  return /^[\w.:/[\]=@%+-]+$/.test(word) ? word : `'${word.replace(/['`]/g, '')}'`;
}

/** Typed on Windows and then in WSL, which has a store of its own. */
export const WINDOWS_TO_WSL =
  'Run `npx os-truststore export --source system -o C:\\Users\\Public\\windows.pem` on Windows, and set ' +
  '`OS_TRUSTSTORE_USER_CAS=/mnt/c/Users/Public/windows.pem` here.';

export const FATAL_REMEDY =
  'Have its CA issue a certificate with a key on P-256 or P-384, or of RSA, or use a version of Node without this fault ' +
  '(22 has none of it).';
