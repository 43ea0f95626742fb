/**
 * The rarer fields of what `--json` prints: STARTTLS, fetches, a fix, errors of the system, dates that cannot be read.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { resolve } from 'node:path';
import { test } from 'node:test';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';

import { documentJson } from '../../dist/cli/terminal/text.js';
import { diagnosisClasses } from '../../dist/explain/classes.js';
import { skipReasons } from '../../dist/explain/skip-reasons.js';
import type { Explanation, SkipReason } from '../../dist/index.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from '../explain/loopback.js';
import { createCertificate } from '../helpers/pki.js';
import { aia } from '../verify/authority.js';
import { runHere } from './run-cli.js';

const unix = {
  skip:
    process.platform === 'win32' || process.platform === 'darwin'
      ? 'the store is files only on Unix'
      : false,
};

interface Schema {
  definitions: Record<string, { enum?: string[] }>;
}

function schemaOf(kind: string): Schema {
  const file = resolve(__dirname, '../../lib/cli/schemas', `${kind}.json`);
  return JSON.parse(readFileSync(file, 'utf8'), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as Schema;
}

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const validateHost = ajv.compile(schemaOf('host'));
const validateList = ajv.compile(schemaOf('list'));

function assertValid(validate: ValidateFunction, text: string): void {
  assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
}

function assertHost(explanation: Explanation): void {
  assertValid(validateHost, documentJson('host', explanation));
}

test('the schemas name every diagnosis and every reason of the code', () => {
  const named = schemaOf('host').definitions['DiagnosisName']?.enum ?? [];
  assert.deepEqual([...named].sort(), Object.keys(diagnosisClasses).sort());
  const reasons = schemaOf('list').definitions['SkipReason']?.enum ?? [];
  assert.deepEqual([...reasons].sort(), Object.keys(skipReasons).sort());
});

test('STARTTLS, a fetch that fails, and a fix are in the schema of a host', unix, async (t) => {
  const root = await createCertificate({ commonName: 'Root' });
  const issuing = await createCertificate({ commonName: 'Issuing', issuer: root });
  const machine = makeMachine(t, { system: [root.pem] });
  const at = async (server: net.Server): Promise<string> =>
    `localhost:${String(await listen(t, server))}`;
  const silent = await at(net.createServer((socket) => socket.end('SSH-2.0-x\r\n')));
  const mail = await explainOn(machine, silent, { startTls: 'smtp' });
  assert.equal(mail.target.startTls, 'smtp');
  assertHost(mail);
  const nowhere = await leafOf(issuing, { extensions: [aia('http://127.0.0.1:1/ca.der')] });
  const fetched = await explainOn(machine, await at(tlsServer({ leaf: nowhere }).server), {
    allowPrivate: true,
  });
  assert.equal(fetched.fetches.length, 1);
  assertHost(fetched);
  const itself = await leafOf(undefined, { ca: true, keyUsage: null });
  const fixable = await explainOn(machine, await at(tlsServer({ leaf: itself }).server));
  assert.equal(fixable.diagnoses[0]?.fix?.forEveryHost, true);
  assertHost(fixable);
});

test('errors of the system and every reason to skip are in the schema of a list', async () => {
  const { pem, der } = await createCertificate({ commonName: 'Root' });
  const one = {
    pem,
    der: der.toString('base64'),
    fingerprint256: '00',
    subject: 'CN=Root',
    issuer: 'CN=Root',
    serialNumber: '01',
    validFrom: 'none',
    validTo: '2040-01-01T00:00:00Z',
    trust: 'trusted' as const,
    role: 'anchor' as const,
    sources: [],
  };
  const store = {
    certificates: (Object.keys(skipReasons) as SkipReason[]).map((skipped) => ({
      ...one,
      skipped,
    })),
    errors: [
      {
        code: 'ERR_TRUSTSTORE_READ_FAILED' as const,
        operation: 'open',
        message: 'no',
        path: 'x',
        osStatus: { number: 13, text: 'EACCES' },
      },
    ],
  };
  const { stdout } = await runHere(store, ['list', '--skipped', '--json']);
  assert.match(stdout, /"validFrom": null/);
  assert.match(stdout, /"osStatus"/);
  assertValid(validateList, stdout);
});
