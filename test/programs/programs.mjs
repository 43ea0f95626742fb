/**
 * The programs that run stock and injected. `start` is what follows `node`: a package of package.json means its first
 * command, a file of one means itself, anything else is literal; the current folder is a copy of the folder `in` of
 * fixtures/. Stock output must contain `prints`, so that a usage message does not pass for work done.
 *
 * - `from` is the oldest line, and `because` says why when that is newer than 18;
 * - `lines` are the only lines of a slow program: they alternate, so that every line builds or tests something;
 * - `exit` is stock's exit code, 0 when absent;
 * - `verified` programs use the network, and run with verification options too;
 * - `warns` tells the lines on which those options do not apply, so that a warning must say it.
 */
const engines = (package_, range) => `${package_} asks for Node ${range}`;

/** For programs that replace Node's own agent or dispatcher on every line, so that verification does not apply. */
const always = () => true;

const client = (name, package_, more = {}) => ({
  name: package_ === undefined ? name : package_.replace(/^node:/, 'Node, '),
  in: 'network',
  start: ['./client.mjs', name, ...(package_ === undefined ? [] : [package_])],
  prints: 'trusted again: {"method":"GET","path":"/again"}',
  verified: true,
  ...more,
});

const manager = (name, args, prints, more = {}) => ({
  name: [name, ...args].join(' '),
  in: 'npm',
  start: [name, ...args],
  prints,
  ...more,
});
const npm12 = { from: 22, because: engines('npm 12', '22.22') };
const pnpm11 = { from: 22, because: engines('pnpm 11', '22.13') };

/** Compilers, linters and bundlers. */
const builders = [
  {
    ...{
      name: 'next build',
      in: 'next',
      start: ['next', 'build'],
      prints: 'Compiled successfully',
    },
    ...{ lines: [20, 26], slow: true, because: 'a build takes 10 s' },
  },
  {
    ...{ name: 'typedoc', start: ['typedoc', 'src/app.ts'], prints: 'generated at' },
    ...{ lines: [22, 26], because: 'takes 4 s' },
  },
  {
    ...{ name: 'webpack', start: ['webpack-cli', '--config', 'webpack.config.cjs'] },
    ...{ prints: 'compiled successfully', lines: [20, 24], because: 'takes 3 s' },
  },
  {
    ...{ name: 'vite build', start: ['vite', 'build'], prints: 'built in' },
    ...{ from: 20, because: engines('vite 8', '20.19') },
  },
  { name: 'tsc', start: ['typescript', '--listEmittedFiles'], prints: 'out/app.js' },
  {
    ...{ name: 'tsc, wrong', start: ['typescript', '--ignoreConfig', '--noEmit', 'src/typo.ts'] },
    ...{ prints: 'TS2322', exit: 2 },
  },
  { name: 'prettier', start: ['prettier', 'src/untidy.js', 'src/app.ts'], prints: 'a: 1' },
  { name: 'prettier --check', start: ['prettier', '--check', '.'], prints: 'untidy.js', exit: 1 },
  {
    ...{ name: 'eslint', start: ['eslint', 'src'], prints: 'no-unused-vars', exit: 1 },
    ...{ from: 20, because: engines('ESLint 10', '20.19') },
  },
  {
    ...{ name: 'stylelint', start: ['stylelint', 'src/*.css'], prints: 'block-no-empty', exit: 2 },
    ...{ lines: [20, 22, 26], because: 'takes 2 s' },
  },
  { name: 'esbuild', start: ['esbuild', 'src/app.ts', '--bundle'], prints: '"green"' },
  { name: 'esbuild, a program', start: ['./bundle.mjs'], prints: '"green"' },
  { name: 'rollup', start: ['rollup', '--config', 'rollup.config.mjs'], prints: 'created out' },
  { name: 'babel', start: ['@babel/cli', 'src/sum.js'], prints: 'exports.sum = sum' },
  { name: 'terser', start: ['terser', 'src/sum.js', '--compress', '--mangle'], prints: 'reduce' },
  {
    ...{ name: 'sass', start: ['sass', 'src/style.scss'], prints: '.title:hover' },
    ...{ from: 20, because: engines('sass', '20.19') },
  },
  { name: 'postcss', start: ['postcss-cli', 'src/style.css', '--no-map'], prints: '.title' },
  { name: 'tsx', start: ['tsx', 'src/app.ts'], prints: 'added 6 green' },
  { name: 'tsx --import', start: ['--import', 'tsx', 'src/app.ts'], prints: 'added 6 green' },
  { name: 'ts-node', start: ['ts-node', '-T', 'src/app.ts'], prints: 'added 6 green' },
  {
    ...{ name: 'swc-node', prints: 'added 6 green' },
    start: ['--import', '@swc-node/register/esm-register', 'src/app.ts'],
  },
];

