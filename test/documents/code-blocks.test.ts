/**
 * Checks that every code block of a document is one that a test runs; test/tools/quotes.mjs says how a block names it.
 */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

interface Quotes {
  documents(): string[];
  problems(document: string): string[];
}

/** Documents whose blocks are not marked yet. */
const pending = ['README.md', 'CONTRIBUTING.md'];

const quotes = pathToFileURL(resolve(__dirname, '../../test/tools/quotes.mjs')).href;

test('every code block of a document is quoted from a file that a test runs, or names its test', async () => {
  const { documents, problems } = (await import(quotes)) as Quotes;
  const checked = documents().filter((document) => !pending.includes(document));
  assert.ok(checked.includes('lib/runtime/README.md'), checked.join(' '));
  assert.deepEqual(checked.flatMap(problems), []);
});
