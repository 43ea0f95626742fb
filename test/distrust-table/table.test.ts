/**
 * The whole table of distrust, for the `distrust` lane of the matrix.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  allProcesses,
  describe,
  findFaults,
  otherUndicis,
  prepareMatrix,
  processesFor,
  skip,
} from '../inject/distrust/run-distrust-matrix.js';

void test(
  'every row, client, connection and library between',
  { skip, concurrency: 2 },
  async (t) => {
    const matrix = await prepareMatrix(t);
    await Promise.all(
      [...allProcesses(matrix), ...allProcesses(matrix, otherUndicis())].map((tried) =>
        t.test(describe(tried), async () => {
          assert.deepEqual(await findFaults(matrix, tried), []);
        }),
      ),
    );
  },
);

void test('every row as the first connection of a process', { skip, concurrency: 2 }, async (t) => {
  const matrix = await prepareMatrix(t);
  await Promise.all(
    matrix.rows.map((row, index) =>
      t.test(row.name, async () => {
        const faults: string[] = [];
        for (const tried of processesFor(row, index)) {
          faults.push(...(await findFaults(matrix, tried)));
        }
        assert.deepEqual(faults, []);
      }),
    ),
  );
});
