import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { assertWorks, project, run, script } from '../company.mjs';

const files = ['server.cjs', 'mtls-servers/make-certificates.sh', 'mtls-servers/client.sh'];

async function served(cwd, use) {
  const server = spawn(process.execPath, ['server.cjs'], { cwd, stdio: 'inherit' });
  try {
    await use();
  } finally {
    server.kill();
  }
}

/** The server needs a moment to listen. */
async function eventually(attempt) {
  for (let left = 50; ; left -= 1) {
    const outcome = await attempt();
    if (outcome.status === 0 || left === 0) return outcome;
    await new Promise((done) => setTimeout(done, 100));
  }
}

test('a server lets in clients of its own CA and trusts the machine for what it asks of others', async () => {
  const cwd = project(files);
  assertWorks(await script('make-certificates.sh', { cwd }), /./);
  await served(cwd, async () => {
    const outcome = await eventually(() => script('client.sh', { cwd }));
    assertWorks(outcome, /Hello alice, upstream says 200/);
    const stranger = [
      '--silent',
      '--show-error',
      '--cacert',
      'server.pem',
      'https://localhost:8443',
    ];
    const { status } = await run('curl', stranger, { cwd });
    assert.notEqual(status, 0, 'a client without a certificate got in');
  });
});
