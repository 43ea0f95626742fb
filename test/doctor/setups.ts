/**
 * Runs a broken set-up: it is diagnosed, fails, is mended by the remedy, and works.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { diagnosisClasses } from '../../dist/explain/classes.js';
import type { DiagnosisName } from '../../dist/explain/types.js';
import { Bench } from './bench.js';
import type { ClientOptions } from './bench.js';

export interface Setup {
  /** A sentence about what is broken. */
  name: string;
  expected: DiagnosisName;
  /** Words that the remedy must contain. */
  remedy: RegExp;
  /**
   * The diagnosis once it is mended. @defaultValue `system-only-root`: Node does not have the root of the test's PKI
   */
  mended?: DiagnosisName;
  build(bench: Bench): Promise<Broken>;
}

export interface Broken {
  target: string;
  args?: string[];
  /** The program that fails. */
  client: ClientOptions;
  /** Does what the remedy says. Returns what changes for the program and the command. */
  cure(): Promise<{ target?: string; args?: string[]; client?: ClientOptions } | undefined>;
}

/** Each set-up is a machine of its own and mostly waits, so several run at once. */
export function testSetups(title: string, setups: readonly Setup[]): void {
  describe(title, { concurrency: 4 }, () => {
    for (const setup of setups) {
      test(`${setup.name}: ${setup.expected}`, async () => {
        const bench = new Bench();
        try {
          await diagnoseAndCure(bench, setup);
        } finally {
          await bench.end();
        }
      });
    }
  });
}

async function diagnoseAndCure(bench: Bench, setup: Setup): Promise<void> {
  const broken = await setup.build(bench);
  const { target, args = [], client } = broken;
  const { status, explanation } = await bench.doctor(target, ...args);
  const [first] = explanation.diagnoses;
  assert.ok(first);
  const shown = JSON.stringify(explanation.diagnoses, null, 2);
  assert.equal(first.name, setup.expected, shown);
  assert.match(first.remedy, setup.remedy, shown);
  assert.equal(status, diagnosisClasses[setup.expected].exitCode);
  for (const { remedy } of explanation.diagnoses) {
    assert.doesNotMatch(remedy, /rejectUnauthorized|REJECT_UNAUTHORIZED|insecure|-k\b/i);
  }
  // It must fail, which takes a server on a busy machine some time.
  const before = await bench.connect({ ...client, patienceMs: 10_000 });
  assert.notEqual(before, 'ok', 'the program works before it is cured');

  const cured = { target, args, client, ...(await broken.cure()) };
  assert.equal(await bench.connect(cured.client), 'ok', shown);
  const after = (await bench.doctor(cured.target, ...cured.args)).explanation;
  const expected = setup.mended ?? 'system-only-root';
  assert.equal(after.diagnoses[0]?.name, expected, JSON.stringify(after.diagnoses, null, 2));
  // The command has no client certificate.
  assert.equal(after.ok, expected !== 'client-certificate');
}
