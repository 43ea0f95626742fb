/**
 * A key stays the same key in every encoding that a certificate may have.
 */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { keyOf } from '../../dist/certificate/public-key.js';
import { readClientCertificate } from '../../dist/first-use/peers/peer-certificate.js';
import type { PeerRecords } from '../../dist/first-use/peers/peer-file.js';
import { introduce } from '../../dist/first-use/peers/remembered.js';
import { trustOnFirstUse } from '../../dist/index.js';
import { createClient, startBench, temporaryFile, versions, visit } from '../first-use/bench.js';
import { toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { withKey as reencodedWithKey } from '../helpers/reencoded.js';
import { bitString, integer, oid, sequence, tlv } from '../native/der.js';

/** Puts another key into the certificate. The code under test does not check signatures. */
async function withKey(keyInfo: Buffer, spec?: { keyPem?: string }): Promise<TestCertificate> {
  const client = await createClient('Device');
  const der = reencodedWithKey(client.der, keyInfo);
  return { ...client, ...spec, der, pem: toPem(der) };
}

const ecKey = (curve: Buffer, ...point: Buffer[]): Buffer =>
  sequence(sequence(oid('1.2.840.10045.2.1'), curve), bitString(0, ...Buffer.concat(point)));
const rsaKey = (algorithm: string, number: Buffer, exponent: number): Buffer =>
  sequence(
    sequence(oid(algorithm), ...(algorithm.endsWith('.1') ? [tlv(5)] : [])),
    bitString(0, ...sequence(integer(0, ...number), integer(1, 0, exponent))),
  );

const identify = ({ der, pem }: TestCertificate): string | undefined =>
  keyOf({ fingerprint256: createHash('sha256').update(der).digest('hex'), pem });

const P256 = oid('1.2.840.10045.3.1.7');

/** One key of P-256 in all its encodings. */
function ecEncodings(): { keyPem: string; encodings: Record<string, Buffer> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    paramEncoding: 'explicit',
  } as { namedCurve: string });
  const explicit = publicKey.export({ type: 'spki', format: 'der' });
  const point = explicit.subarray(-64);
  const [x, y] = [point.subarray(0, 32), point.subarray(32)];
  const odd = (y[31] ?? 0) & 1;
  return {
    keyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    encodings: {
      uncompressed: ecKey(P256, Buffer.from([4]), x, y),
      compressed: ecKey(P256, Buffer.from([2 | odd]), x),
      hybrid: ecKey(P256, Buffer.from([6 | odd]), x, y),
      'with its curve written out': explicit,
    },
  };
}

/** One RSA key under both algorithms. Its private key does not exist. */
function rsaEncodings(): Record<string, Buffer> {
  const number = randomBytes(256);
  number[0] = 0xff;
  number[255] = 0xff;
  return {
    rsaEncryption: rsaKey('1.2.840.113549.1.1.1', number, 1),
    'RSASSA-PSS': rsaKey('1.2.840.113549.1.1.10', number, 1),
    'with another exponent': rsaKey('1.2.840.113549.1.1.1', number, 3),
  };
}

