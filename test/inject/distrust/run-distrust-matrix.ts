/**
 * Tries the rows of the distrust table: the servers run here, and each client runs in a process of its own with each
 * library that may come in between.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { EKU } from '../../helpers/pki.js';
import { trustedPem } from '../../helpers/roots.js';
import { runScenario, startServer, temporaryDirectory, writeFile } from '../harness.js';
import { askRuntime, byOpenssl, byRule } from './distrust-matrix.reference.js';
import type { Attempts, Input, Patcher } from './distrust-matrix.scenarios.js';
import { createTable } from './distrust-matrix.table.js';
import type { Row, Table } from './distrust-matrix.table.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
export const skip = unix
  ? false
  : 'SSL_CERT_FILE is the store of Linux and other Unix systems alone';

const SCENARIOS = join(__dirname, 'distrust-matrix.scenarios.js');

const clients = ['https', 'tls', 'fetch', 'undici', 'http2', 'worker'] as const;
type ClientName = (typeof clients)[number] | 'undici-5' | 'undici-7';

/** Other versions of npm's undici than the one of `npm test`, where this Node can run them. */
export function otherUndicis(): ClientName[] {
  const { hasUndici } = require('../../../test/clients/clients.cjs') as {
    hasUndici: (name: string) => boolean;
  };
  return (['undici-5', 'undici-7'] as const).filter(hasUndici);
}

const names: readonly Patcher['name'][] = [
  'tls.createSecureContext',
  'tls.connect',
  'https.Agent.prototype.createConnection',
];
const patchers: readonly (Patcher | undefined)[] = [
  undefined,
  ...names.flatMap((name) => [
    { name, when: 'before' as const },
    { name, when: 'after' as const },
  ]),
];

/** These accept no session from outside, and may have lost those they keep. */
const TAKES_NO_SESSION: readonly ClientName[] = ['fetch', 'undici-5'];

interface ServedRow extends Row {
  /** A server that speaks TLS 1.2 at most, and one that speaks 1.3. */
  urls: readonly [string, string];
  /** This runtime's verdict with the set in force: `ok` or a code. */
  verdict: string;
}

export interface Matrix {
  rows: ServedRow[];
  /** The variables that name the machine's store. */
  env: Record<string, string>;
}

/** Makes the table and its servers, after checking that all references agree about what is right. */
export async function prepareMatrix(t: TestContext): Promise<Matrix> {
  const directory = temporaryDirectory(t);
  const table = await createTable();
  const rows: ServedRow[] = [];
  for (const row of table.rows) rows.push(await serve(t, row, table));
  const opinions = rows.map((row) => ({
    row: row.name,
    rule: byRule(row, table, row.verdict === 'ok'),
    reference: byOpenssl(row, table, directory),
  }));
  const expected = rows.map(({ name, outcome }) => ({
    row: name,
    rule: outcome,
    reference: outcome,
  }));
  assert.deepEqual(opinions, expected);
  const empty = join(directory, 'empty');
  mkdirSync(empty);
  const store = [
    ...table.trusted.map(({ pem }) => pem),
    ...table.distrusted.map(({ der }) => trustedPem(der, { reject: [EKU.serverAuth] })),
  ];
  const file = writeFile(directory, 'store.pem', store.join(''));
  return { rows, env: { SSL_CERT_FILE: file, SSL_CERT_DIR: empty } };
}

async function serve(t: TestContext, row: Row, table: Table): Promise<ServedRow> {
  const answer = ({ socket }: { socket: unknown }): string =>
    (socket as TLSSocket).isSessionReused() ? 'ok reused' : 'ok';
  const start = (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
    startServer(t, row.leaf, row.sent, { maxVersion }, answer);
  const [older, newer] = [await start('TLSv1.2'), await start('TLSv1.3')];
  return { ...row, urls: [older.url, newer.url], verdict: await askRuntime(newer.port, table) };
}

export interface Process {
  client: ClientName;
  patcher: Patcher | undefined;
  /** The rows, in this order. */
  rows: readonly ServedRow[];
  version: 0 | 1;
}

/** Makes one for each client and each library that may come in between. Each has another row first. */
export function allProcesses({ rows }: Matrix, tried: readonly ClientName[] = clients): Process[] {
  const pairs = tried.flatMap((client) => patchers.map((patcher) => ({ client, patcher })));
  return pairs.map((pair, index) => {
    const at = index % rows.length;
    const rotated = [...rows.slice(at), ...rows.slice(0, at)];
    return { ...pair, rows: rotated, version: index % 2 === 0 ? 0 : 1 };
  });
}

/** Makes processes that connect only to this row: a first, a second and a resumed connection. */
export function processesFor(row: ServedRow, index: number): Process[] {
  const name = names[index % names.length] ?? 'tls.connect';
  const between = [undefined, { name, when: 'before' }, { name, when: 'after' }] as const;
  return clients.flatMap((client, at) =>
    between.map((patcher, also) => ({
      ...{ client, patcher, rows: [row] },
      version: (index + at + also) % 2 === 0 ? 0 : 1,
    })),
  );
}

export function describe({ client, patcher }: Process): string {
  return patcher ? `${client}, ${patcher.name} replaced ${patcher.when} inject()` : client;
}

/** Returns the outcomes that differ from the expected ones; empty when all is well. */
export async function findFaults({ env }: Matrix, tried: Process): Promise<string[]> {
  const { client, patcher, rows, version } = tried;
  const input: Input = {
    // A worker uses an agent.
    client: client === 'worker' ? 'https' : client,
    ...(patcher && { patcher }),
    urls: rows.map(({ urls }) => urls[version]),
  };
  const name = client === 'worker' ? 'inWorker' : 'inMainThread';
  const { result } = await runScenario<Attempts[]>(SCENARIOS, name, { input, env });
  return rows.flatMap((row, index) => {
    const attempts = result[index] ?? [];
    return isRight(row, attempts, client)
      ? []
      : [
          `${describe(tried)}, TLS 1.${String(version + 2)}; ${row.name} (${row.outcome}): ${attempts.join(' | ')}`,
        ];
  });
}

function isRight(
  { outcome, verdict }: ServedRow,
  attempts: readonly string[],
  client: ClientName,
): boolean {
  if (attempts.length !== 3) return false;
  const expected = { accepted: 'ok', rejected: 'CERT_REJECTED', refused: verdict }[outcome];
  if (!attempts.every((attempt) => attempt.replace(' reused', '') === expected)) return false;
  return outcome !== 'accepted' || TAKES_NO_SESSION.includes(client) || attempts[2] === 'ok reused';
}
