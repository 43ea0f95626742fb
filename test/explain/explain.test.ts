import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as tls from 'node:tls';

import { TruststoreError, explain, getTrustedCAs, inject } from '../../dist/index.js';
import type { SourceName } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from './loopback.js';
import type { Machine, Served, TestContext } from './loopback.js';

/** The store of these tests is files. */
const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

const root = createCertificate({ commonName: 'Explained Root' });
const intermediate = root.then((issuer) =>
  createCertificate({ commonName: 'Explained Issuing CA', issuer }),
);

async function serve(
  t: TestContext,
  served: Served,
): Promise<{ target: string; received: () => number }> {
  const { server, received } = tlsServer(served);
  return { target: `localhost:${await listen(t, server)}`, received };
}

test('a root of the system alone is named, and who else trusts it not', unix, async (t) => {
  const chain = [await intermediate];
  const leaf = await leafOf(chain[0]);
  const { target, received } = await serve(t, { leaf, chain });
  const machine = makeMachine(t, { system: [(await root).pem] });
  const explanation = await explainOn(machine, target);
  assert.equal(explanation.ok, true);
  assert.equal(explanation.diagnoses[0]?.name, 'system-only-root');
  const verdicts = new Map(explanation.sources.map((source) => [source.source, source]));
  const verdict = (name: SourceName): string | undefined => verdicts.get(name)?.verdict;
  assert.deepEqual(
    (['bundled', 'extra', 'system', 'user', 'default', 'merged'] as const).map(verdict),
    ['refused', 'empty', 'trusted', 'empty', 'refused', 'trusted'],
  );
  const anchor = verdicts.get('merged')?.anchor;
  assert.equal(anchor?.subject, 'CN=Explained Root');
  assert.equal(anchor.sources[0]?.location, machine.env['SSL_CERT_FILE']);
  assert.equal(received(), 0);
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`the chain is shown as it was sent, with all that is wrong with it, in ${version}`, async (t) => {
    const stranger = await createCertificate({ commonName: 'Stranger' });
    const leaf = await leafOf(await intermediate);
    // The chain is out of order, has an unrelated certificate and the root, which servers need not send.
    const chain = [stranger, await root, await intermediate, stranger];
    const options = { minVersion: version, maxVersion: version };
    const { target } = await serve(t, { leaf, chain, options });
    const { chain: shown, connection } = await explain(target, { proxy: false });
    assert.equal(connection.protocol, version);
    assert.deepEqual(
      shown.map(({ subject }) => subject),
      ['localhost', 'Stranger', 'Explained Root', 'Explained Issuing CA', 'Stranger'].map(
        (name) => `CN=${name}`,
      ),
    );
    assert.equal(shown[0]?.pem, leaf.pem);
  });
}

for (const cipher of ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256']) {
  test(`a chain under ${cipher} can be read`, async (t) => {
    const leaf = await leafOf(await root);
    const { target } = await serve(t, {
      leaf,
      options: { ciphers: cipher, minVersion: 'TLSv1.3' },
    });
    const { chain, connection } = await explain(target, { proxy: false });
    assert.equal(connection.cipher, cipher);
    assert.equal(chain[0]?.pem, leaf.pem);
  });
}

interface Case {
  name: string;
  machine: Machine;
  served: Served;
  /** @defaultValue `localhost` */
  host?: string;
  expected: string;
  /** What the first diagnosis says. */
  says?: RegExp;
}

