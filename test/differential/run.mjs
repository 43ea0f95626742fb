/**
 * Checks that every runtime takes what this package's reader keeps, with the same damaged certificates for all of them.
 *
 *   node test/differential/run.mjs [--count=2000] [--seed=1] [--why] [RUNTIME]...
 *
 * A runtime that refuses one such root refuses its whole list, or ends the program. So this fails on each certificate
 * that is kept but refused or taken for another, unless left-to-guard.mjs has its kind and the guard of the hand-over
 * sees it. Certificates that a runtime reads but that are not kept are only counted; --why adds the reasons.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { testEnvironment } from '../tools/environment.mjs';
import { nodeVersions, runtimes } from '../tools/runtimes/runtimes.mjs';
import { readCorpus } from './corpus.mjs';
import { kindOf } from './left-to-guard.mjs';
import { makeMutants } from './mutants.mjs';
import { Verdict, toPem, writeRecords } from './records.mjs';

const { loadAddon } = createRequire(import.meta.url)('../../dist/addon/load-addon.js');
const verdicts = fileURLToPath(new URL('verdicts.mjs', import.meta.url));
const policy = { purpose: 'any', intermediates: true, expired: true, now: Date.UTC(2026, 0, 1) };
const shown = 5;

const args = process.argv.slice(2);
const option = (name, fallback) =>
  Number(args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback);
const seed = option('seed', 1);
const chosen = args.filter((arg) => !arg.startsWith('--'));
const all = [...nodeVersions.map((version) => `node-${version}`), 'bun', 'deno'];

function makeAndRead(count) {
  const addon = loadAddon();
  return Array.from(makeMutants(readCorpus(), seed, count), (mutant, index) => {
    try {
      addon.describe(mutant.der, policy);
      return { ...mutant, index, kept: true };
    } catch (error) {
      return { ...mutant, index, kept: false, reason: error.message };
    }
  });
}

function ask(name, file) {
  const command = [...(name === 'deno' ? ['run', '--no-prompt', '-A'] : []), verdicts, file];
  return new Promise((resolve, reject) => {
    // Deno writes a line for each certificate that its node:tls skips.
    const child = spawn(runtimes[name], command, {
      env: testEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject).on('close', (code, signal) => {
      if (code === 0) resolve(Array.from(output, Number));
      else reject(new Error(`${name} ended with ${signal ?? code}`));
    });
  });
}

/** Counts how often each key occurs, the most frequent first. */
function tally(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${count} ${key}`);
}

function report(name, mutants, answers) {
  if (answers.length !== mutants.length) throw new Error(`${name} gave ${answers.length} answers`);
  const taken = (mutant) => (answers[mutant.index] & Verdict.TAKEN) !== 0;
  const kept = mutants.filter((mutant) => mutant.kept);
  const refused = kept.filter((mutant) => !taken(mutant));
  const kinds = refused.map(({ der, index }) =>
    (answers[index] & Verdict.GUARD) === 0 ? kindOf(name, der) : undefined,
  );
  const disagreements = refused.filter((_, at) => kinds[at] === undefined);
  const missed = mutants.filter((mutant) => !mutant.kept && taken(mutant));
  console.log(
    `${name}: ${kept.length} kept, ${refused.length} of them refused, ${disagreements.length} disagreements; ${missed.length} read and not kept`,
  );
  const seen = tally(kinds.filter((kind) => kind !== undefined));
  for (const line of seen) console.log(`  left to the guard: ${line}`);
  if (args.includes('--why')) {
    tally(missed.map(({ reason }) => reason)).forEach((l) => console.log(`  ${l}`));
  }
  for (const { der, changes, index } of disagreements.slice(0, shown)) {
    console.log(`seed ${seed}, mutant ${index}: ${changes.join(', ')}\n${toPem(der)}`);
  }
  return disagreements.length;
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-differential-'));
try {
  const mutants = makeAndRead(option('count', 2000));
  const file = path.join(directory, 'mutants');
  writeFileSync(file, writeRecords(mutants));
  let disagreements = 0;
  for (const name of chosen.length > 0 ? chosen : all) {
    disagreements += report(name, mutants, await ask(name, file));
  }
  console.log(`differential: ${mutants.length} mutants, ${disagreements} disagreements`);
  if (disagreements > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
