/**
 * Measures what verification costs: the first connection to a host with and without each option, later connections
 * beside stock Node, memory over many connections.
 *
 *   npm run bench:verify [-- --connections=10000]
 *
 * Client and server share a processor and a process, so read the ratios: each new connection is a full handshake on
 * both sides. Later connections are measured in turns, so that other load on the machine affects all alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const { createAgent, createSecureContext } = require(path.join(root, 'dist/index.js'));
const built = (name) => require(path.join(root, 'dist-test/verify', name));
const { aia, createAuthority, crlAt, makeCrl, makeOcspResponse, startPublisher } =
  built('authority.js');
const { onlyTrusting, startOrigin } = built('origin.js');

const option = (name, fallback) => {
  const given = process.argv.find((arg) => arg.startsWith(`--${name}=`));
  return given === undefined ? fallback : Number(given.split('=')[1]);
};
const FIRST_ROUNDS = option('first', 15);
const LATER_ROUNDS = option('later', 300);
const CONNECTIONS = option('connections', 10_000);

const cleanUps = [];
const context = { after: (cleanUp) => cleanUps.push(cleanUp) };

async function prepare() {
  const publisher = await startPublisher(context);
  const authority = await createAuthority(() => ({
    extensions: [crlAt(`${publisher.base}/root.crl`)],
  }));
  const { root: anchor, intermediate } = authority;
  publisher.publish('root.crl', await makeCrl({ issuer: anchor }));
  publisher.publish('leaf.crl', await makeCrl({ issuer: intermediate }));
  const url = publisher.publish('ca.cer', intermediate.der);
  const leaf = await authority.leaf({
    extensions: [aia(url), crlAt(`${publisher.base}/leaf.crl`)],
  });
  const staple = await makeOcspResponse({
    certificate: leaf,
    issuer: intermediate,
    status: 'good',
  });
  const chain = [intermediate];
  return {
    anchor,
    complete: await startOrigin(context, { leaf, chain }),
    stapled: await startOrigin(context, { leaf, chain, staple }),
    forgetful: await startOrigin(context, { leaf }),
  };
}

function get(url, agent) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    https
      .get(url, { agent, headers: { connection: 'close' } }, (response) => {
        response.resume().on('end', () => resolve(performance.now() - started));
      })
      .on('error', reject);
  });
}

function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)] };
}

const show = ({ min, median }) => `${min.toFixed(2)} / ${median.toFixed(2)}`;

async function main() {
  const { anchor, complete, stapled, forgetful } = await prepare();
  const trust = onlyTrusting(anchor);
  const { bundled, system, userCAs } = trust;
  const disk = mkdtempSync(path.join(os.tmpdir(), 'os-truststore-bench-'));
  cleanUps.push(() => rmSync(disk, { recursive: true, force: true }));
  // Without resumption each connection is a handshake.
  const each = { maxCachedSessions: 0 };
  const stock = () =>
    new https.Agent({ ...each, secureContext: createSecureContext({ bundled, system, userCAs }) });
  const ours = (options) => () => createAgent({ ...each, ...trust, ...options });
  const cases = [
    ['stock Node', complete.url, stock],
    ['createAgent(), no option', complete.url, ours({})],
    ['fetchIntermediates, nothing missing', complete.url, ours({ fetchIntermediates: true })],
    ['fetchIntermediates, one fetched', forgetful.url, ours({ fetchIntermediates: true })],
    [
      'fetchIntermediates, one in the disk cache',
      forgetful.url,
      ours({ fetchIntermediates: true, cacheDirectory: disk }),
    ],
    ['revocation: two CRLs fetched', complete.url, ours({ revocation: 'require' })],
    [
      'revocation: two CRLs in the disk cache',
      complete.url,
      ours({ revocation: 'require', cacheDirectory: disk }),
    ],
    [
      'revocation: staple, and a CRL in the disk cache',
      stapled.url,
      ours({ revocation: 'require', cacheDirectory: disk }),
    ],
  ];
  const first = new Map(cases.map(([name]) => [name, []]));
  const later = new Map(cases.map(([name]) => [name, []]));
  for (let round = -2; round < FIRST_ROUNDS; round++) {
    for (const [name, url, make] of cases) {
      const agent = make();
      // The trust set and its context are made earlier, because they are not verification.
      const time = await get(url, agent);
      if (round >= 0) first.get(name).push(time);
      agent.destroy();
    }
  }
  const agents = cases.map(([name, url, make]) => ({ name, url, agent: make() }));
  for (let round = -20; round < LATER_ROUNDS; round++) {
    for (const { name, url, agent } of agents) {
      const time = await get(url, agent);
      if (round >= 0) later.get(name).push(time);
    }
  }
  for (const { agent } of agents) agent.destroy();
  const base = summary(later.get('stock Node'));
  console.log(`Node ${process.versions.node}; milliseconds, minimum / median`);
  console.log('| what | first connection | later, new connection | of stock, minimum / median |');
  console.log('| --- | --- | --- | --- |');
  for (const [name] of cases) {
    const times = summary(later.get(name));
    const ratio = { min: times.min / base.min, median: times.median / base.median };
    console.log(
      `| ${name} | ${show(summary(first.get(name)))} | ${show(times)} | ${show(ratio)} |`,
    );
  }
  await memory(forgetful.url, ours({ fetchIntermediates: true, revocation: 'require' })());
}

/** Makes many connections and samples the memory, because sessions, verdicts and contexts could pile up. */
async function memory(url, agent) {
  const samples = [];
  const steps = 5;
  for (let step = 0; step <= steps; step++) {
    if (step > 0) {
      for (let count = 0; count < CONNECTIONS / steps; count++) await get(url, agent);
    } else {
      for (let count = 0; count < 500; count++) await get(url, agent);
    }
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    samples.push({ connections: (CONNECTIONS / steps) * step, heapUsed, rss });
  }
  agent.destroy();
  console.log('| connections | heap, MiB | resident, MiB |');
  console.log('| --- | --- | --- |');
  const mib = (bytes) => (bytes / 1024 / 1024).toFixed(1);
  for (const { connections, heapUsed, rss } of samples) {
    console.log(`| ${connections} | ${mib(heapUsed)} | ${mib(rss)} |`);
  }
}

await main();
for (const cleanUp of cleanUps.reverse()) cleanUp();
process.exit();
