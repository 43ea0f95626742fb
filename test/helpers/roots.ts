/**
 * Builds whole trees of Unix distributions in a temporary directory at test time: links and files as the distribution
 * lays them out, with certificates of our own. The backend reads them with `root`.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { loadAddon } from '../../dist/addon/load-addon.js';
import type {
  NativePolicy,
  NativeReadRequest,
  NativeStore,
} from '../../dist/addon/native-binding.js';
import { type TestCertificate, toPem } from './pki.js';

/** A directory that stands for `/`. */
export class RootTree {
  readonly path: string;

  constructor(name = 'root') {
    this.path = mkdtempSync(join(tmpdir(), `os-truststore-${name.replace(/\W+/g, '-')}-`));
    // Another user may have to read it.
    chmodSync(this.path, 0o755);
  }

  /** Returns the host's path for a path in the tree. */
  host(path: string): string {
    return join(this.path, path);
  }

  directory(path: string): this {
    mkdirSync(this.host(path), { recursive: true });
    return this;
  }

  file(path: string, content: string | Uint8Array): this {
    this.directory(dirname(path));
    writeFileSync(this.host(path), content);
    return this;
  }

  /** Makes a file of `size` zero bytes that uses no disk space. */
  sparseFile(path: string, size: number): this {
    this.file(path, '');
    truncateSync(this.host(path), size);
    return this;
  }

  /** Makes `path` a symbolic link with the text `target`. */
  link(path: string, target: string): this {
    this.directory(dirname(path));
    symlinkSync(target, this.host(path));
    return this;
  }

  fifo(path: string): this {
    this.directory(dirname(path));
    execFileSync('mkfifo', [this.host(path)]);
    return this;
  }

