/**
 * Finds certificates in a CA directory that OpenSSL does not see: it opens only files named `HHHHHHHH.N`, after the hash of
 * the name it looks for (openssl-rehash(1); get_cert_by_subject in crypto/x509/by_dir.c).
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';

import { loadBuiltin } from '../../base/builtins.js';
import { readCertificateParts } from '../../certificate/certificate-parts.js';
import { DerReader, Tag } from '../../certificate/der.js';
import { mapCertificates } from '../../certificate/pem-blocks.js';
import type { StoreLocation, SystemCertificate } from '../../types.js';

export interface UnlinkedDirectory {
  path: string;
  /** True when the directory has hash links, but none for these certificates. */
  hashed: boolean;
  /** The number of anchors that OpenSSL does not find, and the paths of their files, which a report hides. */
  anchors: number;
  files: string[];
}

/** The same limit that the file readers use. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Looks at used anchors and peers that only CA directories hold. Reads at least one file for each.
 *
 * @param locations - the places where CAs are looked for. Directories of p11-kit are not among them and are skipped, since
 * OpenSSL does not read them; Android's are skipped because its verifier reads every file
 */
export function findUnlinked(
  certificates: readonly SystemCertificate[],
  locations: readonly StoreLocation[],
): UnlinkedDirectory[] {
  const known = new Set(locations.map(({ location }) => location));
  const exempt = new Set(
    locations.flatMap(({ location, origin }) => (origin.startsWith('Android') ? [location] : [])),
  );
  const found = new Map<string, { anchors: number; files: Set<string> }>();
  for (const { der, role, skipped, sources } of certificates) {
    if (skipped !== undefined || role === 'intermediate') continue;
    if (!sources.every(({ kind }) => kind === 'directory')) continue;
    const directories = new Set(
      sources.flatMap(({ store = '' }) => (known.has(store) ? [store] : [])),
    );
    if ([...directories].some((path) => exempt.has(path) || isLinked(path, der))) continue;
    for (const path of directories) {
      const directory = found.get(path) ?? { anchors: 0, files: new Set() };
      found.set(path, directory);
      directory.anchors += 1;
      for (const { store, location } of sources) {
        if (store === path) directory.files.add(location);
      }
    }
  }
  return [...found].map(([path, { anchors, files }]) => {
    return { path, hashed: hasHashNames(path), anchors, files: [...files] };
  });
}

function hasHashNames(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => /^[0-9a-f]{8}\.\d+$/.test(name));
  } catch {
    return false;
  }
}

/** OpenSSL's search ends at the first number without a file, or with a file that holds nothing. */
function isLinked(directory: string, der: Buffer): boolean {
  const hash = nameHash(der);
  if (hash === undefined) return false;
  for (let number = 0; ; number += 1) {
    const held = readPem(`${directory}/${hash}.${number}`);
    if (held.length === 0) return false;
    // A certificate may be followed by trust settings.
    if (held.some((bytes) => bytes.subarray(0, der.length).equals(der))) return true;
  }
}

function readPem(path: string): Buffer[] {
  const held: Buffer[] = [];
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size > MOST_BYTES) return [];
    mapCertificates(readFileSync(path, 'latin1'), ({ text, body }) => {
      held.push(Buffer.from(body, 'base64'));
      return text;
    });
  } catch {
    // OpenSSL treats such a file as missing.
  }
  return held;
}

/** X509_NAME_hash: the first four octets of the SHA-1 of the canonical subject, in reverse order. */
export function nameHash(der: Buffer): string | undefined {
  try {
    const subject = new DerReader(readCertificateParts(der).subject).next(Tag.SEQUENCE).content;
    const digest = loadBuiltin('node:crypto')
      .createHash('sha1')
      .update(canonical(subject))
      .digest();
    return digest.subarray(0, 4).reverse().toString('hex');
  } catch {
    return undefined;
  }
}

const SET = 0x31;
const UTF8_STRING = 0x0c;

/** x509_name_canon (crypto/x509/x_name.c): the RDNs without the SEQUENCE around them. */
function canonical(subject: Buffer): Buffer {
  const names: Buffer[] = [];
  for (const reader = new DerReader(subject); !reader.isAtEnd;) {
    const attributes: Buffer[] = [];
    for (const set = new DerReader(reader.next(SET).content); !set.isAtEnd;) {
      const attribute = new DerReader(set.next(Tag.SEQUENCE).content);
      const type = attribute.next(Tag.OID).whole;
      attributes.push(element(Tag.SEQUENCE, Buffer.concat([type, canonicalValue(attribute)])));
    }
    names.push(element(SET, Buffer.concat(attributes.sort((a, b) => a.compare(b)))));
  }
  return Buffer.concat(names);
}

/** asn1_string_canon: text in UTF-8, with ASCII letters in lower case and single spaces; other values stay as they are. */
function canonicalValue(attribute: DerReader): Buffer {
  const { tag, whole, content } = attribute.any();
  const text = textOf(tag, content);
  if (text === undefined) return whole;
  const plain = text
    .replace(/^[ \t-\r]+|[ \t-\r]+$/g, '')
    .replace(/[ \t-\r]+/g, ' ')
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
  return element(UTF8_STRING, Buffer.from(plain));
}

function textOf(tag: number, content: Buffer): string | undefined {
  // PrintableString, T61String, IA5String, VisibleString
  if (tag === 0x13 || tag === 0x14 || tag === 0x16 || tag === 0x1a) {
    return content.toString('latin1');
  }
  if (tag === UTF8_STRING) return content.toString();
  // BMPString
  if (tag === 0x1e) return Buffer.from(content).swap16().toString('utf16le');
  // UniversalString
  if (tag !== 0x1c) return undefined;
  const points = Array.from({ length: content.length / 4 }, (_, i) => content.readUInt32BE(4 * i));
  return String.fromCodePoint(...points);
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const octets = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...octets]), content]);
}
