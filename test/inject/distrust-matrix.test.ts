/**
 * What is distrusted × what the server sends × the client × the first, second and resumed connection × libraries that come
 * between. Each process has another row for its first connection; `test/distrust-table` begins with every one of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clients, describe, findFaults, patchers, prepareMatrix } from './run-distrust-matrix.js';
import type { Process } from './run-distrust-matrix.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'SSL_CERT_FILE is the store of Linux and other Unix systems alone';

void test('distrust takes away paths', { skip, concurrency: 2 }, async (t) => {
  const matrix = await prepareMatrix(t);
  const { rows } = matrix;
  const processes = clients.flatMap((client) => patchers.map((patcher) => ({ client, patcher })));
  await Promise.all(
    processes.map(async (parts, index) => {
      const at = index % rows.length;
      const own: Process = {
        ...parts,
        rows: [...rows.slice(at), ...rows.slice(0, at)],
        version: index % 2 === 0 ? 0 : 1,
      };
      await t.test(describe(own), async () => {
        assert.deepEqual(await findFaults(matrix, own), []);
      });
    }),
  );
});
