/**
 * Runs real clients against real servers on every line of Node: refused without inject, accepted with it, refused again
 * after restore; a twin whose root the operating system distrusts is always refused. The same for clients that name all
 * of Node's roots and one more; a list that leaves one out must not be recognised.
 *
 *   node test/clients/run.mjs [--summary=FILE] [version]...
 *
 * Needs nginx, PostgreSQL and Redis, and fails without them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, chmodSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { testEnvironment } from '../tools/environment.mjs';
import { installRuntimes, nodeVersions } from '../tools/runtimes/runtimes.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const programTimeoutMs = 120_000;
const refusals = ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'];

/** Writes a system whose store holds both roots, one of which its administrator has deselected. */
function writeSystem(root, trusted, distrusted) {
  const write = (file, text) => {
    const target = path.join(root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  };
  write('etc/ssl/certs/ca-certificates.crt', trusted.pem + distrusted.pem);
  write('usr/share/ca-certificates/test/trusted.crt', trusted.pem);
  write('usr/share/ca-certificates/test/distrusted.crt', distrusted.pem);
  write('etc/ca-certificates.conf', 'test/trusted.crt\n!test/distrusted.crt\n');
}

async function startServers(scratch, name, identity, started) {
  const { startNginx, startPostgres, startRedis, startWeb } = await import('./servers.mjs');
  const urls = {};
  const keep = async (kind, start) => {
    const own = path.join(scratch, `${name}-${kind}`);
    mkdirSync(own);
    const server = await start(own, identity);
    started.push(server);
    urls[kind] = server.url;
  };
  await keep('web', (_folder, leaf) => startWeb(leaf));
  await keep('nginx', startNginx);
  await keep('redis', startRedis);
  await keep('postgres', startPostgres);
  return urls;
}

function runProgram(binary, input) {
  const child = spawn(binary, [path.join(folder, 'program.cjs'), JSON.stringify(input)], {
    env: { ...testEnvironment(), NODE_NO_WARNINGS: '1', XDG_CONFIG_HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), programTimeoutMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const result = /RESULT (.*)/.exec(output)?.[1];
      if (code === 0 && result !== undefined) resolve(JSON.parse(result));
      else reject(new Error(`the program ended with ${code}\n${output}`));
    });
  });
}

/** Returns one line for each client that misbehaved. */
function judge(results) {
  const problems = [];
  for (const phase of ['before', 'during', 'after']) {
    for (const twin of ['trusted', 'distrusted']) {
      for (const [client, code] of Object.entries(results[phase][twin])) {
        const accepted = phase === 'during' && twin === 'trusted';
        if (accepted ? code === 'ok' : refusals.includes(code)) continue;
        problems.push(`${client}, ${twin} server, ${phase} injecting: ${code}`);
      }
    }
  }
  return problems;
}

/** Does the same for clients with lists. */
function judgeLists(lists) {
  const problems = [];
  for (const [phase, clients] of Object.entries(lists)) {
    for (const [client, results] of Object.entries(clients)) {
      const widened = phase.startsWith('during') && client.endsWith(', whole');
      const accepted = { trusted: widened, distrusted: false, own: true };
      for (const [server, code] of Object.entries(results)) {
        if (accepted[server] ? code === 'ok' : refusals.includes(code)) continue;
        problems.push(`${client} list, ${server} server, ${phase}: ${code}`);
      }
    }
  }
  return problems;
}

/** Starts a server of a CA that only the programs know, and a proxy. */
async function startOthers(createCertificate, started) {
  const { startProxy, startWeb } = await import('./servers.mjs');
  const root = await createCertificate({ commonName: 'Clients own' });
  const web = await startWeb(await createLeaf(createCertificate, root));
  const proxy = await startProxy();
  started.push(web, proxy);
  return { own: { url: web.url, pem: root.pem }, proxy: proxy.url };
}

function createLeaf(createCertificate, issuer) {
  return createCertificate({
    ...{ commonName: 'localhost', issuer, ca: false },
    ...{ dns: ['localhost'], ip: ['127.0.0.1'] },
  });
}

async function main() {
  const args = process.argv.slice(2);
  const summary = args.find((arg) => arg.startsWith('--summary='))?.slice('--summary='.length);
  const chosen = args.filter((arg) => !arg.startsWith('--'));
  const versions = chosen.length > 0 ? chosen : nodeVersions;
  installPinned(folder);
  const runtimes = installRuntimes();
  const { createCertificate } = require('../../dist-test/helpers/pki.js');
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-clients-'));
  // PostgreSQL runs as another user.
  chmodSync(scratch, 0o755);
  const started = [];
  let passed = 0;
  let failed = 0;
  try {
    const roots = {};
    const urls = {};
    for (const name of ['trusted', 'distrusted']) {
      roots[name] = await createCertificate({ commonName: `Clients ${name}` });
      const leaf = await createLeaf(createCertificate, roots[name]);
      urls[name] = await startServers(scratch, name, leaf, started);
    }
    const root = path.join(scratch, 'system');
    writeSystem(root, roots.trusted, roots.distrusted);
    const input = { ...urls, ...(await startOthers(createCertificate, started)), system: { root } };
    for (const version of versions) {
      const results = await runProgram(runtimes[`node-${version}`], input);
      const problems = [...judge(results), ...judgeLists(results.lists)];
      const clients = Object.keys(results.during.trusted).length;
      const lists = Object.keys(results.lists.before).length;
      const phases = Object.keys(results.lists).length;
      passed += clients * 6 + lists * phases * 3 - problems.length;
      failed += problems.length;
      console.log(
        `Node ${version} (${results.strategy}): ${clients} clients, ${lists} with lists, ${problems.length} problems`,
      );
      for (const problem of problems) console.log(`  ${problem}`);
    }
  } finally {
    for (const server of started) await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
  if (passed === 0) failed += 1;
  console.log(`clients: ${passed} passed, ${failed} failed`);
  if (summary !== undefined) writeFileSync(summary, JSON.stringify({ passed, failed }));
  process.exitCode = failed > 0 ? 1 : 0;
}

await main();
