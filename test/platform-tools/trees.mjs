/**
 * Shared by the comparisons with the platforms' own tools: random trees that are the same for the same seed, and
 * certificates as sets.
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { randomOf } from '../differential/mutants.mjs';
import { testEnvironment } from '../tools/environment.mjs';

const require = createRequire(import.meta.url);
export const { createCertificate, leafOf } = require('../../dist-test/helpers/pki.js');
export const { reencoded } = require('../../dist-test/helpers/reencoded.js');
const { readSequence, Tag } = require('../../dist/certificate/der.js');

/** The dice of one seed. */
export class Dice {
  #below;
  constructor(seed) {
    this.#below = randomOf(seed);
  }
  below(limit) {
    return this.#below(limit);
  }
  /** True in `percent` of 100 throws. */
  chance(percent) {
    return this.#below(100) < percent;
  }
  pick(list) {
    return list[this.#below(list.length)];
  }
  /** `[[weight, value], …]` */
  weighed(choices) {
    let left = this.#below(choices.reduce((sum, [weight]) => sum + weight, 0));
    return choices.find(([weight]) => (left -= weight) < 0)[1];
  }
}

/** Returns the number of `--name=N`. */
export function numberArgument(name, fallback) {
  const prefix = `--${name}=`;
  return Number(
    process.argv.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? fallback,
  );
}

/** Returns every certificate in a text, as DER. */
export function certificatesIn(text) {
  const block = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END/g;
  return Array.from(text.matchAll(block), ([, body]) => Buffer.from(body, 'base64'));
}

export const keyOf = (der) => der.toString('base64');

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Equal for all encodings of the same signed part. */
export const signedPartOf = (der) => digest(readSequence(der).next(Tag.SEQUENCE).whole);

/** Equal for all certificates that are the same to X.509. */
export function identityOf(der) {
  const { issuer, serialNumber } = new X509Certificate(der);
  return `${serialNumber} ${issuer}`;
}

export function nameOf(der) {
  const { subject, serialNumber } = new X509Certificate(der);
  return `${subject.replaceAll('\n', ', ')} (${serialNumber.slice(0, 12)})`;
}

let folder;

/** Makes an empty directory that is removed when the program ends. */
export function temporaryTree() {
  if (!folder) {
    folder = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-platform-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return mkdtempSync(path.join(folder, 'tree-'));
}

/** Changes every absolute link in `directory` from below `from` to below `to`. */
export function retargetLinks(directory, from, to) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = path.join(directory, entry.name);
    const target = readlinkSync(link);
    if (!target.startsWith(from)) continue;
    rmSync(link);
    symlinkSync(to + target.slice(from.length), link);
  }
}

/** Runs a tool of the platform; a missing tool fails the comparison. */
export function runTool(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: testEnvironment(), ...options });
  if (result.error) throw new Error(`${command} cannot be run: ${result.error.message}`);
  if (result.status !== 0) {
    throw new Error(`${command} ended with ${result.status}: ${result.stderr}`);
  }
  return result.stdout;
}

/** Says in words what is in only one of two sets of DER. */
export function differences(what, expected, actual) {
  const has = (list) => new Set(list.map(keyOf));
  const [wanted, got] = [has(expected), has(actual)];
  return [
    ...(got.size < actual.length ? [`${what} has certificates twice`] : []),
    ...expected.filter((der) => !got.has(keyOf(der))).map((der) => `${what} lacks ${nameOf(der)}`),
    ...actual.filter((der) => !wanted.has(keyOf(der))).map((der) => `${what} has ${nameOf(der)}`),
  ];
}

/** Runs `compare(seed)`, which returns differences, for every seed; any difference fails. */
export async function compareSeeds(name, compare) {
  const seeds = numberArgument('seeds', 5);
  const first = numberArgument('seed', 1);
  let failed = 0;
  let compared = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const { checked, found } = await compare(seed);
    compared += checked;
    if (found.length === 0) continue;
    failed++;
    console.error(`${name}: seed ${seed}: ${found.length} differences`);
    for (const line of found.slice(0, 8)) console.error(`  ${line}`);
  }
  console.log(`${name}: ${seeds} trees, ${compared} certificates compared, ${failed} trees differ`);
  if (failed > 0 || compared === 0) process.exitCode = 1;
}

export function makeDirectory(...parts) {
  const directory = path.join(...parts);
  mkdirSync(directory, { recursive: true });
  return directory;
}
