/**
 * Fills certificate stores through the registry keys Windows documents for them.
 */
import { createHash } from 'node:crypto';

import type { TestCertificate } from '../helpers/pki';

export type Location =
  | 'LOCAL_MACHINE'
  | 'LOCAL_MACHINE_GROUP_POLICY'
  | 'LOCAL_MACHINE_ENTERPRISE'
  | 'CURRENT_USER'
  | 'CURRENT_USER_GROUP_POLICY';

export type StoreName = 'ROOT' | 'CA' | 'TrustedPeople' | 'Disallowed';

/** From Microsoft, "System Store Locations". */
const keys: Record<Location, string> = {
  LOCAL_MACHINE: 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\SystemCertificates',
  LOCAL_MACHINE_GROUP_POLICY:
    'HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft\\SystemCertificates',
  LOCAL_MACHINE_ENTERPRISE: 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\EnterpriseCertificates',
  CURRENT_USER: 'HKEY_CURRENT_USER\\Software\\Microsoft\\SystemCertificates',
  CURRENT_USER_GROUP_POLICY: 'HKEY_CURRENT_USER\\Software\\Policies\\Microsoft\\SystemCertificates',
};

/** Property numbers of wincrypt.h. */
const ENHANCED_KEY_USAGE = 9;
const FRIENDLY_NAME = 11;
const ENCODED_CERTIFICATE = 32;
const DISALLOWED_FILETIME = 104;
const NOT_BEFORE_FILETIME = 126;

export interface StoreEntry {
  certificate: TestCertificate;
  location: Location;
  store: StoreName;
  friendlyName?: string;
  /** The DER of the EKU property. */
  ekuProperty?: Buffer;
  /** Wine drops certificates that have it. */
  disabledSince?: Date;
  notBefore?: Date;
}

/** Counts hundreds of nanoseconds since 1601. */
function encodeFileTime(date: Date): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(date.getTime() + 11_644_473_600_000) * 10_000n);
  return bytes;
}

/** Encodes a list of purposes as the property holds it: an ExtKeyUsageSyntax. */
export function encodeEku(oids: string[]): Buffer {
  const encoded = oids.map((oid) => {
    const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
    const bytes = [40 * first + second, ...rest].flatMap((arc) => {
      const groups = [arc & 0x7f];
      for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
      return groups;
    });
    return Buffer.from([0x06, bytes.length, ...bytes]);
  });
  const body = Buffer.concat(encoded);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function property(id: number, value: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(id, 0);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(value.length, 8);
  return Buffer.concat([header, value]);
}

function blob(entry: StoreEntry): Buffer {
  const parts: Buffer[] = [];
  if (entry.ekuProperty) parts.push(property(ENHANCED_KEY_USAGE, entry.ekuProperty));
  if (entry.friendlyName !== undefined) {
    parts.push(property(FRIENDLY_NAME, Buffer.from(`${entry.friendlyName}\0`, 'utf16le')));
  }
  for (const [id, date] of [
    [DISALLOWED_FILETIME, entry.disabledSince],
    [NOT_BEFORE_FILETIME, entry.notBefore],
  ] as const) {
    if (date) parts.push(property(id, encodeFileTime(date)));
  }
  parts.push(property(ENCODED_CERTIFICATE, entry.certificate.der));
  return Buffer.concat(parts);
}

function keyOf({ certificate, location, store }: StoreEntry): string {
  const thumbprint = createHash('sha1').update(certificate.der).digest('hex').toUpperCase();
  return `${keys[location]}\\${store}\\Certificates\\${thumbprint}`;
}

/** A Windows whose registry can be changed: a Wine prefix, or this machine. */
export interface RegistryHost {
  /** Runs `reg import` on a file with this content. */
  importRegistry(content: Buffer): Promise<void>;
}

async function importLines(host: RegistryHost, lines: string[]): Promise<void> {
  const text = ['Windows Registry Editor Version 5.00', '', ...lines, ''].join('\r\n');
  await host.importRegistry(Buffer.from(`\ufeff${text}`, 'utf16le'));
}

export async function addToStores(host: RegistryHost, entries: StoreEntry[]): Promise<void> {
  await importLines(
    host,
    entries.flatMap((entry) => [`[${keyOf(entry)}]`, `"Blob"=${hexOf(blob(entry))}`, '']),
  );
}

function hexOf(bytes: Buffer): string {
  return `hex:${bytes.toString('hex').replace(/..(?=.)/g, '$&,')}`;
}

export async function setRegistryValue(
  host: RegistryHost,
  key: string,
  name: string,
  value: Buffer,
): Promise<void> {
  await importLines(host, [`[${key}]`, `"${name}"=${hexOf(value)}`]);
}

export async function removeFromStores(host: RegistryHost, entries: StoreEntry[]): Promise<void> {
  await importLines(
    host,
    entries.map((entry) => `[-${keyOf(entry)}]`),
  );
}

/** Sets `Flags` of the machine's policy on root stores: CERT_PROT_ROOT_* of wincrypt.h. */
export async function setProtectedRootsFlags(host: RegistryHost, flags: number): Promise<void> {
  await importLines(host, [
    `[${keys.LOCAL_MACHINE_GROUP_POLICY}\\Root\\ProtectedRoots]`,
    `"Flags"=dword:${flags.toString(16).padStart(8, '0')}`,
  ]);
}
