/**
 * Checks what injecting reaches in Bun and in Deno, and what it cannot: the tables in lib/inject/README.md are these.
 *
 *   node test/inject/other-runtimes.mjs bun|deno COMMAND...
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPinned } from '../../native/prebuild/install-pinned.mjs';
import { startWeb } from '../clients/servers.mjs';
import { testEnvironment } from '../tools/environment.mjs';
import { checkNothingSent, expectedDistrust, prepareDistrust } from './runtime-distrust.mjs';
import { listen, startDatabases } from './runtime-servers.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');

const register = path.join(folder, '../../dist/register.js');

/** Clients with a `ca` that holds every root of the runtime, and clients that name none. */
const commonLists = [
  ...['https', 'https with an agent', 'https.globalAgent.options.ca', 'http2'],
  ...['tls.connect', 'tls.createSecureContext'],
];
const imported = ['tls.connect imported before', 'tls.createSecureContext imported before'];

const common = [
  ...['https', 'https with an agent', 'tls', 'http2'],
  ...['fetch', 'fetch of a Request', 'WebSocket', 'WebSocket with protocols'],
];

/** `reached` ways work by inject(); `named` ways by what the program says itself; all other ways by neither. */
const tables = {
  bun: {
    reached: [
      ...common,
      ...['Bun.connect', 'ws imported before', 'ws', 'ws with an agent'],
      ...['node-fetch', 'undici fetch', 'undici WebSocket'],
    ],
    named: [
      'Bun.fetch, tls.ca',
      'Bun.FetchSession, tls.ca',
      'Bun.SQL, tls.ca',
      'Bun.RedisClient, tls.ca',
    ],
    // These read roots of their own when the process starts, and cannot be replaced.
    unreached: [
      ...['Bun.fetch', 'fetch of bun', 'Bun.FetchSession', 'node-fetch with an agent'],
      ...['undici request', 'socket.upgradeTLS', 'Bun.S3Client', 'Bun.SQL', 'Bun.RedisClient'],
      ...['Bun.S3Client, tls.ca', 'node-fetch imported before'],
    ],
    lists: {
      taken: [
        ...commonLists,
        ...['fetch', 'WebSocket', 'Bun.connect', 'ws', 'ws with an agent', 'undici WebSocket'],
        ...['node-fetch', 'node-fetch with an agent', 'undici fetch'],
      ],
      exact: [...imported, 'Bun.fetch', 'Bun.FetchSession', 'Bun.SQL', 'Bun.RedisClient'],
      preloaded: imported,
    },
    preload: ['--preload', register],
    preloaded: ['node-fetch imported before'],
    workers: 'ok ok',
    session: ['ok', 'refused'],
    // A certificate of one server is trusted as itself.
    peers: true,
    variable: 'NODE_EXTRA_CA_CERTS',
  },
  deno: {
    reached: [
      ...common,
      ...['Deno.connectTls', 'Deno.startTls', 'ws', 'node-fetch'],
      ...['undici fetch', 'undici request', 'undici WebSocket'],
    ],
    named: ['Deno.createHttpClient, caCerts'],
    // These have no way to name a CA, or are clients of the program's own, which are left as they are.
    unreached: [
      ...['WebSocketStream', 'EventSource', 'Deno.createHttpClient', 'a client in a Request'],
    ],
    lists: {
      taken: [
        ...commonLists,
        ...['Deno.createHttpClient, fetch', 'Deno.createHttpClient, WebSocket'],
        ...['Deno.connectTls', 'Deno.startTls', 'ws', 'node-fetch'],
        ...['undici fetch', 'undici request', 'undici WebSocket'],
      ],
      exact: imported,
      preloaded: [],
    },
    flags: ['--unstable-net'],
    preload: ['--require', register],
    preloaded: [],
    workers: 'refused refused',
    session: [],
    // As an anchor it would be a CA there, so it is left out and a warning names it.
    peers: false,
    variable: 'DENO_CERT',
  },
};

/** These have servers of their own, with the trusted certificate. */
const hasOwnServer = (way) => /SQL|Redis|EventSource/.test(way);