/** Test runners. */
const testers = [
  {
    ...{ name: 'jest', start: ['jest', '--ci'], prints: '1 failed, 2 passed', exit: 1 },
    ...{ lines: [22, 26], because: 'takes 4 s' },
  },
  {
    ...{ name: 'vitest', start: ['vitest', 'run', '--dir=test'], prints: '2 passed' },
    ...{ lines: [20, 24, 26], because: 'takes 2 s' },
  },
  {
    ...{ name: 'mocha', start: ['mocha', 'test/sum.mocha.mjs'], prints: '2 passing', exit: 1 },
    ...{ from: 20, because: engines('mocha 12', '20.19') },
  },
  { name: 'ava', start: ['ava'], prints: '2 tests passed' },
  { name: 'node --test', start: ['--test', 'test/sum.node.mjs'], prints: 'pass 3' },
  {
    ...{ name: 'c8', start: ['c8', 'node', 'cli.cjs', 'add', '1', '2'], prints: 'cli.cjs' },
    ...{ from: 20, because: engines('c8 12', '20.19') },
  },
  {
    ...{ name: 'nyc', start: ['nyc', 'node', 'cli.cjs', 'add', '1', '2'], prints: 'cli.cjs' },
    ...{ from: 20, because: engines('nyc 18', '20') },
  },
];

/** Package managers, without a registry, and the scripts they run. */
const managers = [
  manager('npm-10', ['--version'], '10.'),
  manager('npm-10', ['run', 'greet', '--', 'you'], "greet [ 'you' ]"),
  manager('npm-11', ['pack', '--dry-run'], 'workspace-1.0.0.tgz', {
    ...{ from: 20, because: engines('npm 11', '20.17'), verified: true },
  }),
  manager('npm-11', ['install', '--offline'], 'added 1 package', {
    ...{ from: 20, because: engines('npm 11', '20.17'), verified: true },
  }),
  manager('npm-12', ['ls'], 'UNMET DEPENDENCY greeting', { ...npm12, exit: 1, verified: true }),
  manager('npm-12', ['run', 'fails'], 'node ./fails.cjs', { ...npm12, exit: 3 }),
  manager('pnpm-10', ['--version'], '10.', { verified: true }),
  manager('pnpm-10', ['run', 'greet', 'you'], "greet [ 'you' ]"),
  manager('pnpm-11', ['install', '--offline'], 'greeting', { ...pnpm11, verified: true }),
  manager('yarn', ['--version'], '1.22', { verified: true }),
  manager('yarn', ['run', 'greet', 'you'], "greet [ 'you' ]"),
  manager('@yarnpkg/cli-dist', ['--version'], '4.', { verified: true }),
  manager('@yarnpkg/cli-dist', ['install'], 'Done'),
];

