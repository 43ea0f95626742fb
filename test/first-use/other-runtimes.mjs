/**
 * Bun and Deno cannot keep what trustOnFirstUse() promises, so it must throw there before a server starts.
 *
 *   bun|deno … test/first-use/other-runtimes.mjs
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import process from 'node:process';

const { TruststoreError, trustOnFirstUse } = createRequire(import.meta.url)('../../dist/index.js');

assert.ok(process.versions.bun ?? process.versions.deno, 'run this in Bun or Deno');
assert.throws(
  () => trustOnFirstUse({ file: 'peers.json', decide: () => 'accept' }),
  (error) =>
    error instanceof TruststoreError && error.code === 'ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME',
);
console.log('trustOnFirstUse() refuses to run here, as documented');
