/**
 * Compares what p11-kit's own `trust extract` and this package read in the same random trees, laid out as in Fedora,
 * RHEL 8, SUSE and Arch.
 *
 *   node test/platform-tools/p11-kit.mjs [--seeds=5] [--seed=1]
 *
 * The tool runs with the tree as its root and makes the files that update-ca-trust and update-ca-certificates make.
 * What we read must be what it made. The tool is also asked what it distrusts: which of all certificates it removes
 * from one more file of anchors, which has them all and comes first.
 */
import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { makePool, writeInput } from './p11-kit-input.mjs';
import {
  certificatesIn,
  compareSeeds,
  Dice,
  differences,
  identityOf,
  keyOf,
  makeDirectory,
  runTool,
  temporaryTree,
} from './trees.mjs';

const require = createRequire(import.meta.url);
const { getSystemCAs, getTrustedCAs } = require('../../dist/index.js');
const { readTrustSet } = require('../../dist/trust/trusted-cas.js');
const { Certificate } = require('../../dist/certificate/certificate.js');
const { distrustOf } = require('../../dist/trust/distrust.js');
const { toPem } = require('../../dist-test/helpers/pem.js');
const { EKU } = require('../../dist-test/helpers/pki.js');

const RED_HAT = {
  inputs: ['etc/pki/ca-trust/source', 'usr/share/pki/ca-trust-source'],
  bundle: 'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  trusted: 'etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt',
};
const LAYOUTS = [
  { ...RED_HAT, names: 'etc/pki/tls/certs' },
  { ...RED_HAT, names: 'etc/pki/tls/certs', blocklist: 'blacklist' },
  { ...RED_HAT, hashed: 'etc/pki/ca-trust/extracted/pem/directory-hash' },
  {
    inputs: ['etc/pki/trust', 'usr/share/pki/trust'],
    bundle: 'var/lib/ca-certificates/ca-bundle.pem',
    hashed: 'var/lib/ca-certificates/pem',
  },
  {
    inputs: ['etc/ca-certificates/trust-source', 'usr/share/ca-certificates/trust-source'],
    bundle: 'etc/ca-certificates/extracted/tls-ca-bundle.pem',
    trusted: 'etc/ca-certificates/extracted/ca-bundle.trust.crt',
    hashed: 'etc/ca-certificates/extracted/cadir',
  },
];

const TOOL = '/usr/bin/trust';
const CONFIGURATION = 'usr/share/p11-kit/modules/p11-kit-trust.module';

/** Returns the tool and everything it loads, the only program of a tree. */
function toolFiles() {
  const libraries = runTool('ldd', [TOOL]).match(/\/\S+\.so\S*/g) ?? [];
  const directory = path.dirname(libraries.find((file) => /\/libp11-kit\.so/.test(file)) ?? '');
  // A system without /lib links has both names for one directory.
  const module = [`/usr${directory}`, directory]
    .map((one) => `${one}/pkcs11/p11-kit-trust.so`)
    .find((file) => existsSync(file));
  if (!module) throw new Error('p11-kit-trust.so is not there: install p11-kit-modules');
  const more = runTool('ldd', [module]).match(/\/\S+\.so\S*/g) ?? [];
  return [...new Set([TOOL, module, ...libraries, ...more.filter((file) => !file.endsWith(':'))])];
}

class Extractor {
  static #files;
  #root;

  constructor(root) {
    Extractor.#files ??= toolFiles();
    this.#root = root;
    for (const file of Extractor.#files) {
      makeDirectory(root, path.dirname(file));
      copyFileSync(file, path.join(root, file));
    }
    makeDirectory(root, path.dirname(CONFIGURATION));
    makeDirectory(root, 'tmp');
  }

