/**
 * Makes keystores of Java.
 */
const MAGIC = 0xfeedfeed;
const TRUSTED_CERTIFICATE = 2;

/** As `keytool -storetype JKS` makes them, but for the checksum at the end. */
export function makeJks(...certificates: readonly Buffer[]): Buffer {
  const entries = certificates.flatMap((der) => [
    number(TRUSTED_CERTIFICATE, 4),
    ...text('corp'),
    Buffer.alloc(8),
    ...text('X.509'),
    number(der.length, 4),
    der,
  ]);
  const head = [number(MAGIC, 4), number(2, 4), number(certificates.length, 4)];
  return Buffer.concat([...head, ...entries, Buffer.alloc(20)]);
}

function number(value: number, octets: 2 | 4): Buffer {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
}

function text(value: string): Buffer[] {
  return [number(value.length, 2), Buffer.from(value)];
}
