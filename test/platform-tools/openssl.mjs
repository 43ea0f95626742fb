/**
 * Compares what OpenSSL takes for a CA, for the end of a chain and for a server trusted as itself with our judgement of
 * the same store: every shape a certificate may have, with OpenSSL's own trust settings.
 *
 *   node test/platform-tools/openssl.mjs
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runTool, temporaryTree } from './trees.mjs';
import { testEnvironment } from '../tools/environment.mjs';

const require = createRequire(import.meta.url);
const der = require('../../dist-test/native/der.js');
const { toPem } = require('../../dist-test/helpers/pem.js');
const { readSequence, Tag } = require('../../dist/certificate/der.js');
const { readSystemStore } = require('../../dist/index.js');
const { loadBinding } = require('../../dist/addon/load-binding.js');

const { Extensions, extension, bitString, commonName, oid, sequence, tlv } = der;
const purposes = {
  server: oid('1.3.6.1.5.5.7.3.1'),
  client: oid('1.3.6.1.5.5.7.3.2'),
  email: oid('1.3.6.1.5.5.7.3.4'),
  any: oid('2.5.29.37.0'),
};
const netscape = (bits) => extension('2.16.840.1.113730.1.1', bitString(0, bits));

/** Extensions for each rule, by meaning; '-' leaves the extension out. */
const parts = {
  basic: { '-': [], CA: [Extensions.ca], 'no CA': [Extensions.notCa] },
  usage: {
    '-': [],
    signs: [Extensions.keyUsage(1, 0x86)],
    'signs not': [Extensions.keyUsage(7, 0x80)],
  },
  netscape: {
    '-': [],
    'TLS CA': [netscape(0x04)],
    'mail CA': [netscape(0x02)],
    server: [netscape(0x40)],
  },
  purpose: {
    '-': [],
    server: [Extensions.eku('1.3.6.1.5.5.7.3.1')],
    client: [Extensions.eku('1.3.6.1.5.5.7.3.2')],
    any: [Extensions.eku('2.5.29.37.0')],
    both: [Extensions.eku('1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1')],
  },
};
const trust = (...list) => sequence(...list);
const reject = (...list) => tlv(0xa0, ...list);
/** What follows the certificate in a TRUSTED CERTIFICATE. */
const settings = {
  'no settings': sequence(),
  'trust server': sequence(trust(purposes.server)),
  'trust client': sequence(trust(purposes.client)),
  'trust any': sequence(trust(purposes.any)),
  'trust client and server': sequence(trust(purposes.client, purposes.server)),
  'trust nothing': sequence(trust()),
  'reject server': sequence(reject(purposes.server)),
  'reject email': sequence(reject(purposes.email)),
  'reject any': sequence(reject(purposes.any)),
  'trust and reject server': sequence(trust(purposes.server), reject(purposes.server)),
};

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const keys = newKeys();
const rootKeys = newKeys();
const leafKeys = newKeys();

function issue(raw, subjectKeys, issuerKeys) {
  const publicKey = subjectKeys.publicKey.export({ type: 'spki', format: 'der' });
  const unsigned = der.certificate({ ...raw, publicKey });
  const signed = readSequence(unsigned).next(Tag.SEQUENCE).whole;
  const signature = sign('sha256', signed, issuerKeys.privateKey);
  return der.certificate({ ...raw, publicKey, signature: [...signature] });
}

const POLICY = { purpose: 'server-auth', intermediates: true, expired: false, now: Date.now() };
const SHAPE = commonName('Shape');
const ROOT = commonName('Root');
const root = issue({ subject: ROOT }, rootKeys, rootKeys);
const leaf = issue(
  { subject: commonName('leaf'), issuer: SHAPE, serial: [7], extensions: [Extensions.notCa] },
  leafKeys,
  keys,
);

function* shapes() {
  const names = (part) => Object.keys(parts[part]);
  for (const version of [2, 1, null]) {
    for (const basic of names('basic')) {
      for (const usage of names('usage')) {
        for (const type of names('netscape')) {
          for (const purpose of names('purpose')) {
            // Unrelated rules need not be combined.
            if (type !== '-' && !['-', 'client'].includes(purpose)) continue;
            if (version !== 2 && (type !== '-' || purpose !== '-')) continue;
            yield { version, basic, usage, netscape: type, purpose };
          }
        }
      }
    }
  }
}

/** Settings to try with each shape; 'trust server' overrules the certificate's own purpose. */
function settingsOf({ version, basic, usage, netscape: type, purpose }) {
  if (version !== 2 || type !== '-' || `${basic}${usage}` === '--') return [];
  if (purpose === '-') return Object.keys(settings);
  return purpose === 'client' ? ['trust server', 'trust any', 'no settings'] : [];
}

