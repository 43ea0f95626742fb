/**
 * What a new connection costs whose `ca` holds every root of Node, stock and injected, beside connections with an ordinary
 * `ca`, which must cost what they did. Fresh processes in turns, the server in another; prints Markdown and writes JSON.
 *
 *   npm run bench:root-lists -- [--node PATH]... [--rounds N] [--connections N] [--only TEXT] [--json FILE]
 */
import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { benchEnvironment, measure } from './measure.mjs';

const file = fileURLToPath(import.meta.url);
const folder = path.dirname(file);
const buildFolder = path.join(folder, '../../build');
const LINES = ['18', '20', '22', '24', '26'];

const kinds = [
  'list, made for each connection',
  'list of an agent',
  'list of Buffers',
  'list of Buffers, made for each connection',
  'list as one text',
  'list, with a client certificate',
  'one certificate',
  'all roots but one, as one text',
  'all roots but one, as one Buffer',
  'all roots but one, read for each connection',
];

/** In a process of its own, so that its share of a handshake is not counted. */
function serve() {
  process.once('message', ({ cert, key, ca }) => {
    const answer = (_request, response) => response.end('ok');
    const mutual = { requestCert: true, rejectUnauthorized: true, ca };
    const servers = [{}, mutual].map((more) => https.createServer({ cert, key, ...more }, answer));
    for (const server of servers) server.listen(0, '127.0.0.1', tell);
    function tell() {
      const [plain, other] = servers.map((server) => server.address()?.port);
      if (plain && other) process.send({ plain, mutual: other });
    }
  });
}

async function createIdentities() {
  const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');
  const root = await createCertificate({ commonName: 'Bench Root' });
  const under = { issuer: root, ca: false };
  return {
    root,
    server: await createCertificate({ commonName: 'localhost', ...under, ip: ['127.0.0.1'] }),
    client: await createCertificate({ commonName: 'client', ...under }),
  };
}

async function startServer({ root, server }) {
  const child = fork(file, ['--serve']);
  child.send({ cert: server.pem, key: server.keyPem, ca: root.pem });
  const ports = await new Promise((resolve) => child.once('message', resolve));
  return { ports, stop: () => child.kill() };
}

function writeFiles(scratch, { root, client }) {
  const texts = { root: root.pem, key: client.keyPem, cert: client.pem };
  const names = Object.entries(texts).map(([name, text]) => {
    const written = path.join(scratch, `${name}.pem`);
    writeFileSync(written, text);
    return [name, written];
  });
  return Object.fromEntries(names);
}

const ask = (node, expression) =>
  execFileSync(node, ['-p', expression], {
    env: benchEnvironment(),
    maxBuffer: 1 << 26,
  }).toString();

async function installedNodes() {
  const { runtimes } = await import('../tools/runtimes/runtimes.mjs');
  const installed = LINES.map((line) => runtimes[`node-${line}`]).filter(existsSync);
  return installed.length > 0 ? installed : [process.execPath];
}

function benchKind(node, kind, { rounds, count, ports, files }) {
  const contender = (name, more) => ({
    name,
    env: { XDG_CONFIG_HOME: '/nonexistent' },
    command: [
      node,
      path.join(folder, 'root-lists-child.cjs'),
      JSON.stringify({ way: name, kind, ports, files, ...more }),
    ],
  });
  const connections = { measure: 'connections', count, warmUp: Math.ceil(count / 4) };
  const ways = ['stock', 'injected'].map((way) => contender(way, connections));
  const calls = { measure: 'hook', count: 500, warmUp: 100 };
  const { stock, injected } = measure(ways, rounds);
  const { hook } = measure([contender('hook', calls)], Math.ceil(rounds / 3));
  const ratio = (name) => injected[name].median / stock[name].median;
  return { stock, injected, ...hook, ratio: { wall: ratio('wall'), cpu: ratio('cpu') } };
}

function benchNode(node, options) {
  const large = path.join(options.scratch, 'large.pem');
  const roots = JSON.parse(ask(node, 'JSON.stringify(tls.rootCertificates)'));
  writeFileSync(large, [...roots.slice(1), options.own].join('\n'));
  const files = { ...options.files, large };
  return Object.fromEntries(
    options.kinds.map((kind) => {
      process.stderr.write(`  ${kind}\n`);
      return [kind, benchKind(node, kind, { ...options, files })];
    }),
  );
}

const titles = [
  '`ca`',
  ...['stock, ms', 'injected, ms', 'ratio'],
  ...['stock, CPU ms', 'injected, CPU ms', 'ratio'],
  'our hook, µs',
];

function toMarkdown(version, results) {
  const times = ({ stock, injected, ratio }, name) => [
    ...[stock, injected].map((figures) => figures[name].median.toFixed(2)),
    ratio[name].toFixed(3),
  ];
  const rows = Object.entries(results).map(([kind, figures]) => [
    kind,
    ...times(figures, 'wall'),
    ...times(figures, 'cpu'),
    figures.hook.median.toFixed(1),
  ]);
  const lines = [titles, titles.map(() => '---'), ...rows];
  return `### Node ${version}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

async function main() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '9' },
      connections: { type: 'string', default: '120' },
      only: { type: 'string', default: '' },
      json: { type: 'string', default: path.join(buildFolder, 'bench-root-lists.json') },
    },
  });
  const identities = await createIdentities();
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-bench-'));
  const server = await startServer(identities);
  const options = {
    ...{ rounds: Number(values.rounds), count: Number(values.connections), scratch },
    ...{ ports: server.ports, files: writeFiles(scratch, identities), own: identities.root.pem },
    kinds: kinds.filter((kind) => kind.includes(values.only)),
  };
  const results = { cpu: cpus()[0]?.model, load: loadavg(), rounds: options.rounds, nodes: {} };
  try {
    for (const node of values.node.length > 0 ? values.node : await installedNodes()) {
      const version = ask(node, 'process.versions.node').trim();
      process.stderr.write(`Node ${version}\n`);
      results.nodes[version] = benchNode(node, options);
      console.log(toMarkdown(version, results.nodes[version]));
    }
  } finally {
    server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
  mkdirSync(path.dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

if (process.argv[2] === '--serve') serve();
else await main();
