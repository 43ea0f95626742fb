/**
 * Measures what a connection costs while the machine distrusts nothing, something else, or something the server sends,
 * beside stock Node that trusts the same roots; and what the first connection to a host costs. In each round all
 * contenders are fresh processes that take turns, batch after batch; the servers are in another process. Prints
 * Markdown and writes JSON.
 *
 *   npm run bench:distrust -- [--node PATH]... [--rounds N] [--batches N] [--connections N] [--only TEXT] [--json FILE]
 */
import { fork } from 'node:child_process';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { createChains, keyTypes, rejecting, serversOf, shapes } from './distrust-pki.mjs';
import { benchEnvironment, summarize } from './measure.mjs';
import { benchNodes, folder, markdownTable, nodeOptions, rootsOf, withScratch } from './nodes.mjs';
import { startServers } from './tls-servers.mjs';

const kinds = ['https', 'https, resumed', 'tls.connect', 'fetch'];
const FIRST = 'https, first to a host';

/** `distrusts` names a certificate of distrust-pki.mjs. */
const cases = [
  { title: 'nothing', shape: 'plain', limit: 1.05 },
  { title: 'something else', shape: 'plain', distrusts: 'elsewhere', limit: 1.15 },
  { title: 'cross-signed twin of the root, sent', shape: 'cross', distrusts: 'cross', limit: 1.15 },
  {
    ...{ title: 'intermediate, sent with its renewed twin' },
    ...{ shape: 'renewed', distrusts: 'issuing', limit: 1.15 },
  },
];

const KNOWN_HOSTS = 10;
const NEW_HOSTS = 30;
const hosts = Array.from({ length: KNOWN_HOSTS + NEW_HOSTS }, (_, i) => `host-${i}.example`);

/** Stock Node once for each chain it is shown, and every case injected. */
function contendersOf(node, chains, ports, scratch) {
  const save = (name, ...texts) => {
    const file = path.join(scratch, `${name}.pem`);
    writeFileSync(file, texts.join('\n'));
    return file;
  };
  const roots = [...rootsOf(node), chains.root.pem];
  const extra = save('root', chains.root.pem);
  const empty = path.join(scratch, 'empty');
  mkdirSync(empty, { recursive: true });
  const stock = shapes.map((shape) => ({
    ...{ name: shape, way: 'stock', ports: ports[shape] },
    env: { NODE_EXTRA_CA_CERTS: extra },
  }));
  const injected = cases.map(({ title, shape, distrusts }, index) => ({
    ...{ name: title, way: 'injected', ports: ports[shape], distrusted: distrusts ? 1 : 0 },
    env: {
      SSL_CERT_DIR: empty,
      SSL_CERT_FILE: save(
        `store-${index}`,
        ...roots,
        ...(distrusts ? [rejecting(chains.distrusted[distrusts])] : []),
      ),
    },
  }));
  return [...stock, ...injected];
}

