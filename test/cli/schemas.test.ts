/**
 * What `--json` prints is what lib/cli/schemas says, and nothing else.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';

import { leafOf, listen, makeMachine, tlsServer } from '../explain/loopback.js';
import type { MachineFiles, Served } from '../explain/loopback.js';
import { EKU, createCertificate } from '../helpers/pki.js';
import { trustedPem } from '../helpers/roots.js';
import { cleanEnv, mainScript } from './run-cli.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};
const folder = resolve(__dirname, '../../lib/cli/schemas');
const kinds = ['list', 'paths', 'host', 'machine'] as const;
type Kind = (typeof kinds)[number];

/** Forbids what the published schema leaves to later versions, so that a forgotten field is noticed. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const all = Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, strict(one)]));
  return 'properties' in all ? { ...all, additionalProperties: false } : all;
}

function validators(): Record<Kind, ValidateFunction> {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  const compile = (kind: Kind): ValidateFunction =>
    ajv.compile(strict(JSON.parse(readFileSync(join(folder, `${kind}.json`), 'utf8'))) as object);
  return Object.fromEntries(kinds.map((kind) => [kind, compile(kind)])) as never;
}

const validate = validators();

type Document = Record<string, unknown> & { kind: Kind; schemaVersion: number };

/** The server of a test is in this process. */
function json(machine: MachineFiles, ...args: string[]): Promise<Document> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [mainScript, ...args, '--json'], {
      env: cleanEnv(machine.env),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => {
      done(JSON.parse(text) as Document);
    });
  });
}

function assertKind(document: Document, kind: Kind): void {
  assert.equal(document.kind, kind);
  const errors = validate[kind](document) ? [] : validate[kind].errors;
  assert.deepEqual(errors, [], `${kind}: ${JSON.stringify(errors)}`);
}

void test('list, paths and the machine print what their schemas say', unix, async (t) => {
  const old = { validTo: new Date('2021-01-01') };
  const root = await createCertificate({ commonName: 'Root' });
  const machine = makeMachine(t, {
    system: [
      root.pem,
      (await createCertificate({ commonName: 'Old', ...old })).pem,
      trustedPem((await createCertificate({ commonName: 'Bad' })).der, {
        reject: [EKU.serverAuth],
      }),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    ],
  });
  const documents = await Promise.all([
    json(machine, 'list'),
    json(machine, 'list', '--skipped', '--source', 'all'),
    json(machine, 'paths', '--all'),
    json(machine, 'doctor', '--all'),
  ]);
  for (const document of documents) assertKind(document, document.kind);
  assert.deepEqual(documents.map(({ kind }) => kind).join(), 'list,list,paths,machine');
  const [kept, skipped] = documents;
  assert.equal((kept?.['certificates'] as unknown[]).length, 1);
  assert.ok((skipped?.['certificates'] as unknown[]).length >= 3);
});

void test('every kind of host prints what the schema says', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const machine = makeMachine(t, { system: [root.pem] });
  const at = async (served: Served): Promise<string> =>
    `localhost:${String(await listen(t, tlsServer(served).server))}`;
  const targets = [
    await at({ leaf: await leafOf(root) }),
    await at({ leaf: await leafOf(undefined) }),
    await at({ leaf: await leafOf(await createCertificate({ commonName: 'Unknown' })) }),
    'localhost:1',
  ];
  for (const target of targets) assertKind(await json(machine, 'doctor', target), 'host');
  assertKind(await json(machine, 'doctor', 'localhost:1', '--starttls', 'smtp'), 'host');
});

void test('a document with a field too many or too few is noticed', unix, async (t) => {
  const document = await json(makeMachine(t, {}), 'paths');
  const { errors, ...less } = document;
  assert.ok(Array.isArray(errors));
  assert.equal(validate.paths(less), false);
  assert.equal(validate.paths({ ...document, more: 1 }), false);
  assert.equal(validate.paths({ ...document, schemaVersion: 2 }), false);
  assert.equal(validate.paths(document), true);
});
