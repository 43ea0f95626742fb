/**
 * Makes absurd certificates from a seed: any kind of key, any name, no true signature.
 */
import { X509Certificate, createHash, generateKeyPairSync, getCurves } from 'node:crypto';

export type Dice = (below: number) => number;

/** Returns numbers that look random, the same for the same seed and different for the next one. */
export function diceOf(seed: number): Dice {
  let count = 0;
  return (below) => {
    const digest = createHash('sha256')
      .update(`${String(seed)} ${String(count++)}`)
      .digest();
    return digest.readUInt32BE(0) % below;
  };
}

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function bytes(dice: Dice, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => dice(256)));
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

function integer(dice: Dice, length: number): Buffer {
  const value = bytes(dice, length);
  // Makes it positive and odd.
  value.writeUInt8((value.readUInt8(0) & 0x7f) | 0x40, 0);
  value.writeUInt8(value.readUInt8(length - 1) | 1, length - 1);
  return der(0x02, value);
}

function publicKey(algorithm: Buffer, key: Buffer): Buffer {
  return der(0x30, algorithm, der(0x03, Buffer.from([0]), key));
}

const kinds: ((dice: Dice) => Buffer)[] = [
  (dice) => curveKey(dice, 'named'),
  (dice) => curveKey(dice, 'named'),
  (dice) => curveKey(dice, 'explicit'),
  // RSA and RSASSA-PSS, with exponents as long as the modulus.
  (dice) => {
    const oid = ['2a864886f70d010101', '2a864886f70d01010a'][dice(2)] ?? '';
    const size = [64, 128, 384, 1024, 2048][dice(5)] ?? 64;
    const exponent = integer(dice, [1, 3, 8, size - 1][dice(4)] ?? 1);
    const algorithm = der(0x30, der(0x06, hex(oid)), ...(oid.endsWith('01') ? [hex('0500')] : []));
    return publicKey(algorithm, der(0x30, integer(dice, size), exponent));
  },
  // DSA
  (dice) => {
    const size = [64, 128, 1250][dice(3)] ?? 64;
    const domain = der(0x30, integer(dice, size), integer(dice, 32), integer(dice, size));
    const algorithm = der(0x30, der(0x06, hex('2a8648ce380401')), domain);
    return publicKey(algorithm, integer(dice, size));
  },
  // Ed25519, Ed448, X25519, ML-DSA-44
  (dice) => {
    const [oid = '', size = 0] = [
      ['2b6570', 32] as const,
      ['2b6571', 57] as const,
      ['2b656e', 32] as const,
      ['608648016503040311', 1312] as const,
    ][dice(4)] ?? ['', 0];
    return publicKey(der(0x30, der(0x06, hex(oid))), bytes(dice, size));
  },
  // An unknown algorithm, and an unknown curve.
  (dice) => publicKey(der(0x30, der(0x06, hex('2a0304'), bytes(dice, 4))), bytes(dice, 40)),
  (dice) =>
    publicKey(
      der(0x30, der(0x06, hex('2a8648ce3d0201')), der(0x06, hex('2a030405'))),
      Buffer.concat([Buffer.from([4]), bytes(dice, 64)]),
    ),
];

function curveKey(dice: Dice, paramEncoding: 'named' | 'explicit'): Buffer {
  const curves = getCurves();
  for (;;) {
    const namedCurve = curves[dice(curves.length)] ?? 'prime256v1';
    try {
      const pair = generateKeyPairSync('ec', { namedCurve, paramEncoding });
      return pair.publicKey.export({ type: 'spki', format: 'der' });
    } catch {
      // OpenSSL also lists curves without a name.
    }
  }
}

const name = (text: string): Buffer =>
  text === ''
    ? der(0x30)
    : der(0x30, der(0x31, der(0x30, hex('0603550403'), der(0x0c, Buffer.from(text)))));

const signatures = ['2a8648ce3d040302', '2a864886f70d01010b', '2a864886f70d01010a', '2b6570'];
const dates = ['200101000000Z', '491231235959Z', '2001010000Z', 'x'];

function isRead(made: Buffer): boolean {
  try {
    return new X509Certificate(made).publicKey.type === 'public';
  } catch {
    return false;
  }
}

function certificate(dice: Dice, subject: string, issuer: string): Buffer {
  const algorithm = der(0x30, der(0x06, hex(signatures[dice(signatures.length)] ?? '')));
  const odd = dice(8) === 0;
  const date = (index: number): Buffer =>
    der(0x17, Buffer.from(dates[odd ? dice(dates.length) : index] ?? ''));
  const basic = der(0x30, hex('0603551d13'), hex('0101ff'), hex('040530030101ff'));
  const version = odd && dice(2) === 0 ? [] : [hex('a003020102')];
  const tbs = der(
    0x30,
    ...version,
    der(0x02, bytes(dice, 1 + dice(20))),
    algorithm,
    name(issuer),
    der(0x30, date(0), date(1)),
    name(subject),
    (kinds[dice(kinds.length)] ?? kinds[0])?.(dice) ?? Buffer.alloc(0),
    der(0xa3, der(0x30, basic)),
  );
  return der(0x30, tbs, algorithm, der(0x03, Buffer.from([0]), bytes(dice, 70)));
}

/** Returns what a server might send after its certificate, which names `issuer` as its issuer. */
export function hostileChain(dice: Dice, issuer: string): Buffer[] {
  const names = [issuer, issuer, 'Some', 'Other', ''];
  const pick = (): string => names[dice(names.length)] ?? '';
  const size = [0, 1, 2, 3, 8, 15, 100][dice(7)] ?? 0;
  const isSound = dice(3) > 0;
  return Array.from({ length: size }, (_, index) => {
    const subject = index === 0 ? issuer : pick();
    const make = (): Buffer => certificate(dice, subject, dice(3) === 0 ? subject : pick());
    let made = make();
    while (isSound && !isRead(made)) made = make();
    if (isSound || dice(4) > 0) return made;
    // Puts garbage in one place or everywhere.
    if (dice(2) === 0) return bytes(dice, dice(200));
    made.writeUInt8(dice(256), dice(made.length));
    return made;
  });
}
