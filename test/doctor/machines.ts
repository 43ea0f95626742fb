/**
 * Runs a broken machine: the doctor finds the fault, the remedy is done as it stands, and the fault is gone.
 */
import assert from 'node:assert/strict';

import { machineText } from '../../dist/cli/terminal/machine-text.js';
import type {
  Examination,
  Finding,
  FindingName,
} from '../../dist/explain/machine/machine-types.js';
import type { Bench, ClientOptions } from './bench.js';
import { INFORMS, filled, withCode } from './cures.js';
import type { CureKind } from './cures.js';
import { assertAllInBackticks, assertCopyable, subjects, typedIn } from './remedy.js';
import type { Subject, Typed } from './remedy.js';
import { testEach } from './setups.js';

export interface MachineSetup {
  /** A sentence about what is broken. */
  name: string;
  expected: FindingName;
  /** Kinds of cures that the remedy must offer; empty when there is nothing to do. */
  cures: readonly CureKind[];
  who?: Subject;
  /** Words of the summary, where there may be several findings of this name. */
  says?: RegExp;
  /** Why it cannot be run here. */
  skip?: string;
  build(bench: Bench): Promise<Ailing> | Ailing;
}

export interface Ailing {
  /** Values for the words in capitals of the remedy, which a user replaces. */
  fill?: Record<string, string>;
  /** See `Broken`. */
  forOthers?: RegExp;
  /** A program that suffers from it, and works after each cure. */
  client?: ClientOptions;
  /** True when the finding is a fact about the machine, which stays. */
  stays?: boolean;
  /** Does what the remedy leaves to people. */
  byPeople?(remedy: string): unknown;
}

export function testMachines(title: string, setups: readonly MachineSetup[]): void {
  testEach(title, setups, findAndCure);
}

async function findAndCure(bench: Bench, setup: MachineSetup): Promise<void> {
  const ailing = await setup.build(bench);
  const examination = await examine(bench);
  const finding = foundIn(examination, setup);
  assert.ok(finding, `not found: ${setup.expected}`);
  const { remedy = '' } = finding;
  assertAllInBackticks(remedy);
  assertCopyable(remedy, (terminal) => machineText(examination, terminal));
  if (setup.who) assert.match(remedy, subjects[setup.who], 'it does not say whose job it is');
  if (ailing.client) {
    const before = await bench.connect({ ...ailing.client, patienceMs: 10_000 });
    assert.doesNotMatch(before, /^(?:ok|no answer)/, 'the program works before it is cured');
  }
  const kinds = new Set<CureKind>();
  for (const typed of typedIn(remedy)) {
    if (typed.form === 'word' || ailing.forOthers?.test(typed.text) === true) continue;
    const restore = bench.snapshot();
    kinds.add(await typeOne(bench, setup, ailing, typed));
    restore();
  }
  if (ailing.byPeople) {
    await ailing.byPeople(remedy);
    await isGone(bench, setup, ailing, remedy);
    for (const kind of ['file', 'by-hand', 'other-person'] as const) kinds.add(kind);
  }
  for (const kind of setup.cures) {
    assert.ok(kinds.has(kind), `no cure of the kind ${kind}: ${remedy}`);
  }
  assert.equal(setup.cures.length === 0, kinds.size === 0, remedy);
}

async function typeOne(
  bench: Bench,
  setup: MachineSetup,
  ailing: Ailing,
  { text: template, form }: Typed,
): Promise<CureKind> {
  const text = filled(template, ailing.fill);
  if (form === 'variable') {
    bench.setVariable(text);
    await isGone(bench, setup, ailing, text);
    return 'variable';
  }
  if (form === 'command') {
    const { status, stdout, stderr } = await bench.shell(text);
    const isOfHost = /doctor \S/.test(text);
    assert.ok(isOfHost ? (status ?? 1) >= 10 : status === 0, `${text}: ${stdout}${stderr}`);
    if (isOfHost || INFORMS.test(text)) assert.notEqual(stdout, '', text);
    else await isGone(bench, setup, ailing, text);
    return 'command';
  }
  assert.ok(ailing.client, `no program that shows what this does: ${text}`);
  const more = form === 'node' ? { run: text } : withCode(text, form);
  assert.equal(await bench.connect({ ...ailing.client, ...more }), 'ok', text);
  return form === 'node' ? 'command' : 'code';
}

async function isGone(
  bench: Bench,
  setup: MachineSetup,
  { client, stays }: Ailing,
  after: string,
): Promise<void> {
  const finding = foundIn(await examine(bench), setup);
  if (stays !== true) assert.equal(finding, undefined, `still found after: ${after}`);
  if (client) assert.equal(await bench.connect({ ...client, inject: true }), 'ok', after);
}

async function examine(bench: Bench): Promise<Examination> {
  const { stdout, stderr, status } = await bench.command('doctor', '--json');
  assert.ok(stdout.startsWith('{'), `doctor said: ${stdout}${stderr}`);
  const examination = JSON.parse(stdout) as Examination;
  const urgent = examination.findings.some(({ severity }) => severity === 'error');
  assert.equal(status, urgent ? 60 : 0, stdout);
  return examination;
}

function foundIn({ findings }: Examination, { expected, says }: MachineSetup): Finding | undefined {
  return findings.find(
    ({ name, summary }) => name === expected && (says === undefined || says.test(summary)),
  );
}
