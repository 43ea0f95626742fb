/**
 * OpenSSL says things about chains and handshakes, often in words alone; checks what is made of them.
 */
import assert from 'node:assert/strict';
import * as net from 'node:net';
import { test } from 'node:test';
// Imported after the helpers, which load what it needs.
// @peculiar/x509 needs this first.
import 'reflect-metadata';
import { Extension } from '@peculiar/x509';

import { Certificate } from '../../dist/certificate/certificate.js';
import { Budget } from '../../dist/chain/budget.js';
import { CertificateList } from '../../dist/chain/path.js';
import { unknownCritical } from '../../dist/explain/diagnose/critical-extensions.js';
import { diagnose } from '../../dist/explain/diagnose/diagnose.js';
import type { Facts } from '../../dist/explain/gather/facts.js';
import type { HandshakeOutcome } from '../../dist/explain/handshake/handshake.js';
import { explain } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import { leafOf, listen, tlsServer } from './loopback.js';

const critical = (oid: string): Extension => new Extension(oid, true, new Uint8Array([5, 0]));
const UNKNOWN = '1.3.6.1.4.1.99999.5.1';
const POISON = '1.3.6.1.4.1.11129.2.4.3';

const root = createCertificate({ commonName: 'Words Root' });
const pair = root.then(async (issuer) => [await leafOf(issuer), issuer] as const);

async function nameOf(outcome: HandshakeOutcome): Promise<string> {
  const [{ der }, issuer] = await pair;
  const [leaf, anchor] = [Certificate.read(der), Certificate.read(issuer.der)];
  const messages = { certificates: [leaf.der], wantsClientCertificate: false };
  const facts: Facts = {
    now: Date.now(),
    target: {
      host: 'localhost',
      port: 443,
      servername: 'localhost',
      proxyCredentials: false,
      allowPrivate: false,
    },
    handshake: { outcome, messages },
    sent: [leaf],
    judged: 'merged',
    lists: { merged: { list: new CertificateList([anchor]), outcome } },
    origins: new Map(),
    skipped: [],
    orphans: [],
    clock: { expiredRoots: 0 },
    budget: new Budget(),
    isLate: false,
    userDirectory: '/nonexistent',
  };
  return diagnose(facts)
    .map(({ name }) => name)
    .join();
}

/** X509_verify_cert_error_string(); Node has no code for any of them. */
const words: Record<string, string> = {
  'unhandled critical extension': 'critical-extension',
  'invalid or inconsistent certificate extension': 'malformed',
  'Cert info signature and signature algorithm mismatch': 'malformed',
  'Certificate public key has explicit ECC parameters': 'malformed',
  'key usage does not include certificate signing': 'not-a-ca',
  'proxy certificates not allowed, please set the appropriate flag': 'wrong-usage',
  'permitted subtree violation': 'constraint',
  'excluded subtree violation': 'constraint',
  'name constraints minimum and maximum not supported': 'constraint',
  'unsupported name constraint type': 'constraint',
  'unsupported or invalid name constraint syntax': 'constraint',
  'unsupported or invalid name syntax': 'constraint',
  "RFC 3779 resource not subset of parent's resources": 'constraint',
  'EE certificate key too weak': 'weak-key',
  'CA certificate key too weak': 'weak-key',
  'CA signature digest algorithm too weak': 'weak-signature',
  'something OpenSSL will say one day': 'unexplained',
};
const codes: Record<string, string> = {
  CERT_CHAIN_TOO_LONG: 'constraint',
  PATH_LENGTH_EXCEEDED: 'constraint',
  INVALID_CA: 'not-a-ca',
  INVALID_PURPOSE: 'wrong-usage',
  ERROR_IN_CERT_NOT_BEFORE_FIELD: 'malformed',
  ERROR_IN_CERT_NOT_AFTER_FIELD: 'malformed',
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 'malformed',
};
const handshakes: Record<string, string> = {
  ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED: 'legacy-renegotiation',
  ERR_SSL_DH_KEY_TOO_SMALL: 'weak-key-exchange',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'tls-failure',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'tls-failure',
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR: 'tls-failure',
  ERR_SSL_WRONG_SIGNATURE_TYPE: 'tls-failure',
  ERR_SSL_EXCESSIVE_MESSAGE_SIZE: 'tls-failure',
  ERR_SSL_VERSION_TOO_LOW: 'tls-version',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'unknown-server-name',
};

test('each reason OpenSSL gives has a diagnosis of its own', async () => {
  for (const [message, expected] of Object.entries(words)) {
    const outcome = { state: 'refused', code: 'UNSPECIFIED', message } as const;
    assert.equal(await nameOf(outcome), expected, message);
  }
  for (const [code, expected] of Object.entries(codes)) {
    assert.equal(await nameOf({ state: 'refused', code, message: '' }), expected, code);
  }
  for (const [code, expected] of Object.entries(handshakes)) {
    const outcome = { state: 'failed', reason: 'tls', code, message: '' } as const;
    assert.equal(await nameOf(outcome), expected, code);
  }
});

test('an unknown critical extension is named with the certificate that has it', async (t) => {
  const { pem: ca } = await root;
  const extensions = [critical(UNKNOWN)];
  const issuer = await createCertificate({
    ...{ commonName: 'Odd Issuing CA', issuer: await root, extensions },
  });
  const poisoned = await leafOf(await root, { extensions: [critical(POISON)] });
  for (const { leaf, chain, words: pattern } of [
    {
      leaf: await leafOf(issuer),
      chain: [issuer],
      words: /^“Odd Issuing CA” has .* \(1\.3\.6\.1\.4\.1\.99999\.5\.1\)/,
    },
    { leaf: poisoned, chain: [], words: /^“localhost” is a precertificate/ },
  ]) {
    const { server } = tlsServer({ leaf, chain });
    const target = `localhost:${await listen(t, server)}`;
    const { diagnoses } = await explain(target, { ca, proxy: false });
    assert.deepEqual(
      diagnoses.map(({ name }) => name),
      ['critical-extension'],
    );
    assert.match(diagnoses[0]?.summary ?? '', pattern);
  }
});

test('an extension that may be critical is not blamed, and a list is cut to one line', async () => {
  const plain = ['2.5.29.17', '2.5.29.32', '1.3.6.1.5.5.7.48.1.5'].map(critical);
  const many = Array.from({ length: 9 }, (_, index) => critical(`1.2.3.${String(index)}`));
  const { der } = await createCertificate({ commonName: 'x', extensions: [...plain, ...many] });
  assert.deepEqual(unknownCritical(der), ['1.2.3.0', '1.2.3.1', '1.2.3.2', '1.2.3.3']);
  assert.deepEqual(unknownCritical(der.subarray(0, 40)), []);
});

/** TLS 1.2 with no extension in its ServerHello: no renegotiation_info (RFC 5746 §3.6). */
function legacyHello(): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from('00c02f00', 'hex'),
  ]);
  const message = Buffer.concat([Buffer.from([2, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([22, 3, 3, 0, message.length]), message]);
}

test('a server without secure renegotiation is named, and what to do', async (t) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(legacyHello()));
  });
  const { diagnoses } = await explain(`localhost:${await listen(t, server)}`, { proxy: false });
  assert.deepEqual(
    diagnoses.map(({ name }) => name),
    ['legacy-renegotiation'],
  );
  assert.match(diagnoses[0]?.summary ?? '', /RFC 5746/);
  assert.match(diagnoses[0]?.remedy ?? '', /SSL_OP_LEGACY_SERVER_CONNECT/);
});
