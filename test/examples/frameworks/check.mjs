import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runtimes } from '../../tools/runtimes/runtimes.mjs';
import { compare, project } from '../company.mjs';

const programs = realpathSync(
  fileURLToPath(new URL('../../programs/node_modules/', import.meta.url)),
);
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

/** Next's bundler does not follow links out of a project, so it gets what it uses as files. */
const ofNext = [
  ...[
    'next',
    '@next',
    '@swc',
    'react',
    'react-dom',
    'scheduler',
    'styled-jsx',
    'client-only',
    'tslib',
  ],
  ...[
    'postcss',
    'nanoid',
    'picocolors',
    'source-map-js',
    'caniuse-lite',
    'baseline-browser-mapping',
  ],
  ...['sharp', '@img', 'semver', 'detect-libc'],
];
function withNext(cwd) {
  const from = ofNext.map((name) => path.join(programs, name)).filter((place) => existsSync(place));
  const to = path.join(cwd, 'node_modules');
  // Links where the file system can, else copies.
  for (const flag of ['-al', '-a']) {
    if (spawnSync('cp', [flag, ...from, to], { stdio: 'ignore' }).status === 0) return;
  }
  throw new Error(`${from} could not be copied to ${to}`);
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
  assert.equal(await askedVite(true), 502);
  assert.equal(await askedVite(false), 200);
});

const next = ['package.json', 'app'].map((name) => `frameworks/next/${name}`);

test('Next.js: pages that are made by next build', () =>
  compare(next, ['npm', ['run', 'build']], /Generating static pages/, { env, prepare: withNext }));
