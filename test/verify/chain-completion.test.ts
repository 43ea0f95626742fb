import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Certificate } from '../../dist/certificate/certificate.js';
import { ChainCompletion } from '../../dist/chain/completion/chain-completion.js';
import { Documents } from '../../dist/chain/completion/documents.js';
import { Intermediates } from '../../dist/chain/completion/intermediates.js';
import { CertificateList } from '../../dist/chain/path.js';
import { readDers } from '../../dist/trust/user-cas/certificate-bytes.js';
import { leafOf } from '../helpers/pki.js';
import { aia, createCertificate, startPublisher } from './authority.js';

const makePki = async () => {
  const root = await createCertificate({ commonName: 'Root' });
  const banned = await createCertificate({ commonName: 'Issuing CA', issuer: root });
  const { keys } = banned;
  const renewed = await createCertificate({ commonName: 'Issuing CA', issuer: root, keys });
  return { root, banned, renewed };
};

interface Asked {
  sent?: Buffer[];
  intermediates?: Intermediates;
  judging?: boolean;
}

test('a distrusted intermediate completes no chain: fetched, remembered or sent', async (t) => {
  const { root, banned, renewed } = await makePki();
  const publisher = await startPublisher(t);
  const bothAt = publisher.publish('both', Buffer.from(banned.pem + renewed.pem));
  const bannedAt = publisher.publish('banned', banned.der);
  const list = new CertificateList([Certificate.read(root.der)]);
  // Like a root that is distrusted from a date on.
  const date = Date.parse('2000-01-01T00:00:00Z');
  const judge = {
    isDistrusted: ({ der }: Certificate, begin = -Infinity): boolean =>
      der.equals(banned.der) && begin > date,
  };
  const known = new Intermediates(undefined);
  await known.remember(Certificate.read(banned.der));
  const find = async (
    url: string,
    { sent = [], intermediates = new Intermediates(undefined), judging = true }: Asked = {},
  ): Promise<Buffer[] | undefined> => {
    const leaf = await leafOf(banned, { extensions: [aia(url)] });
    const completion = new ChainCompletion(new Documents(true), intermediates, readDers);
    const { signal } = new AbortController();
    const chain = [leaf.der, ...sent];
    const found = await completion.complete(chain, list, signal, '', judging ? judge : undefined);
    return found?.map(({ der }) => der);
  };
  assert.deepEqual(await find(bannedAt, { judging: false }), [banned.der]);
  assert.equal(await find(bannedAt), undefined);
  assert.deepEqual(await find(bothAt), [renewed.der]);
  assert.deepEqual(await find(bothAt, { intermediates: known }), [renewed.der]);
  assert.deepEqual(await find(bothAt, { sent: [banned.der] }), [renewed.der]);
});

test('nothing is fetched for a server whose own certificate is distrusted', async (t) => {
  const { root, banned } = await makePki();
  const publisher = await startPublisher(t);
  const url = publisher.publish('ca', banned.der);
  const leaf = await leafOf(banned, { extensions: [aia(url)] });
  const list = new CertificateList([Certificate.read(root.der)]);
  const judge = { isDistrusted: ({ der }: Certificate): boolean => der.equals(leaf.der) };
  const completion = new ChainCompletion(
    new Documents(true),
    new Intermediates(undefined),
    readDers,
  );
  const { signal } = new AbortController();
  assert.equal(await completion.complete([leaf.der], list, signal, '', judge), undefined);
  assert.deepEqual(publisher.requests, []);
});
