/**
 * The usual trust set is built from the addon's answers without merging. It must equal the set that a merge makes.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { rootCertificates } from 'node:tls';

import { loadAddon } from '../../dist/addon/load-addon.js';
import { setBindingForTests } from '../../dist/addon/load-binding.js';
import { sha256OfPem } from '../../dist/certificate/fingerprint.js';
import { buildTrustSet, buildWholeTrustSet } from '../../dist/trust/make-trust-set.js';
import { resolveTrustOptions } from '../../dist/trust/options/options.js';
import type { TrustSet } from '../../dist/trust/trust-set.js';
import type { TrustOptions } from '../../dist/types.js';
import { toPem } from '../helpers/pem.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { p11KitName, trustedPem } from '../helpers/roots.js';
import { Extensions, certificate, commonName, utcTime } from '../native/der.js';
import type { RawCertificate } from '../native/der.js';

const RUNTIMES = Buffer.from(rootCertificates.join('\n'));
const NOW = Date.UTC(2026, 0, 1);
const { ca, notCa, eku, subjectKeyId, authorityKeyId } = Extensions;

/** Returns the same numbers every time (a linear congruential generator). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

type Random = ReturnType<typeof generator>;

const NAMES = 42;

interface Pool {
  /** Self-signed CAs; some names have several. */
  roots: string[];
  /** CAs with another issuer; some lead nowhere. */
  helpers: string[];
  /** Certificates with other dates or purposes, peers, and rejected ones. */
  odd: string[];
}

function makePool(random: Random): Pool {
  let serial = 0;
  const make = (raw: RawCertificate = {}, ...extensions: Buffer[]): Buffer => {
    const ids = [subjectKeyId, authorityKeyId].flatMap((id) =>
      random(4) === 0 ? [id(`key ${random(2)}`)] : [],
    );
    const subject = commonName(`name ${random(NAMES)}`);
    return certificate({
      serial: [1, serial++],
      subject,
      extensions: [...(extensions.length > 0 ? extensions : [ca]), ...ids],
      ...raw,
    });
  };
  const issuer = (): Buffer => commonName(`name ${random(NAMES / 3)}`);
  const many = (count: number, one: () => string): string[] => Array.from({ length: count }, one);
  const oddities = [
    () => toPem(make({ notAfter: utcTime('250101000000Z') })),
    () => toPem(make({ notBefore: utcTime('280101000000Z') })),
    () => toPem(make({ issuer: issuer(), notAfter: utcTime('250101000000Z') })),
    () => toPem(make({}, notCa)),
    () => toPem(make({ issuer: issuer() }, notCa)),
    () => toPem(make({}, ca, eku('1.3.6.1.5.5.7.3.2'))),
    () => trustedPem(make(), { reject: ['1.3.6.1.5.5.7.3.1'] }),
  ];
  return {
    roots: many(60, () => toPem(make({ notBefore: utcTime(`${10 + random(9)}0101000000Z`) }))),
    helpers: many(30, () => toPem(make({ issuer: issuer() }))),
    odd: oddities.flatMap((one) => many(3, one)),
  };
}

interface Lists {
  bundled: string[];
  store: string[];
  user: string[];
  extra: string[];
  options: TrustOptions;
}

/** Alternates usual machines and others. */
function pickLists(random: Random, { roots, helpers, odd }: Pool): Lists {
  const some = (list: readonly string[], most: number): string[] =>
    Array.from({ length: random(most + 1) }, () => list[random(list.length)] ?? '');
  const oddness = random(3);
  const mixed = (most: number): string[] => [
    ...some(roots, most),
    ...(oddness > 0 ? some(helpers, most / 2) : []),
    ...(oddness > 1 && random(4) === 0 ? some(odd, 1) : []),
  ];
  const bundled = random(10) === 0 ? mixed(3) : some(roots, 4);
  const store = [...mixed(4), ...bundled.filter(() => random(2) === 0)];
  const rare = random(20);
  return {
    bundled,
    store,
    user: random(2) === 0 ? mixed(2) : [],
    extra: random(3) === 0 ? [...mixed(2), ...bundled.slice(0, random(2))] : [],
    options: {
      ...(rare === 1 ? { bundled: false } : {}),
      ...(rare === 2 && store[0] ? { exclude: [sha256OfPem(store[0])] } : {}),
      system: { intermediates: rare !== 3, expired: rare === 4 },
    },
  };
}

/** Returns what can be compared, and evaluates what is made on demand. */
function plain(set: TrustSet): object {
  const { certificates, anchors, warnings, userErrors, errors, ...rest } = set;
  // Only a set built without merging has namesakes.
  const { store, at, distrustedBy, ...values } = { ...rest, namesakes: undefined };
  const said = [...warnings, ...userErrors].map(({ code, message }) => `${code} ${message}`);
  assert.ok(store);
  assert.equal(typeof at, typeof distrustedBy);
  const [distrusted, excluded] = [set.distrusted, set.excluded].map((list) =>
    list.map(({ pem }) => pem),
  );
  return { ...values, distrusted, excluded, certificates, anchors, said, errors };
}

