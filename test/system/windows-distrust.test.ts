/**
 * What Windows distrusts without a store that holds it, and which peers it trusts: lists, the verifier of Windows and
 * .NET's X509Chain, each asked about the same chains. Started by windows-store.ps1, which always cleans up and restores
 * Microsoft's own list.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

import { inject, readSystemStore, verifyChain } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki';
import type { CertificateSpec, TestCertificate } from '../helpers/pki';
import { certificate, commonName, oid, sequence } from '../native/der';
import {
  keyHash,
  listPlace,
  makeList,
  setDisallowedList,
  signatureHash,
} from '../windows/disallowed-list';
import { addToStores, removeFromStores } from '../windows/stores';
import type { Location, RegistryHost, StoreEntry } from '../windows/stores';
import { fingerprint } from '../windows/summary';
import { namePrefix } from '../windows/table';

const execute = promisify(execFile);
const skip =
  process.platform !== 'win32'
    ? 'Windows only'
    : process.env.WINDOWS_TEST_STORES === undefined
      ? 'changes the stores of this machine: run npm run test:windows-store as administrator'
      : false;

/** Prints what keeps the chain from being trusted for servers, or nothing. Does not use the network. */
const chainScript = `param([string] $leaf, [string] $issuer)
$ErrorActionPreference = 'Stop'
$type = 'Security.Cryptography.X509Certificates.X509'
$chain = New-Object ($type + 'Chain')
$chain.ChainPolicy.RevocationMode = 'NoCheck'
[void] $chain.ChainPolicy.ApplicationPolicy.Add((New-Object Security.Cryptography.Oid '1.3.6.1.5.5.7.3.1'))
if ($issuer) { [void] $chain.ChainPolicy.ExtraStore.Add((New-Object ($type + 'Certificate2') $issuer)) }
[void] $chain.Build((New-Object ($type + 'Certificate2') $leaf))
($chain.ChainStatus | ForEach-Object { $_.Status }) -join ','
`;

interface Case {
  name: string;
  /** The chain, the server's certificate first. */
  chain: TestCertificate[];
  accepted: boolean;
  /** .NET does not ask for peers. */
  isPeer?: boolean;
}

const year = (number: number): Date => new Date(`${String(number)}-01-01T00:00:00Z`);

