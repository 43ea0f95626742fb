/** Passes certificates from the program that makes them to the runtimes that judge them. */
import { Buffer } from 'node:buffer';

/**
 * Bits of a verdict. GUARD: the guard of the hand-over lets the certificate pass. TAKEN: every function that takes
 * roots accepts it, or, if the reader does not keep it, the runtime can read it.
 */
export const Verdict = { GUARD: 1, TAKEN: 2 };

/** Writes records of `{ der, kept }`. */
export function writeRecords(records) {
  return Buffer.concat(
    records.flatMap(({ der, kept }) => {
      const header = Buffer.alloc(5);
      header.writeUInt32BE(der.length);
      header[4] = kept ? 1 : 0;
      return [header, der];
    }),
  );
}

export function* readRecords(bytes) {
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at);
    yield { kept: bytes[at + 4] === 1, der: bytes.subarray(at + 5, end) };
    at = end;
  }
}

export function toPem(der) {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

export const toDer = (pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