/** Programs about processes, workers and the command line. */
const tools = [
  { name: 'commander', start: ['./cli.cjs', '--help'], prints: 'adds numbers' },
  { name: 'commander, wrong', start: ['./cli.cjs', 'add'], prints: 'missing required', exit: 3 },
  { name: 'a crash', start: ['./crash.mjs'], prints: 'TypeError: on purpose', exit: 1 },
  { name: 'execa 9', start: ['./processes.mjs', 'execa-9'], prints: 'late child: true' },
  {
    ...{ name: 'execa 10', start: ['./processes.mjs', 'execa'], prints: 'late child: true' },
    ...{ from: 22, because: engines('execa 10', '22'), verified: true },
  },
  { name: 'zx', start: ['zx', 'script.zx.mjs'], prints: 'exit code: 1' },
  {
    ...{ name: 'concurrently', prints: '[one] sum 3' },
    start: [
      'concurrently',
      '--group',
      '--names=one,two',
      'node cli.cjs add 1 2',
      'node cli.cjs add 3 4',
    ],
  },
  {
    ...{
      name: 'npm-run-all',
      start: ['npm-run-all2/bin/run-s/index.js', 'one', 'two'],
      prints: 'sum 7',
    },
    ...{ from: 20, because: engines('npm-run-all2', '20.5') },
  },
  {
    ...{ name: 'nodemon', start: ['nodemon', '--exitcrash', 'crash.mjs'], exit: 1 },
    prints: 'TypeError: on purpose',
  },
  {
    ...{ name: 'rimraf', start: ['rimraf', '--verbose', 'test', 'src/app.ts'], prints: 'app.ts' },
    ...{ from: 20, because: engines('rimraf 6', '20') },
  },
  { name: 'pino, a worker', start: ['./logger.mjs'], prints: 'from a worker' },
  {
    ...{ name: 'piscina, workers', start: ['./pool.mjs'], prints: 'pool: [ 1, 4, 9, 16 ]' },
    ...{ from: 20, because: engines('piscina 5', '20') },
  },
];

const network = (name, start, prints, more = {}) => ({
  ...{ name, in: 'network', start, prints, verified: true },
  ...more,
});

/** Clients, mocks and servers, on loopback. */
const clients = [
  client('fetch', undefined, { prints: 'without TLS: {' }),
  client('https', 'node:https'),
  client('axios', 'axios'),
  client('got', 'got-14', { from: 20, because: engines('got 14', '20') }),
  client('got', 'got', { from: 22, because: engines('got 16', '22') }),
  client('node-fetch', 'node-fetch-2'),
  client('node-fetch', 'node-fetch-3'),
  client('superagent', 'superagent'),
  client('undici', 'undici-6'),
  client('undici', 'undici-7', { from: 20, because: engines('undici 7', '20.18') }),
  client('undici', 'undici', {
    ...{ from: 22, because: engines('undici 8', '22.19') },
    // undici has a global dispatcher of its own there, which it makes after the injection.
    warns: (line) => line < 24,
  }),
  network('MockAgent of undici 7', ['./mock-agent.mjs', 'undici-7'], 'not mocked failed', {
    ...{ from: 20, because: engines('undici 7', '20.18') },
  }),
  network('MockAgent of undici 8', ['./mock-agent.mjs', 'undici'], 'not mocked failed', {
    ...{ from: 22, because: engines('undici 8', '22.19') },
  }),
  network('nock 14', ['./nock.mjs', 'nock-14'], 'real, not allowed failed', { warns: always }),
  network('nock 15', ['./nock.mjs', 'nock'], 'real, not allowed failed', {
    warns: always,
    ...{ from: 22, because: engines('nock 15', '22.20') },
  }),
  network('msw 2', ['./msw.mjs', 'msw-2'], 'real fetch: {', { warns: always }),
  network('msw 3', ['./msw.mjs', 'msw'], 'real fetch: {', {
    warns: always,
    ...{ from: 22, because: engines('msw 3', '22.12') },
  }),
  network('ws', ['./ws.mjs'], 'trusted: "echo hello"'),
  network('socket.io', ['./socket-io.cjs'], 'sum 3'),
  network('express, supertest', ['./express.cjs'], 'broken 500 on purpose'),
  network('fastify', ['./fastify.mjs'], 'listening { id: 7 }', {
    ...{ from: 20, because: engines('fastify 5', '20') },
  }),
  network('http-server', ['./http-server.cjs'], 'package.json 200'),
  network('playwright-core', ['./playwright.mjs'], 'secure, ignoring true: {', {
    ...{ from: 20, because: engines('playwright-core', '20') },
  }),
  network('playwright --version', ['playwright-core', '--version'], 'Version 1.', {
    ...{ from: 20, because: engines('playwright-core', '20'), verified: false },
  }),
];

export const programs = [...builders, ...testers, ...managers, ...tools, ...clients];
