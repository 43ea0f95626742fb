/**
 * Finds certificates in PEM texts as OpenSSL does, and leaves the rest of the text as it is.
 */
import { loadBuiltin } from '../base/builtins.js';

/** One certificate in a text. */
export interface Block {
  text: string;
  /** The text between its first and its last line. */
  body: string;
  /** False when trust settings may follow it, or when its two lines have different names, which only Deno reads. */
  isPlain: boolean;
}

/** The first and the last line of a certificate. Only unprintable characters may follow them. */
const DELIMITER = /-----(BEGIN|END) ((?:X509 |TRUSTED )?CERTIFICATE)-----[^\n!-~]*(?![^\n])/g;

/** `text` with each certificate replaced by the result of `change`. */
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
      // A million unchanged pieces would take more memory than the text.
      if (changed !== block) {
        result += text.slice(at, from) + changed;
        at = to;
      }
    }
    begin = kind === 'BEGIN' ? line : undefined;
  }
  return result + text.slice(at);
}

/** Even with empty names, two dates, a key and a signature remain. */
const SMALLEST_CERTIFICATE = 64;

/** Decodes the base64 between the first and the last line of canonical PEM. */
export function pemToDer(pem: string): Buffer {
  return Buffer.from(pem.slice(pem.indexOf('\n') + 1, pem.lastIndexOf('\n-----END')), 'base64');
}

/** Bun refuses a text without a certificate. */
export function mayHoldCertificate(text: string): boolean {
  return /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text);
}

/**
 * The certificate of a block as DER, the encoding that fingerprints are made of: OpenSSL reads others as well. Junk at line
 * ends does no harm, and a hyphen ends the base64.
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

/** The certificate without the trust settings that follow it in a TRUSTED CERTIFICATE block (X509_CERT_AUX). */
function firstElement(der: Buffer): Buffer {
  const [, first = 0] = der;
  if (first < 0x80) return der.subarray(0, 2 + first);
  const octets = first & 0x7f;
  return octets === 0 || octets > 4 || der.length < 2 + octets
    ? der
    : der.subarray(0, 2 + octets + der.readUIntBE(2, octets));
}
