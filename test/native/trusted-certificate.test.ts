/**
 * Tests OpenSSL's TRUSTED CERTIFICATE as `openssl x509 -addtrust` and `-addreject` and p11-kit's openssl bundles write
 * it.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { toPem } from '../helpers/pki.js';
import { Tag, certificate, commonName, integer, octetString, oid, sequence, tlv } from './der.js';
import { runDriver, temporaryDirectory } from './driver.js';

const serverAuth = oid('1.3.6.1.5.5.7.3.1');
const clientAuth = oid('1.3.6.1.5.5.7.3.2');
const emailProtection = oid('1.3.6.1.5.5.7.3.4');
const anyPurpose = oid('2.5.29.37.0');
const reject = (...purposes: Uint8Array[]): Buffer => tlv(0xa0, ...purposes);
const alias = tlv(Tag.utf8, Buffer.from('a name'));
const keyId = octetString(Buffer.from('id'));
const other = tlv(0xa1, sequence(oid('1.2.3')));

type Verdict = [usages: string, rejected: string, skip: string];
const all = 'server client other';

const rows: [string, Uint8Array, Verdict][] = [
  ['no settings', Buffer.alloc(0), [all, 'none', 'none']],
  ['empty settings', sequence(), [all, 'none', 'none']],
  ['only a name', sequence(alias), [all, 'none', 'none']],
  [
    'every optional part',
    sequence(sequence(serverAuth), reject(emailProtection), alias, keyId, other),
    ['server', 'other', 'none'],
  ],
  ['trust for servers', sequence(sequence(serverAuth)), ['server', 'none', 'none']],
  ['trust for clients', sequence(sequence(clientAuth)), ['client', 'none', 'purpose']],
  ['trust for everything', sequence(sequence(anyPurpose)), [all, 'none', 'none']],
  ['an empty trust list', sequence(sequence()), ['none', 'none', 'purpose']],
  ['rejection for servers', sequence(reject(serverAuth)), [all, 'server', 'distrusted']],
  ['rejection for e-mail', sequence(reject(emailProtection)), [all, 'other', 'none']],
  ['rejection for everything', sequence(reject(anyPurpose)), [all, all, 'distrusted']],
  [
    'trust and rejection at once',
    sequence(sequence(serverAuth), reject(serverAuth)),
    ['server', 'server', 'distrusted'],
  ],
  ['an unreadable trust list', sequence(sequence(integer(1))), ['none', all, 'unparsable']],
  ['an unreadable rejection', sequence(reject(tlv(0x06))), ['none', all, 'unparsable']],
  [
    'parts in the wrong order',
    sequence(reject(emailProtection), sequence(serverAuth)),
    ['none', all, 'unparsable'],
  ],
  ['an unknown part', sequence(integer(1)), ['none', all, 'unparsable']],
  ['something that is no settings', octetString(), ['none', all, 'unparsable']],
  [
    'settings followed by a byte',
    Buffer.concat([sequence(), Buffer.of(0)]),
    ['none', all, 'unparsable'],
  ],
  [
    'settings cut short',
    sequence(sequence(serverAuth)).subarray(0, -1),
    ['none', all, 'unparsable'],
  ],
];

for (const [what, settings, expected] of rows) {
  test(`a TRUSTED CERTIFICATE with ${what} is ${expected[2] === 'none' ? 'kept' : expected[2]}`, (t) => {
    const file = join(temporaryDirectory(t), 'trusted.pem');
    writeFileSync(file, toPem(Buffer.concat([certificate(), settings]), 'TRUSTED CERTIFICATE'));
    const { certificates, errors } = runDriver([file]);
    assert.deepEqual(errors, []);
    assert.equal(certificates.length, 1);
    const { usages, rejected, skip } = certificates[0] ?? assert.fail();
    assert.deepEqual([usages, rejected, skip], expected);
  });
}

test('an issued CA ends chains where the settings of a copy list the purpose', (t) => {
  const issued = certificate({ subject: commonName('sub'), issuer: commonName('elsewhere') });
  const roleWith = (...copies: Uint8Array[]): string[] => {
    const directory = temporaryDirectory(t);
    const paths = copies.map((settings, index) => {
      const path = join(directory, `${String(index)}.pem`);
      writeFileSync(path, toPem(Buffer.concat([issued, settings]), 'TRUSTED CERTIFICATE'));
      return path;
    });
    return runDriver(paths).certificates.map(({ role, skip }) => `${role} ${skip}`);
  };
  const forServers = sequence(sequence(serverAuth));
  const forClients = sequence(sequence(clientAuth));
  assert.deepEqual(roleWith(forServers), ['anchor orphan']);
  assert.deepEqual(roleWith(sequence(sequence(anyPurpose))), ['anchor orphan']);
  assert.deepEqual(roleWith(Buffer.alloc(0)), ['intermediate orphan']);
  assert.deepEqual(roleWith(forClients, Buffer.alloc(0)), ['intermediate orphan']);
  assert.deepEqual(roleWith(forClients, forServers), ['anchor orphan']);
});

test('settings behind a plain CERTIFICATE are bytes too many', (t) => {
  const file = join(temporaryDirectory(t), 'plain.pem');
  writeFileSync(file, toPem(Buffer.concat([certificate(), sequence()])));
  assert.deepEqual(
    runDriver([file]).certificates.map(({ reason }) => reason),
    ['block 1, line 1: bytes follow the certificate'],
  );
});
