/**
 * Certificates that the machine distrusts are named as the reason only where no chain avoids them.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';

import { saveFix } from '../../dist/explain/fix.js';
import { inject } from '../../dist/index.js';
import type { Explanation } from '../../dist/index.js';
import { EKU, createCertificate, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { reencoded } from '../helpers/reencoded.js';
import { trustedPem } from '../helpers/roots.js';
import { aia, startPublisher } from '../verify/authority.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from './loopback.js';
import type { MachineFiles, TestContext } from './loopback.js';

/** The store of these tests is files. */
const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

interface Pki {
  root: TestCertificate;
  issuing: TestCertificate;
  /** Has the key of `issuing` and a later date. */
  renewed: TestCertificate;
  leaf: TestCertificate;
  other: TestCertificate;
  /** Has the key of `root` and is signed by `other`. */
  cross: TestCertificate;
}

async function makePki(): Promise<Pki> {
  const root = await createCertificate({ commonName: 'Root' });
  const other = await createCertificate({ commonName: 'Other Root' });
  const issuing = await createCertificate({ commonName: 'Issuing CA', issuer: root });
  const { keys } = issuing;
  const renewed = await createCertificate({ commonName: 'Issuing CA', issuer: root, keys });
  const cross = await createCertificate({ commonName: 'Root', issuer: other, keys: root.keys });
  return { root, issuing, renewed, leaf: await leafOf(issuing), other, cross };
}

const pki = makePki();
const old = { validTo: new Date('2021-01-01') };

function twinOf(certificate: TestCertificate): TestCertificate {
  const der = reencoded(certificate.der);
  return { ...certificate, der, pem: toPem(der) };
}

interface Host {
  trusted?: TestCertificate[];
  /** Certificates in NODE_EXTRA_CA_CERTS. */
  extra?: TestCertificate[];
  distrusted: TestCertificate[];
  /** The certificates the server sends, its own first. */
  sent: readonly TestCertificate[];
}

function machineOf(t: TestContext, { trusted = [], extra, distrusted }: Host): MachineFiles {
  const rejected = distrusted.map(({ der }) => trustedPem(der, { reject: [EKU.serverAuth] }));
  const system = [...trusted.map(({ pem }) => pem), ...rejected];
  return makeMachine(t, { system, ...(extra ? { extra: extra.map(({ pem }) => pem) } : {}) });
}

async function serve(
  t: TestContext,
  [leaf, ...chain]: readonly TestCertificate[],
): Promise<string> {
  assert.ok(leaf);
  return `localhost:${await listen(t, tlsServer({ leaf, chain }).server)}`;
}

function namesOf({ diagnoses }: Explanation): string {
  return diagnoses.map(({ name }) => name).join(', ');
}

/** Returns what the diagnosis `distrusted` blames, so that its absence is visible too. */
function blamedBy({ diagnoses }: Explanation): string[] {
  return diagnoses.find(({ name }) => name === 'distrusted')?.certificates ?? [];
}

function fingerprintOf({ der }: TestCertificate): string {
  return new X509Certificate(der).fingerprint256;
}

type Row = Host & { name: string; expected: string; blamed?: TestCertificate[] };

async function refusals(): Promise<Row[]> {
  const { root, issuing, leaf, other, cross } = await pki;
  const alone = await leafOf(undefined);
  const tired = await leafOf(issuing, old);
  const [expected, both] = ['distrusted', 'expired, distrusted'];
  const sent = [leaf, issuing];
  const past = [leaf, issuing, cross];
  const twins = { leaf: twinOf(leaf), issuing: twinOf(issuing), cross: twinOf(cross) };
  const row = (name: string, host: Host, blamed: TestCertificate, is = expected): Row => {
    return { name, ...host, blamed: [blamed], expected: is };
  };
  const trusted = [root];
  const words = await createCertificate({ commonName: 'EXPIRED INVALID_CA', issuer: root });
  const misnamed = { trusted, distrusted: [words], sent: [await leafOf(words), words] as const };
  return [
    row('the leaf', { trusted, distrusted: [leaf], sent }, leaf),
    row('a leaf that vouches for itself', { distrusted: [alone], sent: [alone] }, alone),
    row('the intermediate', { trusted, distrusted: [issuing], sent }, issuing),
    row('an intermediate left out', { trusted, distrusted: [issuing], sent: [leaf] }, issuing),
    row('an intermediate of nobody', { distrusted: [issuing], sent }, issuing),
    row('the root', { distrusted: [root], sent }, root),
    row('the root, sent', { distrusted: [root], sent: [...sent, root] }, root),
    row('a cross-sign', { trusted: [other], distrusted: [cross], sent: past }, cross),
    row('a cross-sign to nobody', { distrusted: [cross], sent: past }, cross),
    row('a CA with the words of another fault for a name', misnamed, misnamed.sent[1]),
    row('a leaf of nobody', { distrusted: [leaf], sent }, leaf),
    row(
      'an intermediate, and an expired leaf',
      { trusted, distrusted: [issuing], sent: [tired, issuing] },
      issuing,
      both,
    ),
    row('an expired leaf as well', { distrusted: [root], sent: [tired, issuing] }, root, both),
    row(
      'the leaf in another encoding',
      { trusted, distrusted: [leaf], sent: [twins.leaf, issuing] },
      twins.leaf,
    ),
    row(
      'the intermediate in another encoding',
      { trusted, distrusted: [issuing], sent: [leaf, twins.issuing] },
      twins.issuing,
    ),
    row(
      'a cross-sign in another encoding',
      { trusted: [other], distrusted: [cross], sent: [leaf, issuing, twins.cross] },
      twins.cross,
    ),
    {
      name: 'two on the way, and one that is on no way',
      trusted: [other],
      distrusted: [issuing, cross, alone],
      sent: [leaf, alone, issuing, cross],
      expected,
      blamed: [issuing, cross],
    },
  ];
}

