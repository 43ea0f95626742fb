/**
 * Measures what connections cost once injected, beside stock Node, --use-system-ca, `ca: [...]` and the way other
 * packages inject, in one run of fresh processes that take turns; medians. Prints Markdown and writes JSON. start.mjs
 * measures what starting costs.
 *
 *   npm run bench:inject -- [--node PATH]... [--rounds N] [--connections N] [--json FILE]
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { measure } from './measure.mjs';
import { benchNodes, folder, markdownTable, nodeOptions, withScratch } from './nodes.mjs';
import { identify, prepare } from './start-contenders.mjs';

const systemBundle = '/etc/ssl/certs/ca-certificates.crt';

function contenderOf(node, way, { url, known: { root } }, task) {
  const isStock = way === 'stock' || way === 'use-system-ca';
  const flags = ['--expose-gc', ...(way === 'use-system-ca' ? ['--use-system-ca'] : [])];
  const input = JSON.stringify({ way, url, root, ...task });
  return {
    name: way,
    command: [node, ...flags, path.join(folder, 'inject-child.cjs'), input],
    env: {
      XDG_CONFIG_HOME: '/nonexistent',
      BENCH_BUNDLE: existsSync(systemBundle) ? systemBundle : '',
      // Stock Node can learn the root only this way; ours finds it where users keep theirs.
      [isStock ? 'NODE_EXTRA_CA_CERTS' : 'OS_TRUSTSTORE_USER_CAS']: root,
    },
  };
}

function benchNode(node, server, { rounds, connections }) {
  const flag = identify(node).hasFlag ? ['use-system-ca'] : [];
  const ways = ['stock', ...flag, 'ours', 'ca option', 'agent option'];
  const run = (task, times, names = ways) =>
    measure(
      names.map((way) => contenderOf(node, way, server, task)),
      times,
    );
  return {
    contexts: run({ measure: 'contexts', count: 30 }, rounds),
    handshakes: run(
      { measure: 'handshakes', count: Math.round(connections / 10) },
      Math.max(1, Math.round(rounds / 3)),
    ),
    memory: run(
      { measure: 'memory', count: Math.round(connections / 4) },
      1,
      ways.filter((way) => way !== 'agent option'),
    ),
  };
}

const titles = ['way', 'context, ms', 'handshakes/s', 'CPU ms each', 'KiB per connection'];

function toMarkdown({ contexts, handshakes, memory }) {
  const format = (summary) => summary?.median.toFixed(2) ?? '';
  const rows = Object.keys(contexts).map((way) => [
    ...[way, format(contexts[way].later), format(handshakes[way].perSecond)],
    ...[format(handshakes[way].cpuMs), format(memory[way]?.kib)],
  ]);
  return markdownTable(titles, rows);
}

const { values } = parseArgs({
  options: {
    ...nodeOptions('inject'),
    rounds: { type: 'string', default: '9' },
    connections: { type: 'string', default: '2000' },
  },
});
const facts = { rounds: Number(values.rounds), connections: Number(values.connections) };
await withScratch(async (scratch) => {
  const server = await prepare(scratch);
  try {
    await benchNodes({ ...values, facts }, (node) => benchNode(node, server, facts), toMarkdown);
  } finally {
    server.stop();
  }
});
