/**
 * Makes stores of any size from one real root. Name and serial number are patched in place, so certificates differ in
 * bytes, names and numbers. Their signatures no longer fit, but no store reader checks them.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { X509Certificate } from 'node:crypto';

const templateName = 'ISRG Root X1';

/** Finds an RSA-4096 root of 1.4 KB, the size of most roots. */
function findTemplate() {
  const pem = rootCertificates.find((text) =>
    new X509Certificate(text).subject.includes(`CN=${templateName}`),
  );
  if (!pem) throw new Error(`${templateName} is not among this runtime's bundled roots`);
  return new X509Certificate(pem);
}

function toPem(der) {
  const body = der.toString('base64').replace(/.{64}/g, '$&\n').replace(/\n$/, '');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

function createMaker() {
  const template = findTemplate();
  const serial = Buffer.from(template.serialNumber, 'hex');
  const serialAt = template.raw.indexOf(serial) + serial.length - 8;
  const names = [];
  for (let at = template.raw.indexOf(templateName); at >= 0;) {
    names.push(at);
    at = template.raw.indexOf(templateName, at + 1);
  }
  if (serialAt < 0 || names.length !== 2) throw new Error('the template is not as expected');
  return (index) => {
    const der = Buffer.from(template.raw);
    der.writeBigUInt64BE(BigInt(index) + 1n, serialAt);
    const name = `Root ${String(index).padStart(templateName.length - 5, '0')}`;
    for (const at of names) der.write(name, at, 'latin1');
    return toPem(der);
  };
}

/** Makes the certificates numbered `from` up to, but not including, `to`. */
export function makePems(from, to) {
  const make = createMaker();
  return Array.from({ length: to - from }, (_, i) => make(from + i));
}

/** Makes an empty directory for the variable that must not add certificates. */
export function emptyDirectory(folder) {
  const directory = join(folder, 'empty');
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Returns the path of a bundle of `count` certificates, made if it does not exist. */
export function storeFile(folder, count) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${String(count)}.pem`);
  if (!existsSync(path)) {
    writeFileSync(`${path}.tmp`, makePems(0, count).join(''));
    renameSync(`${path}.tmp`, path);
  }
  return path;
}

/** Makes a directory of files of 4,800 certificates each, because a single file of that size would be refused. */
export function storeDirectory(folder, count, perFile = 4800) {
  const directory = join(folder, `${String(count)}.d`);
  if (existsSync(directory)) return directory;
  mkdirSync(`${directory}.tmp`, { recursive: true });
  const make = createMaker();
  for (let from = 0; from < count; from += perFile) {
    const length = Math.min(perFile, count - from);
    const text = Array.from({ length }, (_, i) => make(from + i)).join('');
    writeFileSync(join(`${directory}.tmp`, `${String(from)}.pem`), text);
  }
  renameSync(`${directory}.tmp`, directory);
  return directory;
}
