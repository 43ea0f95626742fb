/**
 * Certificates in PEM texts, as OpenSSL finds them, with the rest of the text left as it is.
 */
import { loadBuiltin } from '../base/builtins.js';

/** A certificate in a text. */
export interface Block {
  text: string;
  /** Between its first line and its last. */
  body: string;
  /** False when trust settings may follow it, or its lines have two names, which Deno alone reads. */
  isPlain: boolean;
}

/** The first and the last line of a certificate. What stands behind them may not print. */
const DELIMITER = /-----(BEGIN|END) ((?:X509 |TRUSTED )?CERTIFICATE)-----[^\n!-~]*(?![^\n])/g;

/** `text` with each certificate in it replaced. */
export function mapCertificates(text: string, change: (block: Block) => string): string {
  let result = '';
  let at = 0;
  let begin: RegExpMatchArray | undefined;
  for (const line of text.matchAll(DELIMITER)) {
    const { index, 0: whole, 1: kind, 2: label } = line;
    if (index > 0 && text[index - 1] !== '\n') continue;
    if (kind === 'END' && begin) {
      const from = begin.index ?? 0;
      const to = index + whole.length;
      const body = text.slice(from + begin[0].length, index);
      const isPlain = label === begin[2] && !label?.startsWith('TRUSTED');
      const block = text.slice(from, to);
      const changed = change({ text: block, body, isPlain });
      // A million pieces of what is left as it is would be larger than the text.
      if (changed !== block) {
        result += text.slice(at, from) + changed;
        at = to;
      }
    }
    begin = kind === 'BEGIN' ? line : undefined;
  }
  return result + text.slice(at);
}

/** Of its parts, the names may be empty; two dates, a key and a signature remain. */
const SMALLEST_CERTIFICATE = 64;

/** Base64 between the first and the last line of canonical PEM. */
export function pemToDer(pem: string): Buffer {
  return Buffer.from(pem.slice(pem.indexOf('\n') + 1, pem.lastIndexOf('\n-----END')), 'base64');
}

/** Bun refuses a text without one. */
export function mayHoldCertificate(text: string): boolean {
  return /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text);
}

/**
 * The certificate of a block, in the one encoding fingerprints are made of: OpenSSL reads others as well. Junk at the ends
 * of lines does not disturb it, and a hyphen ends what it reads.
 */
export function derOf(body: string): Buffer {
  const [base64 = ''] = body.split('-', 1);
  const bytes = Buffer.from(base64, 'base64');
  // Asking OpenSSL takes longer, and a file may hold a million of these.
  if (bytes.length < SMALLEST_CERTIFICATE) return bytes;
  try {
    const { X509Certificate } = loadBuiltin('node:crypto');
    return firstElement(new X509Certificate(bytes).raw);
  } catch {
    return firstElement(bytes);
  }
}

/** A certificate without the trust settings that follow it in a TRUSTED CERTIFICATE block (X509_CERT_AUX). */
function firstElement(der: Buffer): Buffer {
  const [, first = 0] = der;
  if (first < 0x80) return der.subarray(0, 2 + first);
  const octets = first & 0x7f;
  return octets === 0 || octets > 4 || der.length < 2 + octets
    ? der
    : der.subarray(0, 2 + octets + der.readUIntBE(2, octets));
}

/** Whether the text that should be a path is PEM instead, and must not be shown. */
export function isPem(path: string): boolean {
  return path.includes('-----BEGIN ');
}
