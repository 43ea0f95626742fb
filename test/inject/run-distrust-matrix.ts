/**
 * Tries the rows of the distrust table: the servers are here, and each client has a process of its own for each library that
 * may come between.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { trustedPem } from '../helpers/roots.js';
import { EKU } from '../helpers/pki.js';
import { askRuntime, byOpenssl, byRule } from './distrust-matrix.reference.js';
import type { Attempts, Input, Patcher } from './distrust-matrix.scenarios.js';
import { createTable } from './distrust-matrix.table.js';
import type { Row, Table } from './distrust-matrix.table.js';
import { runScenario, startServer, temporaryDirectory, writeFile } from './harness.js';

const SCENARIOS = join(__dirname, 'distrust-matrix.scenarios.js');

export const clients = ['https', 'tls', 'fetch', 'undici', 'http2', 'worker'] as const;
export type ClientName = (typeof clients)[number];

const names: readonly Patcher['name'][] = [
  'tls.createSecureContext',
  'tls.connect',
  'https.Agent.prototype.createConnection',
];
export const patchers: readonly (Patcher | undefined)[] = [
  undefined,
  ...names.flatMap((name) => [
    { name, when: 'before' as const },
    { name, when: 'after' as const },
  ]),
];

export interface ServedRow extends Row {
  /** Of a server that speaks TLS 1.2 at most, and of one that speaks 1.3. */
  urls: readonly [string, string];
  /** What this runtime says with the set in force: `ok`, or a code. */
  verdict: string;
}

export interface Matrix {
  rows: ServedRow[];
  /** Where the store of the machine is. */
  env: Record<string, string>;
}

/** Makes the table and its servers, once everybody agrees about what is right. */
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
  /** In this order. */
  rows: readonly ServedRow[];
  version: 0 | 1;
}

export function describe({ client, patcher }: Process): string {
  return patcher ? `${client}, ${patcher.name} replaced ${patcher.when} inject()` : client;
}

/** What came otherwise than it should: empty when all is well. */
export async function findFaults(matrix: Matrix, process: Process): Promise<string[]> {
  const { client, patcher, rows, version } = process;
  const input: Input = {
    // What a worker has is an agent.
    client: client === 'worker' ? 'https' : client,
    ...(patcher && { patcher }),
    urls: rows.map(({ urls }) => urls[version]),
  };
  const name = client === 'worker' ? 'inWorker' : 'inMainThread';
  const { result } = await runScenario<Attempts[]>(SCENARIOS, name, { input, env: matrix.env });
  return rows.flatMap((row, index) => {
    const attempts = result[index] ?? [];
    return isRight(row, attempts, client)
      ? []
      : [
          `${describe(process)}, TLS 1.${String(version + 2)}; ${row.name} (${row.outcome}): ${attempts.join(' | ')}`,
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
  // fetch takes no session from others, and what it keeps may be gone.
  return outcome !== 'accepted' || client === 'fetch' || attempts[2] === 'ok reused';
}