/** Returns the expected result of `rootLists()` in the client. */
function expectedLists({ taken, exact }) {
  const stock = outcomes([], [...taken, ...exact]);
  const onWeb = exact.filter((way) => !hasOwnServer(way));
  return {
    ...{ before: stock, oneMissing: stock, exact: stock, off: stock, removed: stock },
    ...{ replaced: stock, restored: stock },
    ...Object.fromEntries(
      ['during', 'text', 'commented', 'on', 'again'].map((key) => [key, outcomes(taken, exact)]),
    ),
    own: outcomes([...taken, ...onWeb], []),
    // The list names it.
    distrusted: outcomes(onWeb, taken),
  };
}

/** The expected result with a list and the module loaded first. */
function expectedPreloaded({ taken, exact, preloaded }) {
  return outcomes(
    [...taken, ...preloaded],
    exact.filter((way) => !preloaded.includes(way)),
  );
}

function expectedOf(name) {
  const { reached, named, unreached, lists, workers, peers, session } = tables[name];
  const stock = outcomes(named, [...reached, ...unreached]);
  const injected = outcomes([...reached, ...named], unreached);
  const web = [...reached, ...named, ...unreached].filter((way) => !hasOwnServer(way));
  const none = outcomes([], web);
  const refusedWorkers = { node: 'refused refused', web: 'refused refused' };
  return {
    strategy: name,
    ...{ before: stock, during: injected, distrusted: none, again: injected },
    // These use the connections and sessions made before.
    ...{ removed: stock, restored: stock, inUse: ['refused', 'refused'] },
    workers: {
      ...{ before: refusedWorkers, after: refusedWorkers },
      during: { node: workers, web: workers },
      own: { node: 'ok ok', web: 'ok ok' },
    },
    posted: 'POST yes body',
    rootLists: expectedLists(lists),
    ...{ session, excluded: true, alike: true, putBack: true },
    peer: {
      itself: peers
        ? outcomes(
            reached,
            web.filter((way) => !reached.includes(way)),
          )
        : none,
      issued: none,
      context: [peers ? 'ok' : 'refused', 'refused'],
      agent: [peers ? 'ok' : 'refused', 'refused'],
      warnings: peers ? 0 : 1,
    },
    // The user did not name it, so there is no warning.
    storePeer: {
      itself: peers ? 'ok' : 'refused',
      issued: 'refused',
      context: [peers ? 'ok' : 'refused', 'refused'],
      agent: [peers ? 'ok' : 'refused', 'refused'],
      warnings: 0,
      ofKeyUsage: 'ok',
      listed: [peers, peers],
    },
  };
}

const outcomes = (ok, refused) => sorted({ ok, refused });

function sorted(result) {
  return Object.fromEntries(
    Object.entries(result)
      .filter(([, names]) => names.length > 0)
      .map(([outcome, names]) => [outcome, [...names].sort()]),
  );
}

/** Sorts by name, as the expected values are. */
function tidy(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('ok' in value || 'refused' in value || 'no answer' in value) return sorted(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, tidy(part)]));
}

/** Returns the path of each file it writes. */
const writerIn = (folder) => (name, text) => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

/** Starts what the runtimes try to reach, and writes the store they read. */
async function prepare(scratch, servers) {
  const names = { commonName: 'localhost', ca: false, dns: ['localhost'], ip: ['127.0.0.1'] };
  const trusted = await createCertificate({ commonName: 'Runtimes trusted' });
  const distrusted = await createCertificate({ commonName: 'Runtimes distrusted' });
  const leaf = await createCertificate({ ...names, issuer: trusted });
  const peer = await createCertificate(names);
  const own = await createCertificate({ commonName: 'Runtimes own' });
  const serve = async (identity) => {
    servers.push(await startWeb(identity));
    return servers.at(-1).url;
  };
  const ports = {};
  for (const [name, server] of Object.entries(startDatabases(leaf))) {
    const started = await listen(server);
    servers.push(started);
    ports[name] = started.port;
  }
  const keySigner = await createCertificate({
    ...{ commonName: 'Runtimes key usage', omitBasicConstraints: true },
  });
  const write = writerIn(scratch);
  write('peers/etc/ssl/certs/ca-certificates.crt', peer.pem + keySigner.pem);
  write('root.pem', trusted.pem);
  write('etc/ssl/certs/ca-certificates.crt', trusted.pem + distrusted.pem);
  write('usr/share/ca-certificates/test/distrusted.crt', distrusted.pem);
  write('etc/ca-certificates.conf', '!test/distrusted.crt\n');
  const { fingerprint256 } = new X509Certificate(trusted.pem);
  return {
    url: await serve(leaf),
    distrustedUrl: await serve(await createCertificate({ ...names, issuer: distrusted })),
    distrusted: { pem: distrusted.pem },
    own: { pem: own.pem, url: await serve(await createCertificate({ ...names, issuer: own })) },
    peer: {
      pem: peer.pem,
      url: await serve(peer),
      issuedUrl: await serve(await createCertificate({ ...names, issuer: peer })),
      keySignedUrl: await serve(await createCertificate({ ...names, issuer: keySigner })),
      system: { root: path.join(scratch, 'peers') },
    },
    ...{ ports, system: { root: scratch }, root: { pem: trusted.pem, fingerprint256 } },
  };
}

