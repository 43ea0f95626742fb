/**
 * What is distrusted × what the server sends × the client × the first, second and resumed connection × libraries that
 * come in between: every pair of these, and the very first connection of a process with each row. The whole product
 * takes minutes and is in `test/distrust-table`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allProcesses, describe, findFaults, prepareMatrix, skip } from './run-distrust-matrix.js';

/** Each process tries every sixth row, and different ones than its neighbours. */
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