  delete(path: string): this {
    unlinkSync(this.host(path));
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Certificates by the name of their files, without extension. */
export interface TestContext {
  after(fn: () => void): void;
}

/** Makes an empty tree that is removed with the test. */
export function newTree(t: TestContext, name = 'distrust'): RootTree {
  const tree = new RootTree(name);
  t.after(() => {
    tree.remove();
  });
  return tree;
}

export type Named = Record<string, { der: Buffer; pem: string }>;

export function bundle(certificates: Named): string {
  return Object.values(certificates)
    .map(({ pem }) => pem)
    .join('');
}

/** Makes a name like those of `openssl rehash`; only its form matters here. */
export function hashName(index: number): string {
  return `${(0xa0000000 + index * 0x01010101).toString(16)}.0`;
}

function hashLinks(tree: RootTree, directory: string, names: string[]): void {
  names.forEach((name, index) => tree.link(`${directory}/${hashName(index)}`, name));
}

/** Debian 12; `local` is what the administrator added below /usr/local. */
export function debian(
  tree: RootTree,
  mozilla: Named,
  options: { local?: Named; deselected?: string[]; conf?: string } = {},
): void {
  const local = options.local ?? {};
  for (const [name, { pem }] of Object.entries(mozilla)) {
    tree.file(`/usr/share/ca-certificates/mozilla/${name}.crt`, pem);
    tree.link(`/etc/ssl/certs/${name}.pem`, `/usr/share/ca-certificates/mozilla/${name}.crt`);
  }
  for (const [name, { pem }] of Object.entries(local)) {
    tree.file(`/usr/local/share/ca-certificates/${name}.crt`, pem);
    tree.link(`/etc/ssl/certs/${name}.pem`, `/usr/local/share/ca-certificates/${name}.crt`);
  }
  const names = [...Object.keys(mozilla), ...Object.keys(local)];
  hashLinks(
    tree,
    '/etc/ssl/certs',
    names.map((name) => `${name}.pem`),
  );
  const lines = Object.keys(mozilla).map(
    (name) => `${options.deselected?.includes(name) === true ? '!' : ''}mozilla/${name}.crt`,
  );
  tree.file(
    '/etc/ca-certificates.conf',
    options.conf ??
      `# line begins with ! is certificate filename to be deselected.\n${lines.join('\n')}\n`,
  );
  tree.file('/etc/ssl/certs/ca-certificates.crt', bundle({ ...mozilla, ...local }));
  tree.directory('/etc/ssl/certs/java').file('/etc/ssl/certs/java/cacerts', 'JKS');
  tree.link('/usr/lib/ssl/cert.pem', '/etc/ssl/certs/ca-certificates.crt');
  tree.link('/usr/lib/ssl/certs', '/etc/ssl/certs');
}

/** Ubuntu 24.04: Debian's layout with the ssl-cert package's self-signed server certificate among the CAs. */
export function ubuntu(tree: RootTree, mozilla: Named, snakeoil: Named[string]): void {
  debian(tree, mozilla);
  tree.file('/etc/ssl/certs/ssl-cert-snakeoil.pem', snakeoil.pem);
  tree.link('/etc/ssl/certs/ffffffff.0', 'ssl-cert-snakeoil.pem');
}

const EXTRACTED = '/etc/pki/ca-trust/extracted';

function redHatCommon(tree: RootTree, roots: Named): void {
  const commented = Object.entries(roots).map(([name, { pem }]) => `# ${name}\n${pem}\n`);
  tree.file(`${EXTRACTED}/pem/tls-ca-bundle.pem`, commented.join(''));
  tree.file(`${EXTRACTED}/pem/email-ca-bundle.pem`, '');
  tree.file('/etc/pki/ca-trust/source/README', 'This directory contains CA certificates …\n');
  tree.directory('/etc/pki/ca-trust/source/anchors');
  tree.file('/usr/share/pki/ca-trust-source/README', 'This directory contains CA certificates …\n');
  tree.link('/etc/ssl/certs', '../pki/tls/certs');
}

/**
 * RHEL 8 and 9: classic names are links to what update-ca-trust extracts, with OpenSSL's own trust format beside them.
 */
export function rhel(tree: RootTree, release: 8 | 9, roots: Named, trusted: string): void {
  redHatCommon(tree, roots);
  tree.file(`${EXTRACTED}/openssl/ca-bundle.trust.crt`, trusted);
  tree.link('/etc/pki/tls/cert.pem', `${EXTRACTED}/pem/tls-ca-bundle.pem`);
  tree.link('/etc/pki/tls/certs/ca-bundle.crt', `${EXTRACTED}/pem/tls-ca-bundle.pem`);
  tree.link('/etc/pki/tls/certs/ca-bundle.trust.crt', `${EXTRACTED}/openssl/ca-bundle.trust.crt`);
  const blocklist = release === 8 ? 'blacklist' : 'blocklist';
  tree.directory(`/etc/pki/ca-trust/source/${blocklist}`);
  tree.directory(`/usr/share/pki/ca-trust-source/${blocklist}`);
}

/**
 * Fedora: since 42 with the hashed directory, and since 44 without the classic bundle names
 * (https://fedoraproject.org/wiki/Changes/droppingOfCertPemFile, postponed from 43).
 */
export function fedora(tree: RootTree, release: 42 | 43 | 44, roots: Named): void {
  redHatCommon(tree, roots);
  const hashed = `${EXTRACTED}/pem/directory-hash`;
  Object.entries(roots).forEach(([name, { pem }], index) => {
    tree.file(`${hashed}/${name}.pem`, pem);
    tree.link(`${hashed}/${hashName(index)}`, `${name}.pem`);
    tree.link(`/etc/pki/tls/certs/${hashName(index)}`, `${hashed}/${hashName(index)}`);
    tree.link(`/etc/pki/tls/certs/${name}.pem`, `${hashed}/${name}.pem`);
  });
  tree.directory('/etc/pki/ca-trust/source/blocklist');
  if (release === 44) return;
  tree.link('/etc/pki/tls/cert.pem', `${EXTRACTED}/pem/tls-ca-bundle.pem`);
  tree.link('/etc/pki/tls/certs/ca-bundle.crt', `${EXTRACTED}/pem/tls-ca-bundle.pem`);
}

/** openSUSE Leap and SLES: everything is generated below /var/lib. */
export function suse(tree: RootTree, roots: Named): void {
  const generated = '/var/lib/ca-certificates';
  Object.entries(roots).forEach(([name, { der, pem }], index) => {
    tree.file(`${generated}/pem/${name}.pem`, pem);
    tree.link(`${generated}/pem/${hashName(index)}`, `${name}.pem`);
    tree.file(`${generated}/openssl/${name}.pem`, trustedPem(der, {}));
    tree.file(`/usr/share/pki/trust/anchors/${name}.pem`, pem);
  });
  tree.file(`${generated}/ca-bundle.pem`, bundle(roots));
  tree.file(`${generated}/java-cacerts`, 'JKS');
  tree.link('/etc/ssl/certs', `${generated}/pem`);
  tree.link('/etc/ssl/ca-bundle.pem', `${generated}/ca-bundle.pem`);
  tree.directory('/etc/pki/trust/blocklist').directory('/etc/pki/trust/anchors');
}

export function alpine(tree: RootTree, roots: Named): void {
  tree.file('/etc/ssl/certs/ca-certificates.crt', bundle(roots));
  tree.link('/etc/ssl/cert.pem', 'certs/ca-certificates.crt');
  Object.entries(roots).forEach(([name, { pem }], index) => {
    tree.file(`/usr/share/ca-certificates/mozilla/${name}.crt`, pem);
    tree.link(
      `/etc/ssl/certs/ca-cert-${name}.pem`,
      `/usr/share/ca-certificates/mozilla/${name}.crt`,
    );
    tree.link(`/etc/ssl/certs/${hashName(index)}`, `ca-cert-${name}.pem`);
  });
  tree.file(
    '/etc/ca-certificates.conf',
    Object.keys(roots)
      .map((name) => `mozilla/${name}.crt\n`)
      .join(''),
  );
}

export function arch(tree: RootTree, roots: Named): void {
  const extracted = '/etc/ca-certificates/extracted';
  tree.file(`${extracted}/tls-ca-bundle.pem`, bundle(roots));
  tree.link('/etc/ssl/cert.pem', '../ca-certificates/extracted/tls-ca-bundle.pem');
  tree.link(
    '/etc/ssl/certs/ca-certificates.crt',
    '../../ca-certificates/extracted/tls-ca-bundle.pem',
  );
  Object.entries(roots).forEach(([name, { pem }], index) => {
    tree.file(`${extracted}/cadir/${name}.pem`, pem);
    tree.link(`${extracted}/cadir/${hashName(index)}`, `${name}.pem`);
    const relative = '../../ca-certificates/extracted/cadir';
    tree.link(`/etc/ssl/certs/${name}.pem`, `${relative}/${name}.pem`);
    tree.link(`/etc/ssl/certs/${hashName(index)}`, `${relative}/${name}.pem`);
  });
  tree.directory('/etc/ca-certificates/trust-source/blocklist');
  tree.directory('/usr/share/ca-certificates/trust-source');
}

/** OpenWrt with ca-bundle and ca-certificates: certificates are files, and only hashed names are links. */
export function openwrt(tree: RootTree, roots: Named): void {
  tree.file('/etc/ssl/certs/ca-certificates.crt', bundle(roots));
  tree.link('/etc/ssl/cert.pem', '/etc/ssl/certs/ca-certificates.crt');
  Object.entries(roots).forEach(([name, { pem }], index) => {
    tree.file(`/etc/ssl/certs/${name}.crt`, pem);
    tree.link(`/etc/ssl/certs/${hashName(index)}`, `${name}.crt`);
  });
}

/** NixOS: everything in /etc is a link, and the bundle is reached through several. */
export function nixos(tree: RootTree, roots: Named): void {
  const etc = '/nix/store/0c0ffee0-etc/etc';
  const cacert = '/nix/store/0decade0-nss-cacert/etc/ssl/certs/ca-bundle.crt';
  tree.file(cacert, bundle(roots));
  tree.link('/etc/static', etc);
  for (const name of ['ca-bundle.crt', 'ca-certificates.crt']) {
    tree.link(`${etc}/ssl/certs/${name}`, cacert);
    tree.link(`/etc/ssl/certs/${name}`, `/etc/static/ssl/certs/${name}`);
  }
  tree.link('/etc/pki/tls/certs/ca-bundle.crt', '/etc/static/ssl/certs/ca-bundle.crt');
}

/** FreeBSD 14: certctl(8) keeps hashed links to trusted and to untrusted certificates. */
export function freebsd(tree: RootTree, roots: Named, untrusted: Named = {}): void {
  Object.entries(roots).forEach(([name, { pem }], index) => {
    tree.file(`/usr/share/certs/trusted/${name}.pem`, pem);
    tree.link(`/etc/ssl/certs/${hashName(index)}`, `../../../usr/share/certs/trusted/${name}.pem`);
  });
  Object.entries(untrusted).forEach(([name, { pem }], index) => {
    tree.file(`/usr/share/certs/untrusted/${name}.pem`, pem);
    tree.link(
      `/etc/ssl/untrusted/${hashName(index)}`,
      `../../../usr/share/certs/untrusted/${name}.pem`,
    );
  });
}

export function distroless(tree: RootTree, roots: Named): void {
  tree.file('/etc/ssl/certs/ca-certificates.crt', bundle(roots));
  tree.file('/etc/os-release', 'PRETTY_NAME="Distroless"\n');
}

/** Android 14: the updatable module's directory next to the old one of the system image. */
export function android(tree: RootTree, roots: Named, stale: Named): void {
  Object.values(roots).forEach(({ pem }, index) => {
    tree.file(`/apex/com.android.conscrypt/cacerts/${hashName(index)}`, pem);
  });
  Object.values(stale).forEach(({ pem }, index) => {
    tree.file(`/system/etc/security/cacerts/${hashName(index)}`, pem);
  });
}

function tlv(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** OpenSSL's `TRUSTED CERTIFICATE`: the certificate and an X509_CERT_AUX behind it. */
export function trustedPem(der: Uint8Array, aux: { trust?: string[]; reject?: string[] }): string {
  const parts: Buffer[] = [];
  if (aux.trust) parts.push(tlv(0x30, ...aux.trust.map(oid)));
  if (aux.reject) parts.push(tlv(0xa0, ...aux.reject.map(oid)));
  return toPem(Buffer.concat([der, tlv(0x30, ...parts)]), 'TRUSTED CERTIFICATE');
}

/** A string value of p11-kit's format: everything but letters and digits escaped. */
export function p11KitString(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) =>
    /[0-9A-Za-z]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.join('')}"`;
}

/** One object of a .p11-kit file. */
export function p11KitObject(attributes: Record<string, string>, pem = ''): string {
  const lines = Object.entries(attributes).map(([name, value]) => `${name}: ${value}\n`);
  return `[p11-kit-object-v1]\n${lines.join('')}${pem}\n`;
}

/** An object that names a certificate by issuer and serial number. */
export function p11KitName(
  { certificate }: TestCertificate,
  attributes: Record<string, string> = {},
): string {
  const serial = Buffer.from(certificate.serialNumber, 'hex');
  return p11KitObject({
    class: 'certificate',
    issuer: p11KitString(new Uint8Array(certificate.issuerName.toArrayBuffer())),
    'serial-number': p11KitString(Buffer.concat([Buffer.from([2, serial.length]), serial])),
    ...attributes,
  });
}

const POLICY: NativePolicy = {
  purpose: 'server-auth',
  intermediates: true,
  expired: false,
  now: Date.UTC(2026, 0, 1),
};

/** The result of reading a tree, in the names of the certificates put into it. */
export interface ReadTree {
  store: NativeStore;
  /** The certificates used, in output order. */
  usable: string[];
  /** The certificates not used, and why. */
  skipped: Record<string, string>;
  /** `kind location` of every copy. */
  sources: Record<string, string[]>;
  /** `CODE path: message`. */
  errors: string[];
  /** The locations that were read: `location (certificates)`. */
  read: string[];
}

/** Reads `tree` as the root of the file system. */
export function readTree(
  tree: RootTree,
  names: Named,
  request: Omit<NativeReadRequest, 'root'> = {},
): ReadTree {
  const store = loadAddon().read({ ...request, root: tree.path });
  const nameOf = new Map(
    Object.entries(names).map(([name, { der }]) => [der.toString('base64'), name]),
  );
  const result: ReadTree = {
    store,
    usable: [],
    skipped: {},
    sources: {},
    errors: store.errors.map(({ code, path, message }) => `${code} ${path}: ${message}`),
    read: store.locations
      .filter(({ state }) => state === 'read')
      .map(({ location, certificates }) => `${location} (${certificates})`),
  };
  for (const certificate of store.certificates(POLICY)) {
    const name = nameOf.get(certificate.der.toString('base64')) ?? certificate.fingerprint256;
    if (certificate.skipped === undefined) result.usable.push(name);
    else result.skipped[name] = certificate.skipped;
    result.sources[name] = certificate.sources.map(({ kind, location }) => `${kind} ${location}`);
  }
  return result;
}