void describe('a key', () => {
  for (const [kind, encode] of [
    ['EC', () => ecEncodings().encodings],
    ['RSA', rsaEncodings],
  ] as const) {
    test(`is the same in each encoding (${kind})`, async () => {
      const encodings = Object.entries(encode());
      const [[, other] = ['', Buffer.alloc(0)]] = Object.entries(encode());
      const keys = await Promise.all(
        encodings.map(async ([, key]) => identify(await withKey(key))),
      );
      assert.ok(keys[0]);
      for (const [index, [encoding]] of encodings.entries()) {
        assert.equal(keys[index], keys[0], encoding);
      }
      assert.notEqual(identify(await withKey(other)), keys[0], 'control');
    });
  }

  test('may be one that cannot be read, which is no known key and never let in', async (t) => {
    const [unread, infinite] = [ecKey(P256, Buffer.from([5, 1])), ecKey(P256, Buffer.from([0]))];
    assert.equal(identify(await withKey(unread)), undefined);
    assert.equal(identify(await withKey(infinite)), undefined);
    const trust = trustOnFirstUse({ file: temporaryFile(t), decide: () => 'accept' });
    await assert.rejects(trust.accept((await withKey(unread)).pem), {
      code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
    });
  });

  test('that was revoked keeps a client out in another encoding, and the accepted one is recognised by it', async (t) => {
    const { keyPem, encodings } = ecEncodings();
    const [first, second, third] = await Promise.all(
      ['uncompressed', 'compressed', 'hybrid'].map((form) =>
        withKey(encodings[form] ?? Buffer.alloc(0), { keyPem }),
      ),
    );
    const bench = await startBench(t);
    assert.equal(await visit(bench, first), 'served');
    assert.equal(await visit(bench, second), 'served');
    assert.deepEqual([bench.asked[1]?.renews.length, bench.asked[1]?.namesakes], [1, []]);
    await bench.trust.revoke(first?.pem ?? '');
    for (const version of versions) {
      for (const client of [first, second, third]) {
        assert.equal(await visit(bench, client, { version }), 'refused');
      }
    }
    assert.deepEqual(new Set(bench.refusals.map(({ reason }) => reason)), new Set(['revoked']));
    assert.equal(bench.asked.length, 2);
  });

  test('that was revoked is known of a file that tells no more than the hash of one encoding', async (t) => {
    const file = temporaryFile(t);
    const open = () => trustOnFirstUse({ file, decide: () => 'refuse' });
    const { uncompressed = Buffer.alloc(0) } = ecEncodings().encodings;
    await open().revoke((await withKey(uncompressed)).pem);
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { peers: Record<string, string>[] };
    const [peer = {}] = stored.peers;
    const digits = createHash('sha256').update(uncompressed).digest('hex').toUpperCase();
    assert.equal(peer['publicKey256'], digits.replace(/..(?=.)/g, '$&:'));
    delete peer['certificate'];
    writeFileSync(file, JSON.stringify(stored));
    await assert.rejects(open().accept((await withKey(uncompressed)).pem), /revoked/);
  });
});

test('a client with a curve that has no name at NIST ends no server', async (t) => {
  for (const namedCurve of ['secp256k1', 'brainpoolP256r1']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const client = await withKey(publicKey.export({ type: 'spki', format: 'der' }), {
      keyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    });
    const ecdhCurve = `prime256v1:${namedCurve}`;
    const bench = await startBench(t, { server: { ecdhCurve } });
    const options = { version: 'TLSv1.2', ecdhCurve } as const;
    assert.equal(await visit(bench, client, options), 'served');
    await bench.trust.revoke(client.pem);
    assert.equal(await visit(bench, client, options), 'refused');
    assert.equal(bench.refusals[0]?.reason, 'revoked');
  }
});

test('however many clients are remembered, being introduced to a new one gives others their turn', async () => {
  const { pem } = await createClient('Device');
  const since = new Date().toISOString();
  const records = new Map(
    Array.from({ length: 200 }, (_, index) => {
      const fingerprint256 = `fingerprint ${index}`;
      return [fingerprint256, { fingerprint256, state: 'accepted', since, certificate: pem }];
    }),
  ) as PeerRecords;
  const facts = readClientCertificate((await createClient('Device')).der).facts;
  let turns = 0;
  const count = (): void => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  const state = { records, revokedKeys: new Set<string>() };
  const peer = await introduce(state, facts, undefined, new AbortController().signal);
  clearImmediate(counting);
  assert.deepEqual([peer.renews.length, peer.namesakes.length], [0, 200]);
  assert.ok(turns >= 10, `${turns} turns`);
  await assert.rejects(introduce(state, facts, undefined, AbortSignal.abort()), /abort/i);
});
