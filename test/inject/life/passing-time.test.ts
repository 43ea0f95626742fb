import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from '../harness.js';

const SCENARIOS = join(__dirname, 'passing-time.scenarios.js');
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const skip = process.platform === 'linux' ? false : 'SSL_CERT_FILE is read on Unix';

/** Runs over the real store, whose only CA is valid from 2020 to the end of 2119. */
async function run(t: TestContext, name: string): Promise<unknown> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'empty'));
  const env = {
    SSL_CERT_FILE: writeFile(directory, 'root.pem', root.pem),
    SSL_CERT_DIR: join(directory, 'empty'),
  };
  return (await runScenario(SCENARIOS, name, { env, input: { url, root: root.pem } })).result;
}

void describe('as time passes', { skip, concurrency: true }, () => {
  void it('the next connection after the clock was set trusts what is valid by it, as getSystemCAs() says', async (t) => {
    assert.equal(await run(t, 'clockIsSet'), 'as expected');
  });

  void it('a timer tells of what has ended, which is then as if it were removed', async (t) => {
    assert.deepEqual(await run(t, 'timerEnds'), {
      before: [['ok', 1], 'ok', 'ok'],
      ms: 5,
      looksAgain: true,
      removed: 1,
      kept: REFUSED,
      agent: REFUSED,
      session: REFUSED,
      after: [REFUSED, REFUSED, REFUSED, REFUSED],
      look: ['refused', 0],
    });
  });

  void it('a set with nothing valid in it is used when something is, and otherwise what was stays', async (t) => {
    assert.deepEqual(await run(t, 'nothingIsValid'), {
      results: [
        ['refused', 0],
        ['refused', 0],
        ['ok', 1],
        ['ok', 0],
        ['ok', 0],
      ],
      first: 'ERR_TRUSTSTORE_EMPTY_SET',
      warnings: ['ERR_TRUSTSTORE_EMPTY_SET'],
    });
  });

  void it('a test suite that plays with time loses no CA and finds no timer', async (t) => {
    assert.deepEqual(await run(t, 'suitePlays'), ['ok', 1, 0]);
  });
});