async function othersFaults(): Promise<Row[]> {
  const { root, issuing, renewed, leaf, other, cross } = await pki;
  const trusted = [root];
  const foreign = await createCertificate({ commonName: 'Foreign Root' });
  const stray = await leafOf(issuing, { dns: ['other.test'], ip: [] });
  const plain = { keyIdentifiers: false };
  const impostor = await createCertificate({ commonName: 'Issuing CA', issuer: root, ...plain });
  const namesake = await createCertificate({ commonName: 'Issuing CA', issuer: root, ...plain });
  const { keys } = issuing;
  const expired = await createCertificate({ commonName: 'Issuing CA', issuer: root, keys, ...old });
  const found = 'system-only-root';
  return [
    {
      name: 'the twin of a trusted root',
      ...{ trusted, distrusted: [cross], sent: [leaf, issuing, cross] },
      expected: `${found}, unneeded-certificates`,
    },
    {
      name: 'the twin, and an expired leaf',
      ...{ trusted, distrusted: [cross], sent: [await leafOf(issuing, old), issuing, cross] },
      expected: 'expired',
    },
    {
      name: 'the twin, and another name',
      ...{ trusted, distrusted: [cross], sent: [stray, issuing, cross] },
      expected: 'wrong-host, unneeded-certificates',
    },
    {
      name: 'the twin, and an intermediate left out',
      ...{ trusted, distrusted: [cross], sent: [leaf, cross] },
      expected: 'unknown-issuer',
    },
    {
      name: 'the twin, and an issuer that is no CA',
      trusted,
      distrusted: [cross],
      sent: [await leafOf(leaf, { dns: ['localhost'] }), leaf, issuing, cross],
      expected: 'not-a-ca',
    },
    {
      name: 'a stranger that is sent, and an unknown root',
      ...{ distrusted: [foreign], sent: [leaf, issuing, root, foreign] },
      expected: 'untrusted-root',
    },
    {
      name: 'a namesake that signed nothing, and an intermediate left out',
      ...{ trusted, distrusted: [impostor], sent: [await leafOf(namesake, plain)] },
      expected: 'unknown-issuer',
    },
    {
      name: 'a namesake that signed nothing, and is sent',
      ...{ trusted, distrusted: [impostor], sent: [await leafOf(namesake, plain), impostor] },
      expected: 'unknown-issuer',
    },
    {
      name: 'an intermediate whose expired twin is in NODE_EXTRA_CA_CERTS',
      ...{ trusted, extra: [expired], distrusted: [issuing], sent: [leaf, issuing] },
      expected: 'expired',
    },
    {
      name: 'an intermediate whose renewed twin is sent',
      ...{ trusted, distrusted: [issuing], sent: [leaf, renewed] },
      expected: found,
    },
    {
      name: 'an intermediate that is sent with its renewed twin',
      ...{ trusted, distrusted: [renewed], sent: [leaf, renewed, issuing] },
      expected: `${found}, unneeded-certificates`,
    },
    {
      name: 'the root, whose twin leads to another',
      ...{ trusted: [other], distrusted: [root], sent: [leaf, issuing, cross] },
      expected: found,
    },
  ];
}

test(
  'a distrusted certificate that every chain needs is named, and nothing else',
  unix,
  async (t) => {
    for (const { name, expected, blamed = [], ...host } of await refusals()) {
      const target = await serve(t, host.sent);
      const explanation = await explainOn(machineOf(t, host), target);
      assert.equal(explanation.ok, false, name);
      assert.equal(namesOf(explanation), expected, name);
      assert.deepEqual(blamedBy(explanation), blamed.map(fingerprintOf), name);
      const { summary = '', remedy = '' } = explanation.diagnoses.at(-1) ?? {};
      assert.match(summary, /serial number [0-9A-F]+, in \S*system\.pem\)/, name);
      assert.match(remedy, /take the distrust out of \S*system\.pem/, name);
    }
  },
);

