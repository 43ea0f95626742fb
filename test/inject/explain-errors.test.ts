import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Seen } from './explain-errors.scenarios.js';
import {
  createLeaf,
  createRoot,
  runScenario,
  startServer,
  temporaryDirectory,
  writeFile,
} from './harness.js';

const SCENARIOS = join(__dirname, 'explain-errors.scenarios.js');
const past = { validFrom: new Date('2020-01-01'), validTo: new Date('2021-01-01') };

type Answers = Record<string, Seen | 'ok'>;

function refusal(answers: Answers, name: string): Seen {
  const seen = answers[name];
  assert.ok(seen !== undefined && seen !== 'ok', `${name} is refused`);
  return seen;
}

void test('an error says cause and cure in every way to connect, and keeps code and words', async (t) => {
  const root = await createRoot({ commonName: 'Corp Proxy Root' });
  const { url } = await startServer(t, await createLeaf(root), [root]);
  const run = async (inject: object): Promise<Answers> =>
    (
      await runScenario<Answers>(SCENARIOS, 'eachWay', {
        input: { urls: { url }, store: {}, inject },
      })
    ).result;
  const [usual, explained] = await Promise.all([run({}), run({ explainErrors: true })]);
  for (const way of ['fetch', 'https', 'http2', 'tls']) {
    const before = refusal(usual, way);
    const { code, message, explanation, stack, keys } = refusal(explained, way);
    assert.equal(before.explanation, undefined, 'it is off by default');
    assert.equal(code, before.code);
    assert.deepEqual(keys, before.keys, 'nothing more is enumerable');
    assert.ok(message.startsWith(`${before.message} (os-truststore: The chain ends at`), message);
    assert.match(message, /“Corp Proxy Root”/);
    assert.equal(explanation?.name, 'untrusted-root');
    assert.ok(message.includes(`${explanation.summary} ${explanation.remedy})`));
    assert.ok(stack.includes(message), 'the stack shows it, which is what a program prints');
  }
  const after = refusal(explained, 'after');
  assert.deepEqual(after, { ...refusal(usual, 'after'), stack: after.stack });
});

void test('each reason has its explanation, without the network', async (t) => {
  const root = await createRoot();
  const middle = await createRoot({ commonName: 'Middle CA', issuer: root });
  const withdrawn = await createRoot({ commonName: 'Withdrawn CA', issuer: root });
  const servers = {
    'self-signed': [await createLeaf(undefined, { commonName: 'a\u202eb' })],
    'unknown-issuer': [await createLeaf(middle)],
    expired: [await createLeaf(root, past)],
    'wrong-host': [await createLeaf(root, { dns: ['other.test'], ip: [] })],
    distrusted: [await createLeaf(withdrawn), withdrawn],
  };
  const urls: Record<string, string> = {};
  for (const [name, [leaf, ...chain]] of Object.entries(servers)) {
    urls[name] = (await startServer(t, leaf!, chain)).url;
  }
  const { result } = await runScenario<Answers>(SCENARIOS, 'eachUrl', {
    input: {
      urls,
      store: { anchors: [root.pem], distrusted: [withdrawn.pem] },
      inject: { explainErrors: true },
    },
  });
  for (const name of Object.keys(servers)) {
    const { explanation, message } = refusal(result, name);
    assert.equal(explanation?.name, name, message);
    assert.doesNotMatch(message, /again/, 'its readers have run no command');
    assert.doesNotMatch(
      message,
      /[\p{C}\p{Zl}\p{Zp}]/u,
      'it is one line, whatever the peer is called',
    );
  }
  assert.match(
    refusal(result, 'self-signed').message,
    /`npx os-truststore doctor 127\.0\.0\.1:\d+ --servername localhost --fix\b/,
  );
});

void test('a connection that does not trust by the set in force is not explained', async (t) => {
  const root = await createRoot();
  const other = await createRoot();
  const { url } = await startServer(t, await createLeaf(root), [root]);
  const { result } = await runScenario<Answers>(SCENARIOS, 'eachUrl', {
    input: { urls: { url }, store: {}, inject: { explainErrors: true }, ca: other.pem },
  });
  assert.doesNotMatch(refusal(result, 'url').message, /os-truststore/);
});

void test('an error of the program’s own check of names stays as the program made it', async (t) => {
  const root = await createRoot();
  const { url } = await startServer(t, await createLeaf(root), [root]);
  for (const own of ['EPIN', 'ERR_TLS_CERT_ALTNAME_INVALID']) {
    const { result } = await runScenario<Answers>(SCENARIOS, 'eachUrl', {
      input: {
        urls: { url },
        store: { anchors: [root.pem] },
        inject: { explainErrors: true },
        own,
      },
    });
    const { code, message } = refusal(result, 'url');
    assert.deepEqual([code, message], [own, 'not our pin']);
  }
});

const skip = process.platform === 'linux' ? false : 'SSL_CERT_FILE is read on Unix';

void test(
  'by register too, and an issuer that the store leaves out is named with its place',
  { skip },
  async (t) => {
    const root = await createRoot({ commonName: 'Old Root', ...past });
    const directory = temporaryDirectory(t);
    const file = writeFile(directory, 'ca.pem', root.pem);
    const { url } = await startServer(t, await createLeaf(root), []);
    const { result } = await runScenario<Answers>(SCENARIOS, 'eachUrl', {
      execArgv: ['--require', join(__dirname, '../../dist/register.js')],
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: directory, OS_TRUSTSTORE_EXPLAIN_ERRORS: '1' },
      input: { urls: { url } },
    });
    const { explanation } = refusal(result, 'url');
    assert.equal(explanation?.name, 'expired');
    assert.ok(explanation.summary.includes(file), explanation.summary);
  },
);
