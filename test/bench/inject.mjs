/**
 * What injecting costs, beside stock Node, --use-system-ca, `ca: [...]` and the way other packages inject: one run, fresh
 * processes, contender after contender, medians. Prints Markdown and writes JSON.
 *
 *   node test/bench/inject.mjs [--node PATH]... [--rounds N] [--connections N] [--json FILE]
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Worker, isMainThread, workerData, parentPort } from 'node:worker_threads';

import { testEnvironment } from '../tools/environment.mjs';

const file = fileURLToPath(import.meta.url);
const folder = path.dirname(file);
const run = promisify(execFile);
const systemBundle = '/etc/ssl/certs/ca-certificates.crt';

/** The server has a thread of its own, so that the client's event loop is the client's. */
function serve({ cert, key }) {
  const server = https.createServer({ cert, key }, (_request, response) => response.end('ok'));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

async function startServer(identity) {
  const worker = new Worker(file, { workerData: identity });
  const port = await new Promise((resolve) => worker.once('message', resolve));
  return { url: `https://localhost:${port}/`, worker };
}

async function main() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '9' },
      connections: { type: 'string', default: '2000' },
      json: { type: 'string', default: path.join(folder, '../../build/bench-inject.json') },
    },
  });
  const nodes = values.node.length > 0 ? values.node : await installedNodes();
  const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');
  const root = await createCertificate({ commonName: 'Bench Root' });
  const leaf = await createCertificate({
    ...{ commonName: 'localhost', issuer: root, ca: false, dns: ['localhost'], ip: ['127.0.0.1'] },
  });
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-bench-'));
  const rootFile = path.join(scratch, 'root.pem');
  writeFileSync(rootFile, root.pem);
  const server = await startServer({ cert: leaf.pem, key: leaf.keyPem });
  const results = {
    cpu: cpus()[0]?.model,
    load: loadavg(),
    rounds: Number(values.rounds),
    nodes: {},
  };
  try {
    for (const node of nodes) {
      const version = (await run(node, ['-p', 'process.versions.node'])).stdout.trim();
      results.nodes[version] = await benchNode(node, {
        ...{ rounds: Number(values.rounds), connections: Number(values.connections) },
        ...{ url: server.url, rootFile, scratch },
      });
      console.log(toMarkdown(version, results.nodes[version]));
    }
  } finally {
    await server.worker.terminate();
    rmSync(scratch, { recursive: true, force: true });
  }
  mkdirSync(path.dirname(values.json), { recursive: true });
  writeFileSync(values.json, JSON.stringify(results, null, 2));
}

async function installedNodes() {
  const { nodeVersions, runtimes } = await import('../tools/runtimes/runtimes.mjs');
  const files = nodeVersions.map((version) => runtimes[`node-${version}`]);
  const installed = files.filter((binary) => existsSync(binary));
  return installed.length > 0 ? installed : [process.execPath];
}

async function benchNode(node, { rounds, connections, url, rootFile }) {
  const { stdout } = await run(node, [
    '-p',
    "process.allowedNodeEnvironmentFlags.has('--use-system-ca')",
  ]);
  const ways = ['stock', 'ours', 'ca option', 'agent option'];
  if (stdout.trim() === 'true') ways.splice(1, 0, 'use-system-ca');
  const child = async (way, measure, more) => {
    const extra = way === 'stock' || way === 'use-system-ca';
    const env = {
      ...testEnvironment(),
      NODE_NO_WARNINGS: '1',
      XDG_CONFIG_HOME: '/nonexistent',
      BENCH_BUNDLE: existsSync(systemBundle) ? systemBundle : '',
      // Stock Node learns the test's root the only way it can; ours finds it where users keep theirs.
      ...(extra ? { NODE_EXTRA_CA_CERTS: rootFile } : { OS_TRUSTSTORE_USER_CAS: rootFile }),
    };
    const flags = ['--expose-gc', ...(way === 'use-system-ca' ? ['--use-system-ca'] : [])];
    const input = JSON.stringify({ way, measure, url, root: rootFile, ...more });
    const args = [...flags, path.join(folder, 'inject-child.cjs'), input];
    return JSON.parse((await run(node, args, { env, timeout: 600_000 })).stdout);
  };
  const repeat = async (times, name, measure, more) => {
    const rows = new Map(name.map((way) => [way, []]));
    for (let round = 0; round < times; round++) {
      for (const way of name) rows.get(way).push(await child(way, measure, more));
    }
    return Object.fromEntries(
      [...rows].map(([way, list]) => [
        way,
        Object.fromEntries(
          Object.keys(list[0]).map((key) => [key, median(list.map((row) => row[key]))]),
        ),
      ]),
    );
  };
  const few = Math.max(1, Math.round(rounds / 3));
  return {
    inject: {
      cold: (await repeat(rounds, ['ours'], 'inject', {})).ours.ms,
      preloaded: (await repeat(rounds, ['ours'], 'inject', { preloaded: true })).ours.ms,
    },
    contexts: await repeat(rounds, ways, 'contexts', { count: 30 }),
    handshakes: await repeat(few, ways, 'handshakes', { count: Math.round(connections / 10) }),
    memory: await repeat(
      1,
      ways.filter((way) => way !== 'agent option'),
      'memory',
      {
        count: Math.round(connections / 4),
      },
    ),
  };
}

function toMarkdown(version, { inject, contexts, handshakes, memory }) {
  const format = (value) => (value === undefined ? '' : value.toFixed(2));
  const rows = Object.keys(contexts).map((way) =>
    [
      way,
      format(contexts[way].first),
      format(contexts[way].later),
      format(handshakes[way].perSecond),
      format(handshakes[way].cpuMs),
      format(memory[way]?.kib),
    ].join(' | '),
  );
  return `### Node ${version}

inject(): ${format(inject.cold)} ms before TLS is loaded, ${format(inject.preloaded)} ms after

| way | first context, ms | later, ms | handshakes/s | CPU ms each | KiB per connection |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}
`;
}

if (isMainThread) await main();
else serve(workerData);
