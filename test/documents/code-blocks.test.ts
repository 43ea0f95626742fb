/**
 * Checks that every code block of a document is one that a test runs; test/tools/quotes.mjs says how a block names it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadQuotes } from './blocks.js';

test('every code block of a document is quoted from a file that a test runs, or names its test', async () => {
  const { documents, problems } = await loadQuotes();
  const checked = documents();
  assert.ok(checked.includes('lib/runtime/README.md'), checked.join(' '));
  assert.deepEqual(checked.flatMap(problems), []);
});
