/**
 * Runs a broken set-up: it is diagnosed, fails, is mended by the remedy as it stands, and works.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { explanationText } from '../../dist/cli/terminal/explanation-text.js';
import { diagnosisClasses } from '../../dist/explain/classes.js';
import type { Diagnosis, DiagnosisName } from '../../dist/explain/types.js';
import { Bench } from './bench.js';
import type { ClientOptions } from './bench.js';
import { cureByTyping, worksAndIsSeen } from './cures.js';
import type { Attempt, CureKind, Situation } from './cures.js';
import { assertAllInBackticks, assertCopyable, subjects } from './remedy.js';
import type { Subject } from './remedy.js';

export interface Setup {
  /** A sentence about what is broken. */
  name: string;
  expected: DiagnosisName;
  /** Kinds of cures that the remedy must offer; it may offer more. */
  cures: readonly CureKind[];
  /** Who has to do the work of an `other-person`. */
  who?: Subject;
  /** Words that must be in the summary. */
  says?: RegExp;
  /**
   * The diagnosis once it is mended. @defaultValue `system-only-root`: Node does not have the root of the test's PKI
   */
  mended?: DiagnosisName;
  /** Why it cannot be run here. */
  skip?: string;
  build(bench: Bench): Promise<Broken>;
}

export interface Broken {
  target: string;
  args?: string[];
  /** The program that fails. */
  client: ClientOptions;
  /** Values for the words in capitals of the remedy, which a user replaces. */
  fill?: Record<string, string>;
  /** What is typed when a command of the remedy asks. */
  answer?: string;
  /** A fault may have several causes. What the remedy says to type for another cause, which another set-up has. */
  forOthers?: RegExp;
  /** The program that works once a remedy has said to ask the doctor in another way. */
  ifAskedAgain?(): ClientOptions;
  /** More that works when it is cured by typing. */
  alsoWorks?(): Promise<void>;
  /**
   * Does what the remedy leaves to people: to another person, to hands, or in a file that it names. Returns what changes for
   * the program and the command.
   */
  byPeople?(remedy: string): Promise<Partial<Situation> | undefined>;
}

interface Named {
  name: string;
  expected: string;
  skip?: string;
}

/** Each set-up is a machine of its own and mostly waits, so several run at once. */
export function testEach<One extends Named>(
  title: string,
  setups: readonly One[],
  tryOne: (bench: Bench, setup: One) => Promise<void>,
): void {
  describe(title, { concurrency: 4 }, () => {
    for (const setup of setups) {
      const { skip = false } = setup;
      test(`${setup.name}: ${setup.expected}`, { skip }, async () => {
        const bench = new Bench();
        try {
          await tryOne(bench, setup);
        } finally {
          await bench.end();
        }
      });
    }
  });
}

export function testSetups(title: string, setups: readonly Setup[]): void {
  testEach(title, setups, diagnoseAndCure);
}

async function diagnoseAndCure(bench: Bench, setup: Setup): Promise<void> {
  const broken = await setup.build(bench);
  const at: Situation = { target: broken.target, args: broken.args ?? [], client: broken.client };
  const diagnosis = await diagnosed(bench, setup, at);
  // It must fail, which takes a server on a busy machine some time.
  const before = await bench.connect({ ...at.client, patienceMs: 10_000 });
  const isEnded = setup.expected === 'runtime-crash';
  assert.match(before, isEnded ? /^no answer: \s*$/ : /^(?!ok|no answer)/, 'the program works');

  const mended = setup.mended ?? 'system-only-root';
  const attempt: Attempt = { ...broken, bench, mended, kinds: new Set() };
  await cureByTyping(attempt, diagnosis, at);
  if (broken.byPeople) {
    const changes = await broken.byPeople(diagnosis.remedy);
    await worksAndIsSeen(attempt, diagnosis.remedy, { ...at, ...changes });
    for (const kind of PEOPLES) attempt.kinds.add(kind);
  }
  for (const kind of setup.cures) {
    assert.ok(attempt.kinds.has(kind), `no cure of the kind ${kind}: ${diagnosis.remedy}`);
  }
}

const PEOPLES = ['file', 'by-hand', 'other-person'] as const;

async function diagnosed(bench: Bench, setup: Setup, at: Situation): Promise<Diagnosis> {
  const { status, explanation } = await bench.doctor(at.target, ...at.args);
  const [first] = explanation.diagnoses;
  assert.ok(first);
  const shown = JSON.stringify(explanation.diagnoses, null, 2);
  assert.equal(first.name, setup.expected, shown);
  if (setup.says) assert.match(first.summary, setup.says, shown);
  assert.equal(status, diagnosisClasses[setup.expected].exitCode);
  for (const { remedy } of explanation.diagnoses) {
    assert.doesNotMatch(remedy, /rejectUnauthorized|REJECT_UNAUTHORIZED|insecure|-k\b/i);
    assertAllInBackticks(remedy);
    assertCopyable(remedy, (terminal) => explanationText(explanation, terminal, { pem: false }));
  }
  if (setup.who) assert.match(first.remedy, subjects[setup.who], 'it does not say whose job it is');
  return first;
}
