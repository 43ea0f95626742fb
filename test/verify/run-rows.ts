/**
 * Tries rows with every client, several at a time, because most wait for servers that do not answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPublisher } from './authority.js';
import { clientNames, makeClients, onlyTrusting, startOrigin } from './origin.js';
import type { Row } from './rows.js';

export function runRows(rows: readonly Row[]): void {
  void test('chains', { concurrency: 6 }, async (t) => {
    await Promise.all(
      rows.map((row) =>
        t.test(row.name, async (inner) => {
          const publisher = await startPublisher(inner);
          const prepared = await row.prepare(publisher);
          const origin = await startOrigin(inner, prepared);
          await Promise.all(
            clientNames.map(async (name) => {
              const clients = makeClients({ ...onlyTrusting(...prepared.roots), ...row.options });
              inner.after(clients.close);
              assert.equal(await clients[name](origin.url), row.expected, name);
            }),
          );
          if (row.expected !== 'ok') {
            assert.equal(origin.received(), 0, 'a refused server has received something');
          }
        }),
      ),
    );
  });
}