function make({ version, ...shape }, isIssued) {
  const extensions = Object.entries(shape).flatMap(([part, choice]) => parts[part][choice]);
  const raw = { version, subject: SHAPE, serial: [5], extensions };
  return isIssued ? issue({ ...raw, issuer: ROOT }, keys, rootKeys) : issue(raw, keys, keys);
}

const folder = temporaryTree();
const file = (name, text) => {
  const where = path.join(folder, name);
  writeFileSync(where, text);
  return where;
};
const leafFile = file('leaf.pem', toPem(leaf));
const none = file('none', '');

/** Returns OpenSSL's verdicts on what the shape issued, and on the shape as a server's own certificate. */
function askOpenssl(storeFile, own) {
  const ownFile = file('own.pem', toPem(own));
  const args = ['verify', '-purpose', 'sslserver', '-no-CApath', '-CAfile', storeFile];
  const { error, stdout } = spawnSync('openssl', [...args, leafFile, ownFile], {
    encoding: 'utf8',
    env: testEnvironment(),
  });
  if (error) throw new Error(`openssl cannot be run: ${error.message}`);
  return { issues: stdout.includes(`${leafFile}: OK`), itself: stdout.includes(`${ownFile}: OK`) };
}

/** Returns our verdict from the store: whether it is used as an issuer, and whether it is used at all. */
function askStore(storeFile, own) {
  const env = { SSL_CERT_FILE: storeFile, SSL_CERT_DIR: none };
  const { certificates } = readSystemStore({ env, intermediates: true });
  return verdictOf(certificates.find((one) => one.der.equals(own)));
}

/** Returns the same for a certificate that the user names. */
function askUser(text, own) {
  const { certificates } = loadBinding().parse(Buffer.from(text), POLICY);
  return verdictOf(certificates.find(({ pem }) => pem === toPem(own)));
}

function verdictOf({ role, skipped }) {
  // Runtimes that allow it also use an anchor whose issuer is missing: see `partialChainAnchors`.
  const isKept = skipped === undefined || (skipped === 'orphan' && role === 'anchor');
  return { issues: isKept && role !== 'leaf', itself: isKept, verdict: skipped ?? role };
}

const trusts = (setting) => setting?.startsWith('trust') === true;

/**
 * Where we differ, and why. A runtime refuses each of these, because it gets the certificate without OpenSSL's
 * settings.
 */
const known = [
  // OpenSSL requires TLS by name and ignores "any"; we keep such a CA, and OpenSSL still refuses what it issues.
  ({ shape, openssl }) => shape.purpose === 'any' && !openssl,
  // Settings that trust overrule the certificate's own purposes (check_purpose() in x509_vfy.c).
  ({ shape, setting, openssl }) => shape.purpose === 'client' && trusts(setting) && openssl,
  // At the end of a chain it needs no basicConstraints, even if another CA issued it.
  ({ shape, isIssued, setting, openssl }) =>
    isIssued && trusts(setting) && shape.basic === '-' && shape.usage === 'signs' && openssl,
];

function compare(shape, isIssued, withRoot, setting) {
  const own = make(shape, isIssued);
  const text = setting
    ? toPem(Buffer.concat([own, settings[setting]]), 'TRUSTED CERTIFICATE')
    : toPem(own);
  const all = text + (withRoot ? toPem(root) : '');
  const storeFile = file('store.pem', all);
  const openssl = askOpenssl(storeFile, own);
  const store = askStore(storeFile, own);
  const user = askUser(all, own);
  const found = [];
  const say = (question, ours) => {
    const difference = { shape, isIssued, setting, openssl: openssl[question] };
    if (known.some((test) => test(difference))) return;
    found.push(
      `${JSON.stringify({ ...shape, isIssued, withRoot, setting })} ${question}: OpenSSL ${openssl[question]}, ours ${ours} (${store.verdict})`,
    );
  };
  if (openssl.issues !== store.issues) say('issues', store.issues);
  // We may keep what OpenSSL refuses as a server's certificate, but must keep what it accepts.
  if (openssl.itself && !isIssued && !store.itself) say('itself', store.itself);
  if (store.verdict !== user.verdict) {
    found.push(`${JSON.stringify(shape)}: ${user.verdict} of a user`);
  }
  return found;
}

runTool('openssl', ['version']);
const found = [];
let rows = 0;
for (const shape of shapes()) {
  const own = settingsOf(shape);
  const stores = [[false, false], [true, true], ...(own.length > 0 ? [[true, false]] : [])];
  for (const [isIssued, withRoot] of stores) {
    for (const setting of [undefined, ...own]) {
      rows++;
      found.push(...compare(shape, isIssued, withRoot, setting));
    }
  }
}
console.log(`openssl: ${rows} stores compared, ${found.length} differences`);
for (const line of found.slice(0, 400)) console.error(`  ${line}`);
if (found.length > 0) process.exitCode = 1;
