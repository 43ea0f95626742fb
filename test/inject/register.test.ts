import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { InstalledProject } from '../helpers/installed.js';
import {
  childEnvironment,
  createLeaf,
  createRoot,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

const project = new InstalledProject();
const CLIENT = join(__dirname, '../../test/inject/fixtures/client.cjs');
const FREEZE = `Object.freeze(require('node:diagnostics_channel'));`;
const CHANGES = `
${FREEZE}
for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'OS_TRUSTSTORE_ADDON']) process.env[name] = __dirname;
process.env.OS_TRUSTSTORE_SYSTEM = '0';
`;
const REFUSED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';

interface Prepared {
  url: string;
  fingerprint: string;
  env: Record<string, string>;
}

/** Starts a server whose root is only in the system's store. */
async function prepare(t: TestContext): Promise<Prepared> {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const directory = temporaryDirectory(t);
  const file = writeFile(directory, 'ca.pem', root.pem);
  return {
    url,
    fingerprint: new X509Certificate(root.pem).fingerprint256,
    env: { SSL_CERT_FILE: file, SSL_CERT_DIR: directory },
  };
}

async function run(
  url: string,
  env: Record<string, string>,
  ...more: string[]
): Promise<{ result: string; stderr: string; status: number | string }> {
  const environment = childEnvironment({ NODE_NO_WARNINGS: '', ...env });
  const { stdout, stderr, status } = await project.run(
    '--require',
    [CLIENT, url, ...more],
    environment,
  );
  return { result: /RESULT "(.*)"/.exec(stdout)?.[1] ?? '', stderr, status };
}

void test('options of register come from the environment', async (t) => {
  const { url, env, fingerprint } = await prepare(t);
  const attempt = async (more: Record<string, string>): Promise<string> =>
    (await run(url, { ...env, ...more })).result;
  assert.equal(await attempt({ OS_TRUSTSTORE_SYSTEM: '0' }), REFUSED);
  assert.equal(await attempt({ OS_TRUSTSTORE_BUNDLED: 'false' }), 'ok');
  assert.equal(await attempt({ OS_TRUSTSTORE_EXCLUDE: fingerprint }), REFUSED);
  assert.equal(
    await attempt({
      OS_TRUSTSTORE_SYSTEM: '0',
      OS_TRUSTSTORE_USER_CAS: env.SSL_CERT_FILE ?? '',
    }),
    'ok',
  );
  assert.equal(await attempt({ OS_TRUSTSTORE_OPTIONS: '{"system":false}' }), REFUSED);
});

void test('OS_TRUSTSTORE_ROOT_LISTS decides what becomes of lists of all roots', async (t) => {
  const { url, env } = await prepare(t);
  const attempt = (value: string): ReturnType<typeof run> =>
    run(url, { ...env, OS_TRUSTSTORE_ROOT_LISTS: value }, 'roots');
  assert.equal((await attempt('')).result, 'ok');
  assert.equal((await attempt('0')).result, REFUSED);
  const { status, stderr } = await attempt('some');
  assert.notEqual(status, 0);
  assert.match(stderr, /OS_TRUSTSTORE_ROOT_LISTS must be 1 or 0, not "some"/);
});

void test('options that mean nothing are a warning each where they keep nothing from being trusted', async (t) => {
  const { url, env } = await prepare(t);
  const { result, stderr } = await run(url, {
    ...env,
    OS_TRUSTSTORE_WATCH: 'perhaps',
    OS_TRUSTSTORE_DEADLINE_MS: 'soon',
    OS_TRUSTSTORE_WATCHER: '1',
  });
  assert.equal(result, 'ok');
  assert.equal(stderr.match(/TruststoreWarning/g)?.length, 3, stderr);
  assert.match(stderr, /OS_TRUSTSTORE_WATCH must be 1 or 0, not "perhaps"/);
  assert.match(stderr, /OS_TRUSTSTORE_DEADLINE_MS must be a number of milliseconds, not "soon"/);
  assert.match(
    stderr,
    /OS_TRUSTSTORE_WATCHER is not a variable .* did you mean OS_TRUSTSTORE_WATCH\?/,
  );
});

/** What a user believes to be in force, and what the process says instead of running without it. */
const FATAL: [env: Record<string, string>, message: RegExp][] = [
  [
    { OS_TRUSTSTORE_REVOCATION: 'hard' },
    /OS_TRUSTSTORE_REVOCATION must be one of off, soft-fail, require, not "hard"/,
  ],
  [
    { OS_TRUSTSTORE_REVOKATION: 'require' },
    /OS_TRUSTSTORE_REVOKATION is not a variable .* did you mean OS_TRUSTSTORE_REVOCATION\?/,
  ],
  [{ OS_TRUSTSTORE_VERIFIER: 'windows' }, /OS_TRUSTSTORE_VERIFIER must be one of openssl, system/],
  [{ OS_TRUSTSTORE_VERIFIER: 'system' }, /verifier: 'system' needs Windows or macOS/],
  [
    { OS_TRUSTSTORE_EXCLUDE: 'abc' },
    /OS_TRUSTSTORE_EXCLUDE must be SHA-256 fingerprints, not "abc"/,
  ],
  [{ OS_TRUSTSTORE_BUNDLED: 'maybe' }, /OS_TRUSTSTORE_BUNDLED must be 1 or 0/],
  [{ OS_TRUSTSTORE_SYSTEM: 'none' }, /OS_TRUSTSTORE_SYSTEM must be 1 or 0/],
  // A parent hands on what it was told. A child that drops it trusts more than its parent.
  [
    { OS_TRUSTSTORE_OPTIONS: '{"revocation":"require"' },
    /OS_TRUSTSTORE_OPTIONS must be options as JSON/,
  ],
  [{ OS_TRUSTSTORE_OPTIONS: '{"exclude":["nonsense"]}' }, /ERR_TRUSTSTORE_INVALID_ARGUMENT/],
  [{ OS_TRUSTSTORE_OPTIONS: '{"revocation":"hard"}' }, /options\.revocation must be one of/],
];

for (const [variables, message] of FATAL) {
  void test(`${JSON.stringify(variables)} ends the process`, async (t) => {
    const { url, env } = await prepare(t);
    const { result, stderr, status } = await run(url, { ...env, ...variables });
    assert.equal(result, '');
    assert.notEqual(status, 0);
    assert.match(stderr, message);
  });
}

void test('what a program puts into its environment, or freezes, before it uses TLS changes nothing', async (t) => {
  const { url, env } = await prepare(t);
  const code = `${CHANGES}require(${JSON.stringify(CLIENT)});`;
  const later = writeFile(temporaryDirectory(t), 'later.cjs', code);
  const environment = childEnvironment({ NODE_NO_WARNINGS: '', ...env });
  const { stdout, stderr } = await project.run('--require', [later, url], environment);
  assert.match(stdout, /RESULT "ok"/, stderr);
});

void test('register never throws where the builtin is frozen that holds the injection', async () => {
  const code = `${FREEZE}require('os-truststore/register');console.log('runs')`;
  const environment = childEnvironment({ NODE_NO_WARNINGS: '' });
  const { stdout, stderr } = await project.run('stock', ['-e', code], environment);
  assert.equal(stdout.trim(), 'runs', stderr);
  assert.match(stderr, /is frozen/);
});

void test('who asks for the store long after register gets what it holds now', async (t) => {
  const { env } = await prepare(t);
  const { pem } = await createRoot();
  const code = `
    const { getSystemCAsAsync } = require('os-truststore');
    setTimeout(async () => {
      require('node:fs').writeFileSync(process.env.SSL_CERT_FILE, ${JSON.stringify(pem)});
      console.log((await getSystemCAsAsync())[0] === ${JSON.stringify(pem)});
    }, 50);`;
  const { stdout, stderr } = await project.run('--require', ['-e', code], childEnvironment(env));
  assert.equal(stdout.trim(), 'true', stderr);
});
