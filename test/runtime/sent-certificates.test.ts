import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';

import { sentCertificates } from '../../dist/runtime/sent-certificates.js';
import { listenOnLoopback } from '../helpers/loopback.js';
import { createCertificate, leafOf } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

let root: TestCertificate;
let issuing: TestCertificate;
let renewed: TestCertificate;
let stranger: TestCertificate;
let leaf: TestCertificate;

before(async () => {
  root = await createCertificate({ commonName: 'Root' });
  issuing = await createCertificate({ commonName: 'Issuing', issuer: root });
  renewed = await createCertificate({ commonName: 'Issuing', issuer: root, keys: issuing.keys });
  stranger = await createCertificate({ commonName: 'Stranger' });
  leaf = await leafOf(issuing);
});

async function connect(
  t: TestContext,
  sent: TestCertificate[],
  ca: TestCertificate = root,
): Promise<tls.TLSSocket> {
  const cert = sent.map(({ pem }) => pem).join('');
  const server = tls.createServer({ key: leaf.keyPem, cert });
  const port = await listenOnLoopback(server, (close) => {
    t.after(close);
  });
  // Without its issuer the leaf is not accepted, but Node still shows it.
  const options = { servername: 'localhost', ca: ca.pem, rejectUnauthorized: false };
  const socket = tls.connect({ port, host: '127.0.0.1', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

const ders = (certificates: TestCertificate[]): Buffer[] => certificates.map(({ der }) => der);

/** Returns what a program can ask a socket about its peer, in comparable form. */
function answersOf(socket: tls.TLSSocket): unknown[] {
  const linked: string[] = [];
  let one: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (one && !linked.includes(one.fingerprint256)) {
    linked.push(one.fingerprint256);
    one = one.issuerCertificate as tls.DetailedPeerCertificate | undefined;
  }
  return [linked, socket.getPeerCertificate(), socket.getPeerCertificate(false)];
}

const ways = [
  { name: 'the leaf alone', chain: () => [leaf] },
  { name: 'a chain', chain: () => [leaf, issuing] },
  {
    name: 'two versions of an issuer, and a stranger',
    chain: () => [leaf, issuing, stranger, renewed],
  },
  {
    name: 'what matters behind much that does not',
    chain: () => [leaf, issuing, ...Array<TestCertificate>(120).fill(stranger), renewed],
  },
];

for (const { name, chain } of ways) {
  void test(`what a server sends is seen whole, and asking for it changes no answer: ${name}`, async (t) => {
    const certificates = chain();
    const socket = await connect(t, certificates);
    const answers = answersOf(socket);
    for (let times = 0; times < 2; times++) {
      const sent = sentCertificates(socket, socket.getPeerCertificate(true));
      assert.deepEqual(sent, ders(certificates));
      assert.deepEqual(answersOf(socket), answers);
      assert.deepEqual(socket.getPeerX509Certificate()?.raw, leaf.der);
    }
    assert.deepEqual(
      Object.keys(socket).filter((key) => key.startsWith('getPeer')),
      [],
    );
    socket.destroy();
    await once(socket, 'close');
    assert.equal(socket.getPeerCertificate(true), null, 'as of every socket that is closed');
  });
}

void test('where a program has not asked what a server shows, asking for what it sent changes no answer either', async (t) => {
  const certificates = [leaf, stranger, issuing, root];
  const socket = await connect(t, certificates, stranger);
  const sent = sentCertificates(socket);
  assert.deepEqual(sent, ders(certificates));
  const other = await connect(t, certificates, stranger);
  assert.deepEqual(answersOf(socket), answersOf(other));
});

void test('an object that is not a socket of Node is not asked', () => {
  const foreign = {} as tls.TLSSocket;
  assert.equal(sentCertificates(foreign, {} as tls.DetailedPeerCertificate), undefined);
});
