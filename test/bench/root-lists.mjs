/**
 * Measures what a new connection costs whose `ca` holds every root of Node, stock and injected, beside connections with
 * an ordinary `ca`, whose cost must not change. Fresh processes take turns, with the server in another; prints Markdown
 * and writes JSON.
 *
 *   npm run bench:root-lists -- [--node PATH]... [--rounds N] [--connections N] [--only TEXT] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { measure } from './measure.mjs';
import { benchNodes, folder, markdownTable, nodeOptions, rootsOf, withScratch } from './nodes.mjs';
import { startServers } from './tls-servers.mjs';

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

async function serve({ root, server }) {
  const identity = { cert: server.pem, key: server.keyPem };
  const mutual = { requestCert: true, rejectUnauthorized: true, ca: root.pem };
  const { ports, stop } = await startServers([identity, { ...identity, ...mutual }]);
  return { ports: { plain: ports[0], mutual: ports[1] }, stop };
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
  writeFileSync(large, [...rootsOf(node).slice(1), options.own].join('\n'));
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

function toMarkdown(results) {
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
  return markdownTable(titles, rows);
}

async function main() {
  const { values } = parseArgs({
    options: {
      ...nodeOptions('root-lists'),
      rounds: { type: 'string', default: '9' },
      connections: { type: 'string', default: '120' },
      only: { type: 'string', default: '' },
    },
  });
  const identities = await createIdentities();
  const server = await serve(identities);
  const rounds = Number(values.rounds);
  const work = (scratch) => {
    const options = {
      ...{ rounds, count: Number(values.connections), scratch, own: identities.root.pem },
      ...{ ports: server.ports, files: writeFiles(scratch, identities) },
      kinds: kinds.filter((kind) => kind.includes(values.only)),
    };
    const run = { ...values, facts: { rounds } };
    return benchNodes(run, (node) => benchNode(node, options), toMarkdown);
  };
  try {
    await withScratch(work);
  } finally {
    server.stop();
  }
}

await main();
