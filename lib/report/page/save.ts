/**
 * Hands certificates to the user, as PEM, as CSV or through the clipboard. Everything is made in the page.
 */
import type { ReportCertificate, ReportData } from '../types.js';
import { dayOf, LOCAL, verdictWords } from './words.js';

/**
 * A comment names the certificate, which PEM readers ignore. A CA chose the name, so the name must not be able to begin a
 * block for readers that look for dashes anywhere in a line.
 */
export function pemOf({ name, der }: ReportCertificate): string {
  const lines = (der ?? '').replace(/.{64}(?!$)/g, '$&\n');
  return `# ${name.replace(/-{2,}/g, '-')}\n-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

export function csvOf(certificates: readonly ReportCertificate[], data: ReportData): string {
  const rows = certificates.map((one) => [
    one.name,
    verdictWords[one.verdict],
    one.reason ?? '',
    one.origins.join(' '),
    one.local ? LOCAL : '',
    one.product ?? '',
    dayOf(one.from),
    dayOf(one.to),
    one.key,
    one.signature,
    one.serial,
    one.fingerprint,
    one.subject.join(', '),
    one.issuer.join(', '),
    one.places.map((place) => data.places[place] ?? '').join('; '),
  ]);
  // The mark tells spreadsheets that the text is UTF-8.
  return `\uFEFF${[heads, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')}`;
}

const heads = [
  ...['Name', 'Verdict', 'Reason', 'Source', 'Installed by', 'Inspects TLS'],
  ...['Valid from', 'Valid to', 'Key', 'Signature', 'Serial number', 'SHA-256'],
  ...['Subject', 'Issuer', 'Found in'],
];

/**
 * Quotes a cell (RFC 4180). Spreadsheets run what begins like a formula, and skip blanks and quotes before it; an apostrophe
 * makes it text (OWASP, "CSV Injection").
 */
export function cellOf(text: string): string {
  // Where lists are separated by semicolons, as in many languages, a cell may begin behind one.
  const plain = text.replace(/(^|[;,\t])([\s'"]*[=+\-@＝＋－＠|%])/g, "$1'$2");
  return `"${plain.replaceAll('"', '""')}"`;
}

export function saveFile(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // The browser reads it after this event.
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}

/** A file's name that says whose certificate it is, whatever characters the certificate's own name has. */
export function fileNameOf({ name, fingerprint }: ReportCertificate): string {
  const words = name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return [words.slice(0, 60), fingerprint.replaceAll(':', '').slice(0, 8)]
    .filter(Boolean)
    .join('-')
    .concat('.pem');
}

/** False where the browser does not allow it, such as in pages of servers without TLS. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