describe('what Windows distrusts by lists and dates, and its peers', { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'os-truststore-distrust-'));
  const host: RegistryHost = {
    async importRegistry(content) {
      const file = path.join(folder, 'change.reg');
      writeFileSync(file, content);
      await execute('reg', ['import', file]);
    },
  };
  const entries: StoreEntry[] = [];
  const cases: Case[] = [];
  const listed: TestCertificate[] = [];
  let ed25519: TestCertificate;

  const create = (name: string, spec: Partial<CertificateSpec> = {}): Promise<TestCertificate> =>
    createCertificate({ commonName: namePrefix + name, ...spec });
  const issue = (name: string, issuer: TestCertificate, spec: Partial<CertificateSpec> = {}) =>
    create(name, { issuer, ca: false, ip: ['127.0.0.1'], ...spec });
  async function createRoot(name: string, dates: Partial<StoreEntry> = {}) {
    const root = await create(name);
    entries.push({ certificate: root, location: 'LOCAL_MACHINE', store: 'ROOT', ...dates });
    return root;
  }
  const addCase = (name: string, accepted: boolean, ...chain: TestCertificate[]): void => {
    cases.push({ name, accepted, chain });
  };

  async function addListed(): Promise<Buffer[]> {
    const root = await createRoot('list: root');
    addCase('not on the list', true, await issue('list: good', root));
    const bySignature = await issue('list: by signature', root);
    const byKey = await issue('list: by key', root);
    const issuer = await create('list: issuer', { issuer: root });
    const listedRoot = await createRoot('list: listed root');
    addCase('by what was signed', false, bySignature);
    addCase('by key', false, byKey);
    addCase(
      'issued again for its key',
      false,
      await issue('list: again', root, { keys: byKey.keys }),
    );
    addCase('an issuer by key', false, await issue('list: of issuer', issuer), issuer);
    addCase('a root by what was signed', false, await issue('list: of root', listedRoot));
    listed.push(listedRoot);
    return [
      ...[bySignature, listedRoot].map(({ der }) => signatureHash(der)),
      ...[byKey, issuer].map(({ der }) => keyHash(der)),
    ];
  }

  async function addDated(): Promise<void> {
    const disabled = await createRoot('dates: disabled', { disabledSince: year(2022) });
    const later = await createRoot('dates: disabled later', { disabledSince: year(2110) });
    const dated = await createRoot('dates: not before', { notBefore: year(2022) });
    addCase('of a disabled root', false, await issue('dates: of disabled', disabled));
    addCase('of a root to be disabled', true, await issue('dates: of later', later));
    const old = { validFrom: year(2021) };
    const young = { validFrom: year(2023) };
    addCase('older than a NotBefore date', true, await issue('dates: old', dated, old));
    addCase('younger than a NotBefore date', false, await issue('dates: young', dated, young));
  }

  async function addPeers(): Promise<void> {
    const places: [Location, boolean][] = [
      ['LOCAL_MACHINE', true],
      ['LOCAL_MACHINE_GROUP_POLICY', true],
      ['LOCAL_MACHINE_ENTERPRISE', true],
      ['CURRENT_USER', false],
    ];
    for (const [location, accepted] of places) {
      const peer = await create(`peer of ${location}`, { ca: false, ip: ['127.0.0.1'] });
      entries.push({ certificate: peer, location, store: 'TrustedPeople' });
      cases.push({ name: `a peer of ${location}`, accepted, isPeer: true, chain: [peer] });
    }
  }

  before(async () => {
    const hashes = await addListed();
    await addDated();
    await addPeers();
    const subject = commonName(`${namePrefix}Ed25519`);
    const signatureAlgorithm = sequence(oid('1.3.101.112'));
    const der = certificate({ subject, signatureAlgorithm });
    ed25519 = { ...(await create('unused')), der };
    entries.push({ certificate: ed25519, location: 'LOCAL_MACHINE', store: 'ROOT' });
    await addToStores(host, entries);
    await setDisallowedList(host, makeList(hashes));
    writeFileSync(path.join(folder, 'chain.ps1'), chainScript);
  });
  after(async () => {
    await removeFromStores(host, entries);
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect({ chain }: Case): Promise<boolean> {
    const [leaf] = chain;
    const cert = chain.map(({ pem }) => pem).join('');
    const server = createServer({ key: leaf?.keyPem, cert }, (_, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      return await new Promise((resolve) => {
        get({ host: '127.0.0.1', port, agent: false }, (response) => {
          response.resume().once('end', () => {
            resolve(true);
          });
        }).once('error', () => {
          resolve(false);
        });
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Uses a process of its own, because an engine may keep the list it has read. */
  async function askDotNet({ chain }: Case): Promise<boolean> {
    const files = chain.map(({ der }, index) => {
      const file = path.join(folder, `chain-${String(index)}.cer`);
      writeFileSync(file, der);
      return file;
    });
    const script = [
      '-NoProfile',
      '-ExecutionPolicy',
      'Bypass',
      '-File',
      path.join(folder, 'chain.ps1'),
    ];
    const { stdout } = await execute('powershell', [...script, ...files]);
    return stdout.trim() === '';
  }

  it('are judged alike by lists, by the verifier and by .NET', async () => {
    const injection = inject();
    await injection.ready;
    const outcomes = [];
    try {
      for (const one of cases) {
        const chain = one.chain.map(({ der }) => der);
        const { ok: verifier } = await verifyChain(chain, { host: '127.0.0.1' });
        const lists = await connect(one);
        const dotNet = one.isPeer ? one.accepted : await askDotNet(one);
        outcomes.push({ name: one.name, lists, verifier, dotNet });
      }
    } finally {
      injection.restore();
    }
    assert.deepEqual(
      outcomes,
      cases.map(({ name, accepted }) => ({
        name,
        lists: accepted,
        verifier: accepted,
        dotNet: accepted,
      })),
    );
  });

  it('are named with the place that says so', () => {
    const store = readSystemStore();
    assert.deepEqual(store.errors, []);
    for (const { pem } of listed) {
      const found = store.certificates.find(
        ({ fingerprint256 }) => fingerprint256 === fingerprint(pem),
      );
      const { location, store: value } = found?.sources.at(-1) ?? {};
      assert.deepEqual({ location, store: value }, listPlace);
    }
  });

  // If this Windows cannot hash something, it cannot be listed.
  it('are not what is signed with an algorithm of today', () => {
    const found = readSystemStore().certificates.find(({ der }) => der.equals(ed25519.der));
    assert.notEqual(found?.skipped, 'distrusted');
  });
});