  /** Runs p11-kit on these directories and files. */
  extract(inputs, format, filter, to, ...more) {
    const paths = inputs.map((one) => `/${one}`).join(':');
    writeFileSync(
      path.join(this.#root, CONFIGURATION),
      `module: p11-kit-trust.so\ntrust-policy: yes\nx-init-reserved: paths=${paths}\n`,
    );
    makeDirectory(this.#root, path.dirname(to));
    const enter = process.getuid() === 0 ? ['chroot'] : ['unshare', '-r', 'chroot'];
    const what = [`--format=${format}`, `--filter=${filter}`, '--overwrite', ...more, `/${to}`];
    const [command, ...args] = [...enter, this.#root, TOOL, 'extract', ...what];
    runTool(command, args);
    return format.endsWith('bundle')
      ? certificatesIn(readFileSync(path.join(this.#root, to), 'latin1'))
      : [];
  }
}

/** Makes the files of the system. Returns what its TLS clients trust. */
function update(root, tool, { inputs, bundle, trusted, hashed, names }) {
  const forServers = ['ca-anchors', bundle, '--purpose=server-auth'];
  const list = tool.extract(inputs, 'pem-bundle', ...forServers);
  if (trusted) tool.extract(inputs, 'openssl-bundle', 'certificates', trusted);
  forServers[1] = hashed;
  if (hashed) tool.extract(inputs, 'pem-directory-hash', ...forServers);
  if (names) {
    makeDirectory(root, names);
    symlinkSync(`/${bundle}`, path.join(root, names, 'ca-bundle.crt'));
    symlinkSync(`/${trusted}`, path.join(root, names, 'ca-bundle.trust.crt'));
  }
  return list;
}

/** Asks p11-kit what it keeps of `all`: alone (`judged`), and as one more file of anchors that comes first (`left`). */
function judgedBy(root, tool, inputs, all) {
  writeFileSync(path.join(root, 'tmp/all.pem'), all.map((der) => toPem(der)).join(''));
  const ask = (...paths) => {
    const list = tool.extract(paths, 'pem-bundle', 'ca-anchors', 'tmp/left.pem');
    if (list.length === 0) throw new Error('p11-kit has not read its files');
    return all.filter(isIn(list));
  };
  return { judged: ask('tmp/all.pem'), left: ask('tmp/all.pem', ...inputs) };
}

/**
 * Leaves out what OpenSSL would not use, whatever the list says: certificates for other purposes by their own
 * extension, which p11-kit ignores where a file says something else of the key, and certificates whose issuer is not in
 * the list.
 */
function withoutUseless(list) {
  const left = list.map((der) => new X509Certificate(der)).filter(isForServers);
  // A certificate that may not issue is trusted as itself.
  const reached = left.filter(({ subject, issuer }) => subject === issuer);
  const rest = new Set(left.filter((one) => !reached.includes(one)));
  for (const issuer of reached) {
    for (const one of rest) {
      if (one.checkIssued(issuer) && rest.delete(one)) reached.push(one);
    }
  }
  return reached.map(({ raw }) => raw);
}

function isForServers({ keyUsage }) {
  return !keyUsage || keyUsage.includes(EKU.serverAuth) || keyUsage.includes(EKU.any);
}

function isIn(list) {
  const keys = new Set(list.map(keyOf));
  return (der) => keys.has(keyOf(der));
}

const unique = (ders) => [...new Map(ders.map((der) => [keyOf(der), der])).values()];
const readable = (pems) => pems.flatMap(certificatesIn);

let pool;

async function compare(seed) {
  pool ??= await makePool();
  const dice = new Dice(seed);
  const layout = LAYOUTS[seed % LAYOUTS.length];
  const root = temporaryTree();
  const tool = new Extractor(root);
  const limited = writeInput(root, dice, pool, layout.inputs);
  const list = update(root, tool, layout);
  const all = unique([...pool.roots, ...pool.own]);
  const { judged, left } = judgedBy(root, tool, layout.inputs, all);
  for (const input of layout.inputs) {
    const from = path.join(root, input, 'blocklist');
    if (layout.blocklist) renameSync(from, path.join(root, input, layout.blocklist));
  }
  const result = judge({ root, layout, limited, list, judged, left });
  rmSync(root, { recursive: true });
  return result;
}

function judge({ root, layout, limited, list, judged, left }) {
  const options = { root, env: {}, expired: true, intermediates: true };
  const trust = { system: options, userCAs: { env: false } };
  const distrusts = distrustOf(readTrustSet(trust));
  const isDistrusted = (der) => distrusts(new Certificate(der));
  const isLeft = isIn(left);
  const refused = judged.filter((der) => !isLeft(der));
  const isRefused = isIn(refused);
  // A purpose is no distrust, except for lists that ignore p11-kit's purposes: Node's own (native/linux/distrust.cc).
  const inList = isIn(list);
  const isLimited = (der) => limited.has(keyOf(der)) && !inList(der);
  // Two certificates with one issuer and serial number are the same to us where we hold both.
  const numbers = new Set(refused.map(identityOf));
  const isClear = (der) => isRefused(der) || !numbers.has(identityOf(der));
  const system = withoutUseless(list);
  const bundled = pool.roots.filter((der) => !isRefused(der) && !isLimited(der));
  const whole = withoutUseless(unique([...bundled, ...system]));
  const asked = judged.filter((der) => isRefused(der) || !isLimited(der));
  const compared = (what, expected, actual) =>
    differences(what, expected.filter(isClear), actual.filter(isClear));
  const byTrustBundle = layout.trusted ? readByTrustBundle(options, layout, system) : system;
  return {
    checked: system.length + whole.length + asked.length,
    found: [
      ...compared('getSystemCAs()', system, readable(getSystemCAs(options))),
      ...compared('getTrustedCAs()', whole, readable(getTrustedCAs(trust))),
      ...compared('distrust', refused, asked.filter(isDistrusted)),
      ...compared(`SSL_CERT_FILE=/${layout.trusted}`, system, byTrustBundle),
    ],
  };
}

/**
 * OpenSSL's trust settings add nothing that the TLS bundle leaves out, except that what is no CA to p11-kit vouches for
 * itself.
 */
function readByTrustBundle(options, { trusted, hashed }, system) {
  const env = { SSL_CERT_FILE: `/${trusted}`, ...(hashed && { SSL_CERT_DIR: `/${hashed}` }) };
  const isExpected = isIn(system);
  return readable(getSystemCAs({ ...options, env })).filter(
    (der) => isExpected(der) || new X509Certificate(der).ca,
  );
}

// Deliberately damaged blocklists cause warnings, which are expected here.
process.removeAllListeners('warning');
await compareSeeds('p11-kit', compare);
