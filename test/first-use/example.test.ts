/**
 * Runs the example of lib/first-use/README.md as it stands there.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

import { blocksRunBy } from '../documents/blocks.js';
import { freePort } from '../helpers/loopback.js';
import { pause, temporaryFile, until } from './bench.js';
import type { TestContext } from './bench.js';

const root = resolve(__dirname, '..', '..');

const examples = join(root, 'test', 'examples', 'first-use');

/** A folder with the package, the programs, and the certificates that the commands of the document make. */
function prepare(t: TestContext): { folder: string; fingerprint: string } {
  const folder = dirname(dirname(temporaryFile(t)));
  cpSync(examples, folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'os-truststore'), 'junction');
  execFileSync('sh', ['make-certificates.sh'], { cwd: folder, stdio: 'pipe' });
  const device = readFileSync(join(folder, 'device.pem'));
  return { folder, fingerprint: new X509Certificate(device).fingerprint256 };
}

const hasTools = ['sh', 'openssl'].every(
  (tool) => spawnSync(tool, tool === 'sh' ? ['-c', ':'] : ['version']).status === 0,
);
const skip = hasTools ? false : 'needs sh and the openssl command';

interface Program {
  process: ChildProcessWithoutNullStreams;
  output: () => string;
  ended: Promise<unknown>;
}

test('the example pairs a device once, and not without a yes', { skip }, async (t) => {
  const { folder, fingerprint } = prepare(t);
  const [startServer = '', startDevice = ''] = (
    await blocksRunBy('test/first-use/example.test.ts')
  ).map(({ code }) => code);
  const env = { ...process.env, PORT: String(await freePort()) };
  const start = (command: string): Program => {
    const [node, ...args] = command.split(' ');
    assert.equal(node, 'node');
    const child = spawn(process.execPath, args, { cwd: folder, env });
    t.after(() => {
      child.kill('SIGKILL');
    });
    let text = '';
    child.stdout.on('data', (data) => (text += String(data)));
    child.stderr.on('data', (data) => (text += String(data)));
    const ended = new Promise((done) => child.once('close', done));
    return { process: child, output: () => text, ended };
  };
  const server = start(startServer);
  await waitForServer(Number(env.PORT), server.output);
  const question = `wants to be paired:\n${fingerprint}\nDoes the device show the same?`;

  for (const [answer, reply] of [
    ['no', /not paired/],
    ['yes', /Hello Kitchen tablet/],
  ] as const) {
    const asked = server.output().length;
    const device = start(startDevice);
    await until(() => server.output().slice(asked).includes(question), 'the question');
    assert.equal(device.output(), `${fingerprint}\n`, 'nothing is served before the answer');
    server.process.stdin.write(`${answer}\n`);
    await device.ended;
    assert.match(device.output(), reply);
  }
  assert.match(server.output(), /refused .*: declined/);

  const asked = server.output().length;
  const device = start(startDevice);
  await device.ended;
  assert.match(device.output(), /Hello Kitchen tablet/);
  assert.equal(server.output().slice(asked).includes(question), false, 'asked once');
});

async function waitForServer(port: number, output: () => string): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    const socket = connect(port, 'localhost');
    const answers = await new Promise((done) => {
      socket.once('connect', () => {
        done(true);
      });
      socket.once('error', () => {
        done(false);
      });
    });
    socket.destroy();
    if (answers === true) return;
    await pause(50);
  }
  throw new Error(`the server does not listen: ${output()}`);
}