const addon = loadAddon();
let directory = '';

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'os-truststore-beside-'));
  mkdirSync(join(directory, 'empty'));
});
after(() => {
  setBindingForTests(undefined);
  rmSync(directory, { recursive: true, force: true });
});

/** Makes the set that connections get, and the merged one for callers that want all of it. */
function makeBoth(
  lists: Lists,
  named: readonly TestCertificate[] = [],
): { how: 'together' | 'merged'; set: TrustSet; whole: TrustSet } {
  const roots = addon.roots?.(lists.bundled);
  assert.ok(roots);
  const bundled = Buffer.from(lists.bundled.join(''));
  setBindingForTests({
    ...addon,
    roots: () => roots,
    parse: (input, policy) => addon.parse(RUNTIMES.equals(input) ? bundled : input, policy),
  });
  const write = (name: string, pems: readonly string[]): string => {
    writeFileSync(join(directory, name), pems.join(''));
    return join(directory, name);
  };
  const { extra } = lists;
  const env = {
    HOME: directory,
    ...(extra.length > 0 ? { NODE_EXTRA_CA_CERTS: write('extra.pem', extra) } : {}),
  };
  const options = resolveTrustOptions({
    ...lists.options,
    userCAs: { certificates: lists.user },
    system: { ...(lists.options.system as object), env },
  });
  const policy = { ...options.systemOptions.policy, now: NOW };
  write('store.pem', lists.store);
  const blocklist = join(directory, 'etc/pki/ca-trust/source/blocklist');
  mkdirSync(blocklist, { recursive: true });
  const names = named.map((one) => p11KitName(one, { 'x-distrusted': 'true' }));
  writeFileSync(join(blocklist, 'names.p11-kit'), names.join('\n'));
  const request = { root: directory, sslCertFile: '/store.pem', sslCertDir: '/empty' };
  const store = addon.read(request, policy);
  const facts = store.facts.bind(store);
  let merges = 0;
  store.facts = (asked) => {
    merges++;
    return facts(asked);
  };
  const set = buildTrustSet(options, store, NOW);
  const how = merges > 0 ? 'merged' : 'together';
  return { how, set, whole: buildWholeTrustSet(options, store, NOW) };
}

it('the set put together is the set merged, whatever is in the lists', () => {
  const random = generator(20260101);
  const pool = makePool(random);
  const seen = { together: 0, merged: 0, intermediates: 0 };
  for (let round = 0; round < 500; round++) {
    const { how, set, whole } = makeBoth(pickLists(random, pool));
    assert.deepEqual(plain(set), plain(whole), `round ${round}, ${how}`);
    seen[how]++;
    if (how === 'together' && set.additions.length > set.addedAnchors.length) seen.intermediates++;
  }
  assert.ok(Math.min(...Object.values(seen)) > 10, JSON.stringify(seen));
});

it('an intermediate of the store is used where the user names its issuer', () => {
  const [bundled, stored, own] = ['bundled', 'stored', 'own'].map((name) =>
    toPem(certificate({ subject: commonName(name) })),
  ) as [string, string, string];
  const lost = toPem(
    certificate({ subject: commonName('lost'), issuer: commonName('own'), serial: [2] }),
  );
  const lists = { bundled: [bundled], store: [stored, lost], extra: [], options: {} };
  const without = makeBoth({ ...lists, user: [] });
  assert.deepEqual([without.how, without.set.additions], ['together', [stored]]);
  assert.deepEqual(makeBoth({ ...lists, user: [own] }).set.additions, [stored, own, lost]);
});

it('what is distrusted by name is merged where it is a root or of the user, and nowhere else', async () => {
  const [root, own, stored, stranger] = await Promise.all(
    ['root', 'own', 'stored', 'stranger'].map((name) => createCertificate({ commonName: name })),
  );
  assert.ok(root && own && stored && stranger);
  const lists = {
    bundled: [root.pem],
    store: [stored.pem],
    user: [own.pem],
    extra: [],
    options: {},
  };
  const outcomes = [[], [stranger], [root], [own], [stranger, own]].map((named) => {
    const { how, set, whole } = makeBoth(lists, named);
    assert.deepEqual(plain(set), plain(whole));
    return [how, set.certificates.length, set.facts.length];
  });
  assert.deepEqual(outcomes, [
    ['together', 3, 0],
    ['together', 3, 3],
    ['merged', 2, 2],
    ['merged', 2, 2],
    ['merged', 2, 2],
  ]);
});