async function main() {
  const [name, command, ...args] = process.argv.slice(2);
  installPinned(path.join(folder, '../clients'));
  const scratch = mkdtempSync(path.join(tmpdir(), 'os-truststore-runtimes-'));
  const servers = [];
  try {
    const input = await prepare(scratch, servers);
    const { variable, flags = [], preload, preloaded, lists } = tables[name];
    const { reached, named, unreached } = tables[name];
    const script = path.join(folder, 'fixtures/other-runtime-client.cjs');
    const ask = (more, env, given = []) =>
      run(command, [...args, ...flags, ...given, script, JSON.stringify(more)], env);
    assert.deepEqual(tidy(await ask(input)), expectedOf(name));
    const file = path.join(scratch, 'root.pem');
    const onlyBefore = { ...input, onlyBefore: true };
    // It is loaded first, so that it is in force before any import.
    await tryDistrust(name, path.join(scratch, 'distrust'), servers, ask);
    const loaded = await ask(onlyBefore, { OS_TRUSTSTORE_USER_CAS: file }, preload);
    assert.deepEqual(
      tidy(loaded.before),
      outcomes(
        [...reached, ...named, ...preloaded],
        unreached.filter((way) => !preloaded.includes(way)),
      ),
    );
    assert.deepEqual(tidy(loaded.lists), expectedPreloaded(lists));
    // Started as by `os-truststore run`, clients reach what they could not reach above.
    const started = await ask(onlyBefore, { [variable]: file });
    assert.deepEqual(tidy(started.before), outcomes([...reached, ...named, ...unreached], []));
    await tryTime((given, env) => run(command, [...args, ...flags, ...given], env), input, file);
    console.log(`${name}: as expected`);
  } finally {
    for (const server of servers) await server.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function tryDistrust(name, folder, servers, ask) {
  const start = async (identity) => {
    servers.push(await startWeb(identity));
    return servers.at(-1);
  };
  const distrust = await prepareDistrust(name, start, writerIn(folder));
  const { input } = distrust;
  const results = await ask({ distrust: { ...input, system: { root: folder } } });
  assert.deepEqual(tidy(results), expectedDistrust(name, outcomes));
  checkNothingSent(distrust.servers, results);
}

async function tryTime(ask, { url, root }, file) {
  const built = path.join(folder, '../../dist-test/inject');
  const script = [
    `${built}/run-scenario.js`,
    `${built}/life/passing-time.scenarios.js`,
    'clockIsSet',
  ];
  const env = { SSL_CERT_FILE: file, SSL_CERT_DIR: path.join(path.dirname(file), 'usr') };
  const input = JSON.stringify({ url, root: root.pem });
  assert.equal(await ask([...script, input], env), 'as expected');
}

function run(command, args, env) {
  const child = spawn(command, args, {
    env: { ...testEnvironment(), XDG_CONFIG_HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const result = /RESULT (.*)/.exec(output)?.[1];
      if (code === 0 && result !== undefined) resolve(JSON.parse(result));
      else reject(new Error(`${command} ended with ${code}\n${output}`));
    });
  });
}

await main();
