/**
 * Finds what only shows over time: leaks of injecting, restoring and reloading, and many clients while the store
 * changes.
 *
 *   node test/inject/soak.mjs [--seconds=20] [--clients=200] [--node=PATH]
 *
 * Takes 20 seconds in CI; run it for ten minutes (`--seconds=600`) before a release.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { testEnvironment } from '../tools/environment.mjs';

const file = fileURLToPath(import.meta.url);
const folder = path.dirname(file);
const require = createRequire(import.meta.url);

/** Allows for uncollected garbage and caches that still fill, but not for growth with each turn. */
const heapLimitMiB = 6;
const rssLimitMiB = 48;
const loops = { inject: 1000, use: 100, reload: 10_000 };

function serve(identities) {
  const ports = {};
  for (const [name, { cert, key }] of Object.entries(identities)) {
    const server = https.createServer({ cert, key }, (_request, response) => response.end('ok'));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1', () => {
      ports[name] = server.address().port;
      if (Object.keys(ports).length === Object.keys(identities).length) {
        parentPort.postMessage(ports);
      }
    });
  }
}

function run(node, script, input, env = {}) {
  const args = ['--expose-gc', path.join(folder, script), JSON.stringify(input)];
  const child = spawn(node, args, {
    env: { ...testEnvironment(), NODE_NO_WARNINGS: '1', XDG_CONFIG_HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const result = /RESULT (.*)/.exec(output)?.[1];
      if (code === 0 && result !== undefined) resolve(JSON.parse(result));
      else reject(new Error(`${script} ended with ${signal ?? code}\n${output}`));
    });
  });
}

async function main() {
  const options = Object.fromEntries(
    process.argv.slice(2).map((arg) => arg.replace(/^--/, '').split('=')),
  );
  const { seconds = 20, clients = 200, node = process.execPath } = options;
  const { createCertificate } = require('../../dist-test/helpers/pki.js');
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-soak-'));
  const problems = [];
  const roots = {};
  const identities = {};
  for (const name of ['steady', 'coming', 'never']) {
    const root = await createCertificate({ commonName: `Soak ${name}` });
    const leaf = await createCertificate({
      ...{ commonName: 'localhost', issuer: root, ca: false, dns: ['localhost'] },
    });
    roots[name] = root.pem;
    identities[name] = { cert: leaf.pem, key: leaf.keyPem };
  }
  const worker = new Worker(file, { workerData: identities });
  try {
    const ports = await new Promise((resolve) => worker.once('message', resolve));
    for (const [what, times] of Object.entries(loops)) {
      const input = { what, times, root: roots.steady, otherRoot: roots.coming };
      const left = await run(node, 'leak-child.cjs', input);
      const { heapMiB, rssMiB, handlesBefore, handlesAfter } = left;
      console.log(
        `${times} × ${what}: heap ${heapMiB.toFixed(1)} MiB, resident ${rssMiB.toFixed(1)} MiB, handles ${handlesAfter.length}`,
      );
      if (heapMiB > heapLimitMiB || rssMiB > rssLimitMiB) problems.push(`${what} leaks memory`);
      if (handlesAfter.join() !== handlesBefore.join()) problems.push(`${what} leaks handles`);
    }
    const store = path.join(scratch, 'ca.pem');
    writeFileSync(store, roots.steady);
    const urls = Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, `https://localhost:${port}/`]),
    );
    const result = await run(
      node,
      'soak-child.cjs',
      {
        seconds: Number(seconds),
        clients: Number(clients),
        directory: scratch,
        file: store,
        roots,
        urls,
      },
      { SSL_CERT_FILE: store, SSL_CERT_DIR: scratch },
    );
    console.log(
      `${seconds} s, ${clients} clients: ${result.accepted} accepted, ${result.refused} refused, ${result.changes} changes`,
    );
    problems.push(...result.problems);
    if (result.accepted === 0 || result.refused === 0 || result.changes < 3) {
      problems.push('the soak did not do what it is for');
    }
  } finally {
    await worker.terminate();
    rmSync(scratch, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(`problem: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (isMainThread) await main();
else serve(workerData);
