/**
 * What is distrusted × what the server sends × the client × the first, second and resumed connection × libraries that come
 * between: each two of them together, and the very first connection of a process with each row. All of it together takes
 * minutes, and is in `test/distrust-table`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allProcesses, describe, findFaults, prepareMatrix, skip } from './run-distrust-matrix.js';

/** Each process tries every sixth row, and others than its neighbours. */
const SHARE = 6;

void test('distrust takes away paths, not names', { skip, concurrency: 2 }, async (t) => {
  const matrix = await prepareMatrix(t);
  await Promise.all(
    allProcesses(matrix).map(async (whole) => {
      const rows = whole.rows.filter((_row, at) => at % SHARE === 0);
      await t.test(describe(whole), async () => {
        assert.deepEqual(await findFaults(matrix, { ...whole, rows }), []);
      });
    }),
  );
});