test('a distrusted certificate that is not the reason is not named as one', unix, async (t) => {
  for (const { name, expected, ...host } of await othersFaults()) {
    const target = await serve(t, host.sent);
    const explanation = await explainOn(machineOf(t, host), target);
    assert.equal(namesOf(explanation), expected, name);
  }
});

test(
  'what OpenSSL alone would accept is refused with the code connections get',
  unix,
  async (t) => {
    const { root, issuing, leaf } = await pki;
    const sent = [leaf, issuing];
    const machine = machineOf(t, { trusted: [root], distrusted: [issuing], sent });
    const { sources } = await explainOn(machine, await serve(t, sent));
    const merged = sources.find(({ source }) => source === 'merged');
    assert.equal(merged?.verdict, 'refused');
    assert.equal(merged.error?.code, 'CERT_REJECTED');
    assert.match(merged.error.message, /Issuing CA/);
    assert.equal(sources.find(({ source }) => source === 'system')?.verdict, 'trusted');
  },
);

test('a distrusted twin that does no harm is called what it is', unix, async (t) => {
  const { root, issuing, renewed, leaf, cross } = await pki;
  const hosts = [
    { distrusted: cross, sent: [leaf, issuing, cross], named: '“Root” (distrusted)' },
    { distrusted: renewed, sent: [leaf, renewed, issuing], named: '“Issuing CA” (distrusted)' },
  ];
  for (const { distrusted, sent, named } of hosts) {
    const machine = machineOf(t, { trusted: [root], distrusted: [distrusted], sent });
    const { ok, diagnoses } = await explainOn(machine, await serve(t, sent));
    assert.equal(ok, true, named);
    assert.deepEqual(diagnoses[1]?.certificates, [fingerprintOf(distrusted)], named);
    assert.ok(diagnoses[1].summary.includes(named), diagnoses[1].summary);
  }
});

test(
  'an explicit ca means what it says, and one of all of Node’s roots is judged',
  unix,
  async (t) => {
    const { root, issuing, leaf } = await pki;
    const sent = [leaf, issuing];
    const machine = machineOf(t, { trusted: [root], distrusted: [issuing], sent });
    const target = await serve(t, sent);
    const names = async (ca: string[]): Promise<string> =>
      namesOf(await explainOn(machine, target, { ca }));
    assert.equal(await names([root.pem]), 'ok');
    assert.equal(await names([...rootCertificates, root.pem]), 'ok, root-list', 'taken literally');
    const injection = inject();
    try {
      assert.equal(await names([root.pem]), 'ok');
      assert.equal(await names([...rootCertificates, root.pem]), 'distrusted, root-list');
    } finally {
      injection.restore();
    }
  },
);

interface Fetched {
  /** The certificate at the place that the leaf names for its issuer. */
  published: (pki: Pki) => TestCertificate;
  sent?: (pki: Pki) => TestCertificate[];
  expected: string;
  offered: 'the renewed one' | 'nothing';
}

const fetches: Record<string, Fetched> = {
  'only the distrusted one': {
    published: ({ issuing }) => issuing,
    expected: 'distrusted',
    offered: 'nothing',
  },
  'the distrusted one in another encoding': {
    published: ({ issuing }) => twinOf(issuing),
    expected: 'distrusted',
    offered: 'nothing',
  },
  'its renewed twin': {
    published: ({ renewed }) => renewed,
    expected: 'missing-intermediate',
    offered: 'the renewed one',
  },
  'its renewed twin, while the server sends the distrusted one': {
    published: ({ renewed }) => renewed,
    sent: ({ issuing }) => [issuing],
    expected: 'distrusted',
    offered: 'the renewed one',
  },
};

for (const [name, { published, sent = () => [], expected, offered }] of Object.entries(fetches)) {
  test(`of a distrusted intermediate, there is to be had: ${name}`, unix, async (t) => {
    const all = await pki;
    const publisher = await startPublisher(t);
    const url = publisher.publish('ca', published(all).der);
    const leaf = await leafOf(all.issuing, { extensions: [aia(url)] });
    const chain = [leaf, ...sent(all)];
    const { root, issuing, renewed } = all;
    const machine = machineOf(t, { trusted: [root], distrusted: [issuing], sent: chain });
    const target = await serve(t, chain);
    const explanation = await explainOn(machine, target, { allowPrivate: true });
    const [first] = explanation.diagnoses;
    assert.equal(namesOf(explanation), expected);
    assert.deepEqual(publisher.requests, ['/ca']);
    if (!first?.fix) {
      assert.equal(offered, 'nothing');
      assert.match(explanation.fetches[0]?.message ?? '', /distrusts/);
      return;
    }
    assert.deepEqual(first.fix.certificates, [renewed.pem]);
    assert.match(first.remedy, /--fix/);
    saveFix(first.fix, machine.env);
    assert.equal(readdirSync(machine.userDirectory).length, 1);
    assert.equal((await explainOn(machine, target)).ok, true);
  });
}
