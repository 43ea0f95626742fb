/**
 * What the environment tells register is a floor for what programs ask of inject().
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { InjectOptions } from '../../dist/index.js';
import { underPolicy } from '../../dist/inject/options/environment-policy.js';
import { InstalledProject } from '../helpers/installed.js';
import {
  childEnvironment,
  createLeaf,
  createRoot,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

type Row = [policy: InjectOptions, said: InjectOptions, inForce: InjectOptions, told?: string[]];

const userCAs = { env: false };
const system = { expired: true };
const ROWS: Record<string, Row[]> = {
  'exclusions are united': [
    [{ exclude: ['A'] }, {}, { exclude: ['A'] }],
    [{}, { exclude: ['B'] }, { exclude: ['B'] }],
    [{ exclude: ['A'] }, { exclude: ['B'] }, { exclude: ['A', 'B'] }],
    [{ exclude: ['A'] }, { exclude: [] }, { exclude: ['A'] }],
  ],
  'the tighter of two is in force, and only who asked for less is told': [
    [{ revocation: 'require' }, {}, { revocation: 'require' }],
    [{ revocation: 'require' }, { revocation: undefined }, { revocation: 'require' }],
    [{ revocation: 'require' }, { revocation: 'require' }, { revocation: 'require' }],
    [{ revocation: 'require' }, { revocation: 'off' }, { revocation: 'require' }, ['revocation']],
    [
      { revocation: 'soft-fail' },
      { revocation: 'off' },
      { revocation: 'soft-fail' },
      ['revocation'],
    ],
    [{ revocation: 'soft-fail' }, { revocation: 'require' }, { revocation: 'require' }],
    [{ revocation: 'off' }, { revocation: 'soft-fail' }, { revocation: 'soft-fail' }],
    [{ rootLists: false }, { rootLists: true }, { rootLists: false }, ['rootLists']],
    [{ rootLists: true }, { rootLists: false }, { rootLists: false }],
    [{ bundled: false }, { bundled: true }, { bundled: false }, ['bundled']],
    [{ bundled: true }, { bundled: false }, { bundled: false }],
    [{ system: false }, { system: true }, { system: false }, ['system']],
    [{ system: false }, { system }, { system: false }, ['system']],
    [{ system: true }, { system }, { system }],
    [{ system: true }, { system: false }, { system: false }],
    [
      { fetchIntermediates: false },
      { fetchIntermediates: true },
      { fetchIntermediates: false },
      ['fetchIntermediates'],
    ],
    [{ fetchIntermediates: true }, { fetchIntermediates: false }, { fetchIntermediates: false }],
  ],
  'the environment chooses the verifier': [
    [{ verifier: 'system' }, {}, { verifier: 'system' }],
    [{ verifier: 'system' }, { verifier: 'openssl' }, { verifier: 'system' }, ['verifier']],
    [{ verifier: 'openssl' }, { verifier: 'system' }, { verifier: 'openssl' }, ['verifier']],
    [{}, { verifier: 'system' }, { verifier: 'system' }],
  ],
  'what is no policy is the program’s where it says something': [
    [{ watch: true }, { exclude: ['A'] }, { watch: true, exclude: ['A'] }],
    [{ watch: true }, { watch: false }, { watch: false }],
    [{ workers: false }, { workers: true }, { workers: true }],
    [{ childProcesses: true }, { childProcesses: false }, { childProcesses: false }],
    [{ deadlineMs: 1 }, { deadlineMs: 2 }, { deadlineMs: 2 }],
    [{ explainErrors: true }, { explainErrors: false }, { explainErrors: false }],
    [{ userCAs: 'one' }, { userCAs }, { userCAs }],
    [{ userCAs: 'one' }, {}, { userCAs: 'one' }],
  ],
  'what is malformed stays for the check that names it': [
    [{ bundled: false }, { bundled: 'x' } as never, { bundled: 'x' } as never],
    [{ revocation: 'require' }, { revocation: 'x' } as never, { revocation: 'x' } as never],
    [{ verifier: 'system' }, { verifier: null } as never, { verifier: null } as never],
    [{ exclude: ['A'] }, { exclude: 'B' } as never, { exclude: 'B' } as never],
    [{}, { watch: null } as never, { watch: null } as never],
  ],
};
for (const [name, rows] of Object.entries(ROWS)) {
  void test(name, () => {
    for (const [policy, said, inForce, told = []] of rows) {
      const row = JSON.stringify([policy, said]);
      const { options, contradictions } = underPolicy(policy, said);
      assert.deepEqual(options, inForce, row);
      const named = contradictions.map((contradiction) => contradiction.name);
      assert.deepEqual(named, told, row);
    }
  });
}

void test('options with a class of their own are heard', () => {
  class Options {
    readonly #revocation = 'off' as const;
    get revocation(): 'off' {
      return this.#revocation;
    }
  }
  const { options, contradictions } = underPolicy<InjectOptions>(
    { revocation: 'require' },
    new Options(),
  );
  assert.deepEqual(options, { revocation: 'require' });
  assert.deepEqual(contradictions, [{ name: 'revocation', said: 'off', inForce: 'require' }]);
});

const project = new InstalledProject();
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

/** After each call it makes one request to each server. */
project.write(
  'steps.cjs',
  `const { get } = require('node:https');
  const attempt = (url) => new Promise((resolve) => {
    get(url, { agent: false }, (response) => response.resume().on('end', () => resolve('ok')))
      .on('error', ({ code }) => resolve(code));
  });
  exports.take = async (truststore, { urls, calls }) => {
    const warnings = [];
    const events = [];
    process.on('warning', ({ code, message }) => {
      if (code === 'ERR_TRUSTSTORE_POLICY') warnings.push(message);
    });
    const results = [];
    const look = async () => results.push(await Promise.all(urls.map(attempt)));
    await look();
    truststore.inject().on('warning', ({ message }) => events.push(message));
    for (const call of calls) {
      if (call === 'restore') truststore.restore();
      else if (call === 'register') require('os-truststore/register');
      else await truststore.inject(...call).reload();
      await look();
    }
    return { results, warnings, events };
  };`,
);
project.write(
  'program.cjs',
  `const { parentPort, workerData } = require('node:worker_threads');
  const input = parentPort ? workerData : JSON.parse(process.argv[2]);
  require('./steps.cjs').take(require('os-truststore'), input).then((outcome) => {
    if (parentPort) parentPort.postMessage(outcome);
    else console.log('RESULT ' + JSON.stringify(outcome));
  });`,
);
project.write(
  'program.mjs',
  `import * as truststore from 'os-truststore';
  import { take } from './steps.cjs';
  console.log('RESULT ' + JSON.stringify(await take(truststore, JSON.parse(process.argv[2]))));`,
);
// A worker and a child process get an environment without the variables of the first process.
const silent = `const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^OS_TRUSTSTORE_(?!OPTIONS)/.test(name)) delete env[name];
  }`;