async function cases(): Promise<Case[]> {
  const issuer = await intermediate;
  const chain = [issuer];
  const system = [(await root).pem];
  const old = { validTo: new Date('2021-01-01') };
  const foreign = await createCertificate({ commonName: 'Foreign Root' });
  const renewed = { commonName: 'Renewed CA' };
  const renewedCA = await createCertificate(renewed);
  // Digital signatures alone (RFC 5280 §4.2.1.3).
  const keyUsage = 1;
  const unfit = await createCertificate({ commonName: 'Unfit Root', keyUsage });
  const unfitLeaf = await leafOf(undefined, { eku: ['1.3.6.1.5.5.7.3.2'] });
  return [
    {
      name: 'an expired certificate',
      machine: { system },
      served: { leaf: await leafOf(issuer, old), chain },
      expected: 'expired',
    },
    {
      name: 'an expired certificate of an unknown CA is both',
      machine: {},
      served: { leaf: await leafOf(foreign, old), chain: [foreign] },
      expected: 'expired, untrusted-root',
    },
    {
      name: 'another name',
      machine: { system },
      served: { leaf: await leafOf(issuer, { dns: ['other.test'], ip: [] }), chain },
      expected: 'wrong-host',
    },
    {
      name: 'another name and an unknown root are both',
      machine: {},
      served: {
        leaf: await leafOf(issuer, { dns: ['other.test'], ip: [] }),
        chain: [issuer, await root],
      },
      expected: 'untrusted-root, wrong-host',
    },
    {
      name: 'a self-signed certificate',
      machine: {},
      served: { leaf: await leafOf(undefined) },
      expected: 'self-signed',
    },
    {
      name: 'an address among the DNS names alone',
      machine: { system },
      served: { leaf: await leafOf(issuer, { dns: ['127.0.0.1'], ip: [] }), chain },
      host: '127.0.0.1',
      expected: 'wrong-host',
      says: /^The certificate has 127\.0\.0\.1 as a DNS name\. An address counts only as an IP address\.$/,
    },
    {
      name: 'a root in the store that may not issue',
      machine: { system: [unfit.pem] },
      served: { leaf: await leafOf(unfit), chain: [unfit] },
      expected: 'not-a-ca',
      says: /“Unfit Root”, which the chain needs, is in .*, but it may not issue/,
    },
    {
      name: 'a server’s own certificate in the store, and not for servers',
      machine: { system: [unfitLeaf.pem] },
      served: { leaf: unfitLeaf },
      expected: 'wrong-usage',
      says: /“localhost”, which the chain needs, is in .*, but not for TLS servers/,
    },
    {
      name: 'an expired certificate of an old root for its CA, which the server sends',
      machine: { system },
      served: {
        leaf: await leafOf(renewedCA),
        chain: [
          await createCertificate({ ...renewed, keys: renewedCA.keys, issuer: foreign, ...old }),
        ],
      },
      expected: 'expired',
      says: /^The server sends “Renewed CA” as issued by “Foreign Root”, which expired on 2021-01-01\./,
    },
    {
      name: 'a root that expired in the store',
      machine: { system: [(await createCertificate({ commonName: 'Old Root', ...old })).pem] },
      served: {
        leaf: await leafOf(
          await createCertificate({ commonName: 'Old Root', keyIdentifiers: false, ...old }),
          { keyIdentifiers: false },
        ),
      },
      expected: 'expired',
    },
    {
      name: 'an intermediate the user has, and the system’s root',
      machine: { system, user: [issuer.pem] },
      served: { leaf: await leafOf(issuer) },
      expected: 'system-only-root',
    },
    {
      name: 'a certificate that soon expires',
      machine: { system },
      served: { leaf: await leafOf(issuer, { validTo: new Date(Date.now() + 86_400_000) }), chain },
      expected: 'system-only-root, expires-soon',
    },
    {
      name: 'a certificate of nobody’s chain',
      machine: { system },
      served: {
        leaf: await leafOf(issuer),
        chain: [issuer, await createCertificate({ commonName: 'Extra', issuer: foreign })],
      },
      expected: 'system-only-root, unneeded-certificates',
    },
  ];
}

test('each fault has its name, and faults that are independent are all named', unix, async (t) => {
  for (const { name, machine, served, host = 'localhost', expected, says } of await cases()) {
    const { target, received } = await serve(t, served);
    const { diagnoses } = await explainOn(
      makeMachine(t, machine),
      target.replace('localhost', host),
    );
    if (says) assert.match(diagnoses[0]?.summary ?? '', says, name);
    assert.equal(diagnoses.map((diagnosis) => diagnosis.name).join(', '), expected, name);
    assert.equal(received(), 0, name);
  }
});

test(
  'ca: [] is told from a ca that lacks the root, and both from one that has it',
  unix,
  async (t) => {
    const leaf = await leafOf(await intermediate);
    const { target } = await serve(t, { leaf, chain: [await intermediate] });
    const machine = makeMachine(t, { system: [(await root).pem] });
    const other = await createCertificate({ commonName: 'Other Root' });
    const nameWith = async (ca: string[]): Promise<string | undefined> =>
      (await explainOn(machine, target, { ca })).diagnoses[0]?.name;
    assert.equal(await nameWith([]), 'empty-ca');
    assert.equal(await nameWith([other.pem]), 'ca-replaces-defaults');
    assert.equal(await nameWith([(await root).pem]), 'ok');
    const mended = getTrustedCAs({ system: { env: machine.env }, userCAs: [other.pem] });
    assert.equal(await nameWith(mended), 'ok');
  },
);

