/**
 * Distrust on connections of every kind: with a trust or a check of their own, over existing sockets, with sessions of
 * any origin, and while the set changes.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { startConnectProxy } from '../../helpers/connect-proxy.js';
import type { MemoryStore } from '../../helpers/memory-binding.js';
import {
  createLeaf,
  createPfx,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';
import type { Input, Servers } from './distrust-connections.scenarios.js';
import type { Patcher } from './distrust-matrix.scenarios.js';

const SCENARIOS = join(__dirname, 'distrust-connections.scenarios.js');
const NO_ISSUER = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';

type Outcome = Record<string, string>;
type Outcomes = Record<string, Outcome>;

/** The outcomes for the servers of `prepare`, with default trust and with a trust of the connection's own. */
const JUDGED = { good: 'ok', renewed: 'ok', leaf: 'CERT_REJECTED', issued: 'CERT_REJECTED' };
const EXACT = { good: 'ok', renewed: 'ok', leaf: 'ok', issued: 'ok' };

interface World extends Input {
  store: Required<Pick<MemoryStore, 'anchors' | 'distrusted'>>;
}

/**
 * Makes one root, below which a leaf and an intermediate are distrusted. `issued` has only that intermediate; `renewed`
 * also sends the one that replaced it.
 */
async function prepare(t: TestContext, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<World> {
  const root = await createRoot();
  const intermediate = await createRoot({ commonName: 'Issuing CA', issuer: root });
  const { keys } = intermediate;
  const old = await createRoot({ commonName: 'Issuing CA', issuer: root, keys });
  const leaf = await createLeaf(intermediate);
  const chains = {
    good: [await createLeaf(intermediate), intermediate],
    renewed: [await createLeaf(intermediate), old, intermediate],
    leaf: [leaf, intermediate],
    issued: [await createLeaf(intermediate), old],
  };
  const servers: Servers = {};
  for (const [name, [first, ...sent]] of Object.entries(chains)) {
    if (first) servers[name] = (await startServer(t, first, sent, { maxVersion })).url;
  }
  const store = { anchors: [root.pem], distrusted: [leaf.pem, old.pem] };
  return { servers, store, root: root.pem };
}

async function run<Result>(name: string, input: object, env = {}): Promise<Result> {
  return (await runScenario<Result>(SCENARIOS, name, { input, env })).result;
}

function assertAll(outcomes: Outcomes, expected: Outcome): void {
  const all = Object.keys(outcomes).map((way) => [way, expected]);
  assert.ok(all.length > 0, 'nothing was tried');
  assert.deepEqual(outcomes, Object.fromEntries(all));
}

void test('a trust of its own keeps its exact meaning, whatever was connected before', async (t) => {
  const world = await prepare(t, 'TLSv1.3');
  const input = { ...world, pfx: await createPfx(t, world.root) };
  const { before, usual, after } = await run<Record<string, Outcomes>>('explicitTrust', input);
  assertAll(before ?? {}, EXACT);
  assertAll(usual ?? {}, JUDGED);
  assertAll(after ?? {}, EXACT);
});

void test('without rejectUnauthorized it is connected, and said who would have been refused', async (t) => {
  const { first, then } = await run<Record<string, Outcomes>>(
    'unverified',
    await prepare(t, 'TLSv1.3'),
  );
  const [authorized, rejected] = ['true ', 'false CERT_REJECTED'];
  const expected = {
    usual: { good: authorized, renewed: authorized, leaf: rejected, issued: rejected },
    ca: { good: authorized, renewed: authorized, leaf: authorized, issued: authorized },
  };
  assert.deepEqual(first, expected);
  assert.deepEqual(then, expected);
});

interface Checked {
  outcome: string;
  asked: unknown[];
}

void test('a check of the program is asked once, as Node asks, and distrust holds beside it', async (t) => {
  const world = await prepare(t, 'TLSv1.3');
  type Result = Record<string, Record<string, Checked>>;
  const stock = await run<Result>('ownCheck', { ...world, trust: { ca: world.root } });
  const ours = await run<Result>('ownCheck', { ...world, trust: {} });
  for (const [way, servers] of Object.entries(stock)) {
    for (const [server, { outcome, asked }] of Object.entries(servers)) {
      assert.equal(asked.length, 1, `${way}, ${server}`);
      const isRefusing = way.endsWith('refusing');
      assert.equal(outcome, isRefusing ? 'ERR_OWN' : 'ok', `${way}, ${server}, without us`);
      const expected = isRefusing ? 'ERR_OWN' : JUDGED[server as keyof typeof JUDGED];
      assert.deepEqual(ours[way]?.[server], { outcome: expected, asked }, `${way}, ${server}`);
    }
  }
});

void test('connections over sockets and through tunnels are judged like any other', async (t) => {
  const proxy = await startConnectProxy(t);
  const input = { ...(await prepare(t, 'TLSv1.3')), proxy: proxy.url };
  assertAll(await run<Outcomes>('overSockets', input), JUDGED);
  assert.equal(proxy.tunnels(), 12);
});

interface Sessions {
  agent: Outcomes;
  strangers: Record<string, Outcomes>;
  own: Outcomes;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  void test(`a session of any origin is no way around distrust (${version})`, async (t) => {
    const world = await prepare(t, version);
    const extra = writeFile(temporaryDirectory(t), 'extra.pem', world.root);
    const env = { NODE_EXTRA_CA_CERTS: extra };
    const { agent, strangers, own } = await run<Sessions>('sessions', world, env);
    assert.deepEqual(withoutReuse({ agent: agent['agent'] ?? {} }), { agent: EXACT });
    assert.deepEqual(withoutReuse({ after: agent['after'] ?? {} }), { after: JUDGED });
    for (const outcomes of Object.values(strangers)) assertAll(withoutReuse(outcomes), JUDGED);
    const [resumed, none] = ['ok reused', 'no session'];
    const expected = { good: resumed, renewed: resumed, leaf: none, issued: none };
    assertAll(withoutUndici(own), expected);
  });
}

/** Ignores whether a connection was resumed or new, because Node decides that. */
function withoutReuse(outcomes: Outcomes): Outcomes {
  return Object.fromEntries(
    Object.entries(outcomes).map(([way, servers]) => [
      way,
      Object.fromEntries(
        Object.entries(servers).map(([name, code]) => [name, code.replace(' reused', '')]),
      ),
    ]),
  );
}

/** Leaves undici out, which hands on only the server's answer. */
function withoutUndici(outcomes: Outcomes): Outcomes {
  return Object.fromEntries(Object.entries(outcomes).filter(([way]) => way !== 'undici'));
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  void test(`distrust that comes and goes counts from the next connection on (${version})`, async (t) => {
    const world = await prepare(t, version);
    const store = { anchors: world.store.anchors };
    const input = { ...world, store, later: world.store };
    const { first, distrusted, again } = await run<Record<string, Outcomes>>('changes', input);
    assertAll(withoutReuse(first ?? {}), EXACT);
    assertAll(withoutReuse(distrusted ?? {}), JUDGED);
    assertAll(withoutReuse(again ?? {}), EXACT);
  });
}

const names = [
  'tls.createSecureContext',
  'tls.connect',
  'https.Agent.prototype.createConnection',
] as const;
const patchers: (Patcher | undefined)[] = [
  undefined,
  ...names.flatMap((name) => [
    { name, when: 'before' as const },
    { name, when: 'after' as const },
  ]),
];

void test('a CA that is added and removed takes its sessions with it, also where others have replaced functions', async (t) => {
  const world = await prepare(t, 'TLSv1.3');
  const store = { ...world.store, anchors: [] };
  const refused = { good: NO_ISSUER, renewed: NO_ISSUER, leaf: NO_ISSUER, issued: NO_ISSUER };
  for (const patcher of patchers) {
    const input = { ...world, store, ...(patcher && { patcher }) };
    const { before, added, removed } = await run<Record<string, Outcomes>>(
      'addedAndRemoved',
      input,
    );
    assertAll(before ?? {}, refused);
    assertAll(withoutReuse(added ?? {}), JUDGED);
    assertAll(removed ?? {}, refused);
  }
});