project.write(
  'worker.cjs',
  `${silent}
  const { Worker } = require('node:worker_threads');
  new Worker(require.resolve('./program.cjs'), { workerData: JSON.parse(process.argv[2]), env })
    .on('message', (outcome) => console.log('RESULT ' + JSON.stringify(outcome)));`,
);
project.write(
  'child.cjs',
  `${silent}
  const args = [require.resolve('./program.cjs'), process.argv[2]];
  require('node:child_process').spawn(process.execPath, args, { env, stdio: 'inherit' });`,
);

interface Outcome {
  results: string[][];
  warnings: string[];
  events: string[];
}
type Call = 'restore' | 'register' | [InjectOptions?];

interface World {
  urls: string[];
  /** The fingerprint of the first server's root. */
  fingerprint: string;
  /** A file with the second server's root. */
  file: string;
  take(
    program: string,
    env: Record<string, string>,
    calls: Call[],
    way?: '--require' | '--import' | 'stock',
  ): Promise<Outcome>;
}

/** Starts two servers whose roots are in the system's store. */
async function prepare(t: TestContext): Promise<World> {
  const roots = [await createRoot(), await createRoot()];
  const leaves = await Promise.all(roots.map((root) => createLeaf(root)));
  const servers = await Promise.all(leaves.map((leaf) => startServer(t, leaf)));
  const urls = servers.map(({ url }) => url);
  const directory = temporaryDirectory(t);
  const [first, second] = roots.map(({ pem }) => pem) as [string, string];
  const store = writeFile(directory, 'store.pem', `${first}${second}`);
  const file = writeFile(directory, 'second.pem', second);
  const { fingerprint256: fingerprint } = new X509Certificate(first);
  const take: World['take'] = async (program, env, calls, way = '--require') => {
    const environment = childEnvironment({ SSL_CERT_FILE: store, SSL_CERT_DIR: '', ...env });
    const args = [program, JSON.stringify({ urls, calls })];
    const { stdout, stderr } = await project.run(way, args, environment);
    const result = /RESULT (.*)/.exec(stdout)?.[1];
    assert.ok(result, stderr);
    return JSON.parse(result) as Outcome;
  };
  return { urls, fingerprint, file, take };
}