test(
  "a ca that holds all of Node's roots is told, and taken as an injected process takes it",
  unix,
  async (t) => {
    const leaf = await leafOf(await intermediate);
    const { target } = await serve(t, { leaf, chain: [await intermediate] });
    const machine = makeMachine(t, { system: [(await root).pem] });
    const { rootCertificates } = await import('node:tls');
    const other = await createCertificate({ commonName: 'Other Root' });
    const ca = [...rootCertificates, other.pem];
    const names = async (given: string[]): Promise<string> =>
      (await explainOn(machine, target, { ca: given })).diagnoses.map(({ name }) => name).join();
    const { diagnoses } = await explainOn(machine, target, { ca });
    assert.deepEqual(diagnoses.map(({ name }) => name).join(), 'ca-replaces-defaults,root-list');
    assert.match(String(diagnoses[0]?.remedy), /Call `inject\(\)`/);
    assert.match(String(diagnoses[1]?.summary), /and 1 more: under inject\(\)/);
    const injection = inject();
    try {
      assert.equal(await names(ca), 'ok,root-list');
      assert.equal(await names(ca.slice(1)), 'ca-replaces-defaults');
      inject({ rootLists: false });
      const { diagnoses: literal } = await explainOn(machine, target, { ca });
      assert.deepEqual(
        literal.map(({ name }) => name),
        ['ca-replaces-defaults', 'root-list'],
      );
      assert.match(String(literal[0]?.remedy), /getTrustedCAs/);
      assert.match(String(literal[1]?.summary), /literally/);
    } finally {
      injection.restore();
    }
  },
);

test(
  'a certificate Node trusts by itself is ok, and the exit of the chain is told',
  unix,
  async (t) => {
    const leaf = await leafOf(await intermediate);
    const { target } = await serve(t, { leaf, chain: [await intermediate] });
    const { keyPem, pem } = await root;
    const ca = [keyPem, pem];
    const { ok, diagnoses, errors } = await explainOn(makeMachine(t, {}), target, { ca });
    assert.equal(ok, true);
    const messages = errors.map(({ message }) => message);
    assert.ok(messages.includes('An entry of ca holds no certificate: it is a private key'));
    assert.equal(diagnoses[0]?.name, 'ok');
    assert.match(diagnoses[0].summary, /Explained Root/);
  },
);

test('every answer survives JSON and never proposes to stop verifying', unix, async (t) => {
  for (const { machine, served } of await cases()) {
    const { target } = await serve(t, served);
    const explanation = await explainOn(makeMachine(t, machine), target);
    assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation);
    for (const { remedy } of explanation.diagnoses) {
      assert.doesNotMatch(remedy, /rejectUnauthorized|REJECT_UNAUTHORIZED|insecure/i);
      assert.notEqual(remedy, '');
    }
  }
});

test('a server that insists on a client certificate is distinguished from one that asks', async (t) => {
  const leaf = await leafOf(await root);
  const ca = (await root).pem;
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const asks = { requestCert: true, rejectUnauthorized: false, maxVersion };
    const insists = { requestCert: true, rejectUnauthorized: true, ca, maxVersion };
    const names = async (options: tls.TlsOptions): Promise<string> => {
      const { target } = await serve(t, { leaf, options });
      const { diagnoses } = await explain(target, { ca, proxy: false });
      return diagnoses.map(({ name, severity }) => `${name} ${severity}`).join(', ');
    };
    assert.equal(await names(asks), 'ok info, client-certificate info');
    assert.equal(await names(insists), 'client-certificate error');
  }
});

test('options and targets of the wrong kind are refused with a code', async () => {
  const code = 'ERR_TRUSTSTORE_INVALID_ARGUMENT';
  await assert.rejects(explain(''), (error) => error instanceof TruststoreError);
  await assert.rejects(explain(''), { code, operation: 'check options' });
  await assert.rejects(explain('gopher://host'), { code });
  await assert.rejects(explain('host:99999'), { code });
  await assert.rejects(explain('host', { timeoutMs: -1 }), { code });
  await assert.rejects(explain('host', { startTls: 'ftp' as 'smtp' }), { code });
  await assert.rejects(explain('host', { proxy: 'socks5://user:secret@host' }), (error: Error) => {
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