function start(node, { name, env, ...input }) {
  const more = { XDG_CONFIG_HOME: '/nonexistent', ...env };
  const args = [JSON.stringify(input)];
  const child = fork(path.join(folder, 'distrust-child.cjs'), args, {
    ...{ execPath: node, execArgv: [], env: benchEnvironment(more) },
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} failed (${String(code)})`);
  });
  failed.catch(() => undefined);
  return async (task, input) => {
    if (task === 'stop') return child.kill();
    child.send({ task, ...input });
    const [figures] = await Promise.race([once(child, 'message'), failed]);
    return figures;
  };
}

/** Adds to `samples`, for each kind and contender, a list of figures; figures of one turn have the same index. */
async function runRound(node, contenders, { batches, count, names }, samples) {
  const running = contenders.map((contender) => ({
    name: contender.name,
    tell: start(node, contender),
  }));
  const each = async (kind, task, input) => {
    for (const { name, tell } of running) {
      const figures = await tell(task, input);
      ((samples[kind] ??= {})[name] ??= []).push(figures);
    }
  };
  const known = hosts.slice(0, KNOWN_HOSTS);
  for (const { tell } of running) await tell('prepare', { warmUp: count, names: known });
  for (let turn = 0; turn < batches; turn++) {
    for (const kind of names) {
      if (kind !== FIRST) await each(kind, 'batch', { kind, count });
    }
  }
  if (names.includes(FIRST)) {
    for (let at = KNOWN_HOSTS; at < hosts.length; at += 5) {
      await each(FIRST, 'hosts', { names: hosts.slice(at, at + 5) });
    }
  }
  for (const { tell } of running) await tell('stop');
}

/** Compares figures of the same turn, so that other load on the machine affects both. */
function compare(stock, injected) {
  const figures = {};
  for (const key of Object.keys(injected[0])) {
    const of = (list) => list.map((one) => one[key]);
    figures[key] = {
      stock: summarize(of(stock)),
      injected: summarize(of(injected)),
      ratio: summarize(of(injected).map((value, turn) => value / of(stock)[turn])),
    };
  }
  return figures;
}

async function benchChains(node, options) {
  const { chains, ports, scratch, rounds } = options;
  const contenders = contendersOf(node, chains, ports, scratch);
  const samples = {};
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`  round ${round + 1}\n`);
    await runRound(node, contenders, options, samples);
  }
  return Object.entries(samples).flatMap(([kind, of]) =>
    cases.map(({ title, shape, limit }) => ({
      ...{ kind, title, limit },
      figures: compare(of[shape], of[title]),
    })),
  );
}

const titles = [
  ...['key', 'connection', 'distrusted'],
  ...['stock, ms', 'injected, ms', 'ratio'],
  ...['stock, CPU ms', 'injected, CPU ms', 'ratio', 'limit'],
];

function toMarkdown(results) {
  const cells = ({ stock, injected, ratio }) => [
    ...[stock, injected].map(({ median }) => median.toFixed(2)),
    ratio.median.toFixed(3),
  ];
  const rows = results.flatMap(({ keyType, kind, title, limit, figures }) => {
    const isFirst = kind === FIRST;
    const row = [keyType, kind, title, ...cells(figures.wall), ...cells(figures.cpu)];
    if (!isFirst) return [[...row, limit.toFixed(2)]];
    const later = [keyType, 'https, second to that host', title];
    return [
      [...row, ''],
      [...later, ...cells(figures.laterWall), ...cells(figures.laterCpu), limit.toFixed(2)],
    ];
  });
  return markdownTable(titles, rows);
}

/** Serves without tickets, so that a session the client has kept is useless. */
async function serve(chains) {
  const servers = shapes.flatMap((shape) => serversOf(chains, shape, constants.SSL_OP_NO_TICKET));
  const { ports, stop } = await startServers(servers);
  const pairs = shapes.map((shape, i) => [
    shape,
    { whole: ports[2 * i], resuming: ports[2 * i + 1] },
  ]);
  return { chains, ports: Object.fromEntries(pairs), stop };
}

async function main() {
  const { values } = parseArgs({
    options: {
      ...nodeOptions('distrust'),
      rounds: { type: 'string', default: '5' },
      batches: { type: 'string', default: '12' },
      connections: { type: 'string', default: '20' },
      only: { type: 'string', default: '' },
      key: { type: 'string', multiple: true, default: keyTypes },
    },
  });
  const options = {
    ...{ rounds: Number(values.rounds), batches: Number(values.batches) },
    ...{ count: Number(values.connections) },
    names: [...kinds, FIRST].filter((kind) => kind.includes(values.only)),
  };
  const served = new Map();
  const work = (scratch) => async (node) => {
    const results = [];
    for (const [keyType, server] of served) {
      const found = await benchChains(node, { ...options, ...server, scratch });
      results.push(...found.map((one) => ({ keyType, ...one })));
    }
    return results;
  };
  try {
    for (const keyType of values.key) {
      served.set(keyType, await serve(await createChains(keyType, hosts)));
    }
    const run = { ...values, facts: options };
    await withScratch((scratch) => benchNodes(run, work(scratch), toMarkdown));
  } finally {
    for (const { stop } of served.values()) stop();
  }
}

await main();