const WAYS = {
  'CommonJS, --require': ['program.cjs', '--require'],
  'an ES module, --import': ['program.mjs', '--import'],
  'a worker': ['worker.cjs', '--require'],
  'a child process': ['child.cjs', '--require'],
} as const;
for (const [name, [program, way]] of Object.entries(WAYS)) {
  void test(`exclusions of the environment outlive every call of the program (${name})`, async (t) => {
    const { fingerprint, take } = await prepare(t);
    const env = { OS_TRUSTSTORE_EXCLUDE: fingerprint, OS_TRUSTSTORE_CHILD_PROCESSES: '1' };
    const calls: Call[] = [[], [{}], [{ exclude: [] }], 'restore', [{ deadlineMs: 9000 }], [{}]];
    const { results, warnings } = await take(program, env, calls, way);
    const kept = [REFUSED, 'ok'];
    assert.deepEqual(results, [kept, kept, kept, kept, [REFUSED, REFUSED], kept, kept]);
    assert.deepEqual(warnings, []);
  });
}

void test('a program that asks for less is told once, with the variable and the option', async (t) => {
  const { take } = await prepare(t);
  const env = { OS_TRUSTSTORE_REVOCATION: 'soft-fail', OS_TRUSTSTORE_ROOT_LISTS: 'no' };
  const less: InjectOptions = { revocation: 'off', rootLists: true, cacheDirectory: false };
  const { warnings, events } = await take('program.cjs', env, [[less], [less], [{}]]);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /OS_TRUSTSTORE_ROOT_LISTS=no stays in force, not rootLists: true; OS_TRUSTSTORE_REVOCATION=soft-fail stays in force, not revocation: "off"/,
  );
  assert.equal(events[0], warnings[0]);
});

void test('a program that asks for more gets it, and hears nothing', async (t) => {
  const { fingerprint, take } = await prepare(t);
  const env = { OS_TRUSTSTORE_SYSTEM: '1', OS_TRUSTSTORE_EXCLUDE: fingerprint };
  const { results, warnings } = await take('program.cjs', env, [[{ system: false }], [{}]]);
  assert.deepEqual(results, [
    [REFUSED, 'ok'],
    [REFUSED, REFUSED],
    [REFUSED, 'ok'],
  ]);
  assert.deepEqual(warnings, []);
});

void test('what a worker and a child process inherit is named as that', async (t) => {
  const { take } = await prepare(t);
  const env = { OS_TRUSTSTORE_ROOT_LISTS: '0', OS_TRUSTSTORE_CHILD_PROCESSES: '1' };
  const calls: Call[] = [[{ rootLists: true }]];
  const worker = await take('worker.cjs', env, calls);
  assert.match(worker.warnings.join(), /this thread inherits=\{"rootLists":false\} stays in force/);
  const child = await take('child.cjs', env, calls);
  assert.match(child.warnings.join(), /OS_TRUSTSTORE_OPTIONS=\{"rootLists":false\} stays in force/);
});

void test('register that is loaded after inject() leaves the program’s options under the policy', async (t) => {
  const { fingerprint, file, take } = await prepare(t);
  const env = { OS_TRUSTSTORE_EXCLUDE: fingerprint };
  const calls: Call[] = [[{ bundled: false }], 'register', [], [{ userCAs: { files: [file] } }]];
  const { results } = await take('program.cjs', env, calls, 'stock');
  assert.deepEqual(results[1], ['ok', 'ok']);
  assert.deepEqual(results.slice(3), [
    [REFUSED, 'ok'],
    [REFUSED, 'ok'],
  ]);
});

void test('user CAs of the environment are read until the program says env: false', async (t) => {
  const { file, take } = await prepare(t);
  const env = { OS_TRUSTSTORE_SYSTEM: '0', OS_TRUSTSTORE_USER_CAS: file };
  const calls: Call[] = [[{ watch: false }], [{ userCAs: { env: false } }], [{ userCAs: {} }]];
  const { results } = await take('program.cjs', env, calls);
  const seconds = results.map(([, second]) => second);
  assert.deepEqual(seconds, ['ok', 'ok', REFUSED, 'ok']);
});

void test('the store is watched for as long as the program does not say otherwise', async (t) => {
  const directory = temporaryDirectory(t);
  const [first, second] = [await createRoot(), await createRoot()];
  const file = writeFile(directory, 'store.pem', first.pem);
  project.write(
    'watcher.cjs',
    `const { appendFileSync } = require('node:fs');
    const injection = require('os-truststore').inject({ exclude: [] });
    injection.on('change', ({ added }) => {
      if (added.length > 0) console.log('RESULT changed');
      process.exit();
    });
    injection.ready.then(() => {
      injection.certificates.length;
      appendFileSync(process.argv[2], process.argv[3]);
      setTimeout(() => process.exit(), 20_000);
    });`,
  );
  const env = { SSL_CERT_FILE: file, SSL_CERT_DIR: directory, OS_TRUSTSTORE_WATCH: '1' };
  const args = ['watcher.cjs', file, second.pem];
  const { stdout } = await project.run('--require', args, childEnvironment(env));
  assert.equal(stdout.trim(), 'RESULT changed');
});
