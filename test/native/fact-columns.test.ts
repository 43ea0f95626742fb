/**
 * Both sides of what crosses the border between C++ and TypeScript by position or as a word. Neither compiler sees the other
 * side, so a change of one alone would only show as wrong data.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  FACT_COLUMNS,
  ROLES,
  SKIP_REASONS,
  TRUST_STATUSES,
} from '../../dist/addon/fact-columns.js';
import type { NativeLocation, NativeVerdict } from '../../dist/addon/native-binding.js';
import { ErrorCodes } from '../../dist/errors.js';
import type { CertificateSource } from '../../dist/types.js';

const read = (file: string) => readFileSync(join(__dirname, '../../native', file), 'utf8');

/** The enumerators, in order. */
function enumOf(file: string, name: string): string[] {
  const text = read(file).replace(/\/\/.*$/gm, '');
  const body = new RegExp(`enum (?:class )?${name}\\b[^{]*\\{([^}]*)\\}`).exec(text)?.[1];
  assert.ok(body !== undefined, `${file} has no enum ${name}`);
  assert.doesNotMatch(body, /=/, `${name} counts from zero`);
  return [...body.matchAll(/\bk\w+/g)].map(([enumerator]) => enumerator);
}

/** The word that `Text()` has for each enumerator of an enum, in the order of the enum. */
function wordsOf(header: string, name: string, source = 'binding/values.cc'): string[] {
  const cases = read(source).matchAll(
    new RegExp(`case ${name}::(k\\w+):\\s*return "([^"]*)";`, 'g'),
  );
  const words = new Map([...cases].map(([, enumerator, word]) => [enumerator, word]));
  return enumOf(header, name).map((enumerator) => {
    const word = words.get(enumerator);
    assert.ok(word !== undefined, `${source} has no word for ${name}::${enumerator}`);
    return word;
  });
}

/** All words of a type: the compiler refuses a list that lacks one or has another. */
const all = <Word extends string>(words: Record<Word, true>) => Object.keys(words).sort();

test('the columns of facts have the same names in the same order on both sides', () => {
  const names = FACT_COLUMNS.map((name) => `k${name[0]!.toUpperCase()}${name.slice(1)}`);
  assert.deepEqual(enumOf('binding/fact_columns.h', 'Column'), [...names, 'kColumns']);
});

test('numbers for roles, trust and reasons mean the same on both sides', () => {
  assert.deepEqual(wordsOf('trust/judge.h', 'Role'), ROLES);
  assert.deepEqual(wordsOf('system_store.h', 'TrustStatus'), TRUST_STATUSES);
  const reasons = SKIP_REASONS.map((reason) => reason ?? '');
  assert.deepEqual(wordsOf('trust/judge.h', 'SkipReason'), reasons);
});

test('the words the addon has for places, states and verdicts are those of the types', () => {
  type NativeKind = Exclude<CertificateSource['kind'], 'memory' | 'runtime'>;
  assert.deepEqual(
    wordsOf('system_store.h', 'SourceKind').sort(),
    all<NativeKind>({
      file: true,
      directory: true,
      'windows-store': true,
      'macos-trust-domain': true,
      'macos-keychain': true,
    }),
  );
  assert.deepEqual(
    wordsOf('system_store.h', 'LocationState').sort(),
    all<NativeLocation['state']>({ read: true, missing: true, failed: true, 'not-needed': true }),
  );
  assert.deepEqual(
    wordsOf('chain_verifier.h', 'RevocationState', 'binding/verify_chain.cc').sort(),
    all<NativeVerdict['revocation']>({ 'not-checked': true, good: true, unknown: true }),
  );
});

test('every code of the addon is one of the package’s', () => {
  const codes = new Set<string>(Object.values(ErrorCodes));
  const strange = wordsOf('store_error.h', 'StoreErrorCode').filter((code) => !codes.has(code));
  assert.deepEqual(strange, []);
});
