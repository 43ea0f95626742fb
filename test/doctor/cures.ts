/**
 * Does what a remedy says, letter by letter, and sees whether the program then works.
 */
import { strict as assert } from 'node:assert';

import { diagnosisClasses } from '../../dist/explain/classes.js';
import type { Diagnosis, Explanation } from '../../dist/explain/types.js';
import type { Bench, ClientOptions } from './bench.js';
import { typedIn } from './remedy.js';
import type { Typed } from './remedy.js';
import type { Broken } from './setups.js';

export type CureKind =
  | 'command'
  | 'code'
  | 'variable'
  | 'fix'
  /** A file, whose path the remedy names, is changed by hand. */
  | 'file'
  /** Something that cannot be typed: a clock is set, an address is spelt right. */
  | 'by-hand'
  | 'other-person';

/** What is asked about, and the program that connects to it. */
export interface Situation {
  target: string;
  args: string[];
  client: ClientOptions;
}

/** See {@link Broken}. */
export interface Attempt extends Pick<
  Broken,
  'fill' | 'answer' | 'forOthers' | 'ifAskedAgain' | 'alsoWorks'
> {
  bench: Bench;
  /** What the doctor says after it. */
  mended: string;
  kinds: Set<CureKind>;
}

/** Types each text of the remedy, one after the other on a machine as it was before; each has to cure. */
export async function cureByTyping(
  attempt: Attempt,
  { remedy }: Pick<Diagnosis, 'remedy'>,
  at: Situation,
): Promise<void> {
  for (const { text, form } of typedIn(remedy)) {
    if (form === 'word' || attempt.forOthers?.test(text) === true) continue;
    const restore = attempt.bench.snapshot();
    // A program that injects has to do without the option that stands in the way.
    const client = form === 'start' ? withoutCA(at.client) : at.client;
    await typeOne(attempt, { text: filled(text, attempt.fill), form }, { ...at, client });
    await attempt.alsoWorks?.();
    restore();
  }
}

function withoutCA(client: ClientOptions): ClientOptions {
  const copy = { ...client };
  delete copy.ca;
  return copy;
}

export function filled(text: string, fill: Record<string, string> = {}): string {
  return Object.entries(fill).reduce(
    (all, [name, value]) => all.replace(new RegExp(`\\b${name}\\b`, 'g'), () => value),
    text,
  );
}

async function typeOne(attempt: Attempt, { text, form }: Typed, at: Situation): Promise<void> {
  const { bench, kinds } = attempt;
  switch (form) {
    case 'word':
      return;
    case 'start':
    case 'option':
    case 'value':
      kinds.add('code');
      {
        await works(bench, text, { ...at.client, ...withCode(text, form) });
        return;
      }
    case 'node':
      kinds.add('command');
      {
        await works(bench, text, { ...at.client, run: text });
        return;
      }
    case 'variable':
      kinds.add('variable');
      bench.setVariable(text);
      {
        await worksAndIsSeen(attempt, text, at);
        return;
      }
    case 'command': {
      await typeCommand(attempt, text, at);
      return;
    }
  }
}

/** Options of `inject()`; every other option is one of the connection. */
const OURS = /^(?:exclude|userCAs|rootLists|fetchIntermediates|allowPrivateAddresses|bundled): /;

export function withCode(text: string, form: Typed['form']): Partial<ClientOptions> {
  if (form === 'start') return { start: text };
  if (form === 'option') return OURS.test(text) ? { start: `inject({ ${text} })` } : { code: text };
  return { code: `${text.startsWith('getTrustedCAs') ? 'ca' : 'secureContext'}: ${text}` };
}

/** Such a command shows more, and cures nothing. */
export const INFORMS =
  /--report\b|--showcerts\b|\bpaths$|openssl x509\b|openssl s_client\b|\blist\b/;

async function typeCommand(attempt: Attempt, text: string, at: Situation): Promise<void> {
  const { bench, kinds, answer } = attempt;
  const isDoctor = /^(?:npx )?os-truststore doctor \S/.test(text);
  const isFix = isDoctor && text.includes(' --fix');
  const asksAgain = isDoctor && !isFix && !INFORMS.test(text);
  kinds.add(isFix ? 'fix' : 'command');
  const { status, stdout, stderr } = await bench.shell(asksAgain ? `${text} --json` : text, answer);
  const said = `${text}\n${stdout}${stderr}`;
  // The doctor's exit code is that of its diagnosis.
  assert.ok(isDoctor ? (status ?? 1) === 0 || (status ?? 1) >= 10 : status === 0, said);
  if (INFORMS.test(text)) assert.notEqual(stdout, '', said);
  else if (asksAgain) await follow(attempt, JSON.parse(stdout) as Explanation, at);
  else await worksAndIsSeen(attempt, said, at);
}

/** The doctor was asked once more, as it told us to, and its new answer cures. */
async function follow(attempt: Attempt, { diagnoses }: Explanation, at: Situation): Promise<void> {
  const [first] = diagnoses;
  assert.ok(first);
  const client = attempt.ifAskedAgain?.() ?? at.client;
  if (first.name === attempt.mended) {
    await works(attempt.bench, first.name, client);
    return;
  }
  assert.ok(
    typedIn(first.remedy).some(({ form }) => form !== 'word'),
    JSON.stringify(first),
  );
  await cureByTyping(attempt, first, at);
}

async function works(bench: Bench, after: string, client: ClientOptions): Promise<void> {
  assert.equal(await bench.connect(client), 'ok', `the program still fails after: ${after}`);
}

export async function worksAndIsSeen(
  { bench, mended }: Pick<Attempt, 'bench' | 'mended'>,
  after: string,
  { target, args, client }: Situation,
): Promise<void> {
  await works(bench, after, client);
  const { explanation, status } = await bench.doctor(target, ...args);
  const [first] = explanation.diagnoses;
  assert.equal(first?.name, mended, JSON.stringify(explanation.diagnoses, null, 2));
  assert.ok(first);
  assert.equal(status, first.severity === 'error' ? diagnosisClasses[first.name].exitCode : 0);
  // The command has no client certificate.
  assert.equal(explanation.ok, mended !== 'client-certificate');
}
