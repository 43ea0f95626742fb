/**
 * In a process that may not have more threads, reading reports that, and nothing is left that keeps the process alive.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { cleanEnv } from '../cli/run-cli.js';

const LIBRARY = join(__dirname, '..', '..', 'dist', 'index.js');
const hasLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;
const skip = hasLimit ? false : 'prlimit(1) of Linux sets the limit';

/**
 * Uses stacks of a gigabyte and an address space with plenty of room, but not for one of them. V8's own threads, which
 * exist by then, need 64 MiB and more for their heaps, and end the process when they cannot get it. The limit also
 * holds for root, unlike one on the number of threads. The event loop then shows what keeps the process alive.
 */
const CHILD = `
  const { execFileSync } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const truststore = require(process.argv[1]);
  truststore.getSystemCAs(); // the addon is loaded, and reading as such works
  const [pages] = readFileSync('/proc/self/statm', 'latin1').split(' ');
  const limit = Number(pages) * 4096 + (900 << 20);
  execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + limit + ':' + limit]);
  const report = (name, error) => {
    const { code, operation, osStatus } = error;
    console.log(JSON.stringify({ name, ours: error instanceof truststore.TruststoreError, code, operation, osStatus }));
  };
  (async () => {
    const env = { SSL_CERT_FILE: '/nonexistent/a', SSL_CERT_DIR: '/nonexistent/b' };
    await truststore.getSystemCAsAsync({ env }).catch((error) => report('async', error));
    const injection = truststore.inject({ system: { env } });
    for (const error of (await injection.ready).warnings) report('inject', error);
    console.log(JSON.stringify({ name: 'kept', certificates: injection.certificates.length > 100 }));
  })();
`;

test(
  'a read that gets no thread is a failed read, and the process ends by itself',
  { skip },
  () => {
    const { status, signal, stdout, stderr } = spawnSync(
      'prlimit',
      [`--stack=${String(1 << 30)}:`, process.execPath, '-e', CHILD, LIBRARY],
      { encoding: 'utf8', env: cleanEnv({ NODE_NO_WARNINGS: '1' }), timeout: 20_000 },
    );
    assert.deepEqual([status, signal], [0, null], stderr);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const failure = {
      ours: true,
      code: 'ERR_TRUSTSTORE_READ_FAILED',
      operation: 'start thread',
      osStatus: { number: 11, text: 'EAGAIN' },
    };
    assert.deepEqual(lines, [
      { name: 'async', ...failure },
      { name: 'inject', ...failure },
      { name: 'kept', certificates: true },
    ]);
  },
);
