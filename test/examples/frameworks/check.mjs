import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runtimes } from '../../tools/runtimes/runtimes.mjs';
import { assertRefused, assertWorks, compare, project, run } from '../company.mjs';

const programs = fileURLToPath(new URL('../../programs/node_modules', import.meta.url));
const node = runtimes['node-24'];
const env = {
  PATH: `${path.dirname(node)}:${process.env.PATH}`,
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
};

/** Links the pinned programs into a project, beside this package. */
function withPrograms(cwd) {
  for (const name of readdirSync(programs)) {
    const to = path.join(cwd, 'node_modules', name);
    if (!existsSync(to)) symlinkSync(path.join(programs, name), to);
  }
}

const options = { env, prepare: withPrograms };
const bin = (file) => `node_modules/${file}`;

test('Vitest: setupFiles', () =>
  compare(
    ['frameworks/vitest.config.mjs', 'frameworks/intranet.test.mjs'],
    [node, [bin('vitest/vitest.mjs'), 'run']],
    /1 passed/,
    options,
  ));

test('Jest: register for the process that starts it, and its workers', () =>
  compare(
    ['frameworks/jest.sh', 'frameworks/intranet.test.cjs'],
    ['sh', ['jest.sh', '--ci', '--testMatch=**/*.test.cjs']],
    /1 passed/,
    options,
  ));

/** Starts Vite's server and asks its proxy, until it answers anything but "not yet". */
async function askedVite(without) {
  const cwd = project(['frameworks/vite.config.mjs'], { without });
  withPrograms(cwd);
  const vite = spawn(
    node,
    [bin('vite/bin/vite.js'), '--port=5199', '--host=127.0.0.1', '--strictPort'],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    },
  );
  try {
    for (let left = 100; left > 0; left -= 1) {
      const response = await fetch('http://127.0.0.1:5199/api').catch(() => undefined);
      if (response !== undefined) return response.status;
      await new Promise((done) => setTimeout(done, 100));
    }
    return undefined;
  } finally {
    vite.kill();
    await new Promise((done) => vite.once('close', done));
  }
}

test('Vite: the proxy of the development server, by one line in its configuration', async () => {
  assert.equal(await askedVite(true), 500);
  assert.equal(await askedVite(false), 200);
});

test('Next.js: pages that are made by next build', async () => {
  for (const without of [true, false]) {
    const cwd = project(
      readdirSync(new URL('next', import.meta.url)).map((name) => `frameworks/next/${name}`),
      { without },
    );
    withPrograms(cwd);
    const outcome = await run('npm', ['run', 'build'], { cwd, env });
    if (without) assertRefused(outcome);
    else assertWorks(outcome, /Compiled successfully/);
  }
});
