/**
 * Runs the README's example exactly as it is printed.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

import { freePort } from '../helpers/loopback.js';
import { createCertificate } from '../helpers/pki.js';
import { createClient, pause, temporaryFile, until } from './bench.js';
import type { TestContext } from './bench.js';

const root = resolve(__dirname, '..', '..');

/** Finds the code block whose first line is a comment with the file's name. */
function readExample(name: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const start = readme.indexOf(`\`\`\`js\n// ${name}\n`);
  assert.notEqual(start, -1, name);
  return readme.slice(start + 6, readme.indexOf('\n```', start + 6));
}

async function prepare(t: TestContext): Promise<{ folder: string; fingerprint: string }> {
  const folder = dirname(dirname(temporaryFile(t)));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'os-truststore'), 'junction');
  const server = await createCertificate({
    commonName: 'Server',
    ca: false,
    dns: ['localhost'],
  });
  const device = await createClient('Kitchen tablet');
  const files = {
    'server.pem': server.pem,
    'server-key.pem': server.keyPem,
    'device.pem': device.pem,
    'device-key.pem': device.keyPem,
    'pairing-server.js': readExample('pairing-server.js'),
    'device.js': readExample('device.js'),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, fingerprint: new X509Certificate(device.pem).fingerprint256 };
}

interface Program {
  process: ChildProcessWithoutNullStreams;
  output: () => string;
  ended: Promise<unknown>;
}

test('the example pairs a device once, and not without a yes', async (t) => {
  const { folder, fingerprint } = await prepare(t);
  const env = { ...process.env, PORT: String(await freePort()) };
  const start = (script: string): Program => {
    const child = spawn(process.execPath, [script], { cwd: folder, env });
    t.after(() => {
      child.kill('SIGKILL');
    });
    let text = '';
    child.stdout.on('data', (data) => (text += String(data)));
    child.stderr.on('data', (data) => (text += String(data)));
    const ended = new Promise((done) => child.once('close', done));
    return { process: child, output: () => text, ended };
  };
  const server = start('pairing-server.js');
  await waitForServer(Number(env.PORT), server.output);
  const question = `wants to be paired:\n${fingerprint}\nDoes the device show the same?`;

  for (const [answer, reply] of [
    ['no', /not paired/],
    ['yes', /Hello Kitchen tablet/],
  ] as const) {
    const asked = server.output().length;
    const device = start('device.js');
    await until(() => server.output().slice(asked).includes(question), 'the question');
    assert.equal(device.output(), `${fingerprint}\n`, 'nothing is served before the answer');
    server.process.stdin.write(`${answer}\n`);
    await device.ended;
    assert.match(device.output(), reply);
  }
  assert.match(server.output(), /refused .*: declined/);

  const asked = server.output().length;
  const device = start('device.js');
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
