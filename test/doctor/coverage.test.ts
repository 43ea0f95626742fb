/**
 * Every fault that the doctor has a name for is made here, and there are at least sixty broken set-ups.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { diagnosisClasses } from '../../dist/explain/classes.js';
import { packageRoot } from './bench.js';
import { certificateSetups } from './hosts/certificates.js';
import { connectionSetups } from './hosts/connections.js';
import { distributionSetups } from './hosts/distributions.js';
import { issuerSetups } from './hosts/issuers.js';
import { listSetups } from './hosts/lists.js';
import { middlemanSetups } from './hosts/middlemen.js';
import { otherProgramSetups } from './hosts/other-programs.js';
import { storeSetups } from './machines/stores.js';
import { surroundingSetups } from './machines/surroundings.js';
import { variableSetups } from './machines/variables.js';

const hosts = [
  ...[...issuerSetups, ...listSetups, ...certificateSetups],
  ...[...connectionSetups, ...middlemanSetups, ...distributionSetups, ...otherProgramSetups],
];
const machines = [...variableSetups, ...storeSetups, ...surroundingSetups];

/** Faults that cannot be made on a machine of ours, and where they are tested instead. */
const elsewhere: Record<string, string> = {
  incomplete: 'its server is hostile, not broken; test/explain/hostile.test.ts',
  unexplained: 'is what the doctor does not know; test/explain/openssl-words.test.ts',
  'dated-distrust': 'the stores that have it are read from a tree; test/explain/distrust.test.ts',
  'other-store': 'is told only with --all; test/explain/other-stores.test.ts',
  'current-user-only': 'needs Windows; test/explain/machine.test.ts',
};

test('there are at least sixty broken set-ups, each with a name of its own', () => {
  const names = [...hosts, ...machines].map(({ name, expected }) => `${name}: ${expected}`);
  assert.ok(names.length >= 60, String(names.length));
  assert.equal(new Set(names).size, names.length);
});

test('what another person has to do names that person', () => {
  for (const { name, cures, who } of [...hosts, ...machines]) {
    if (cures.includes('other-person')) assert.ok(who, name);
  }
});

test('every diagnosis that is an error has a set-up, or a reason why it has none', () => {
  const made = new Set<string>(hosts.map(({ expected }) => expected));
  const wanted = Object.entries(diagnosisClasses)
    .filter(([, { exitCode }]) => exitCode > 0)
    .map(([name]) => name);
  assertCovered(wanted, made);
});

test('every finding about a machine has a set-up, or a reason why it has none', () => {
  const types = readFileSync(join(packageRoot, 'lib/explain/machine/machine-types.ts'), 'utf8');
  const [, union = ''] = /type FindingName =([^;]+);/.exec(types) ?? [];
  const wanted = [...union.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name);
  assert.ok(wanted.length > 20, union);
  assertCovered(wanted, new Set<string>(machines.map(({ expected }) => expected)));
});

function assertCovered(wanted: readonly string[], made: ReadonlySet<string>): void {
  const missing = wanted.filter((name) => !made.has(name) && !Object.hasOwn(elsewhere, name));
  assert.deepEqual(missing, []);
  const stale = wanted.filter((name) => made.has(name) && Object.hasOwn(elsewhere, name));
  assert.deepEqual(stale, [], 'is made here after all');
}
