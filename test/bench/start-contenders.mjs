/**
 * The contenders of test/bench/start.mjs: ways to trust the bench's own root in each runtime, and the proof that the
 * requests depend on it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { benchEnvironment } from './measure.mjs';
import { folder } from './nodes.mjs';
import { storeFile } from './stores.mjs';
import { startServers } from './tls-servers.mjs';

const require = createRequire(import.meta.url);
const file = (name) => path.join(folder, name);
const register = file('../../dist/register.js');

/** A process that hangs counts as failed. */
const timeout = 60_000;

const MANY = 1000;
export const clients = ['https', 'fetch'];
/** The last uses no TLS. */
export const programs = [...clients, 'none'];

/** For each runtime: its name, how it starts a program, and its own words for Node's variables and flags. */
const kinds = [
  {
    ...{ name: 'Node', says: /^v([\d.]+)/, args: [], preload: '--require' },
    ...{ extra: 'NODE_EXTRA_CA_CERTS', flag: { args: ['--use-system-ca'] } },
  },
  {
    ...{ name: 'Bun', says: /^([\d.]+)/, args: [], preload: '--preload' },
    ...{ extra: 'NODE_EXTRA_CA_CERTS', flag: { args: ['--use-system-ca'] } },
  },
  {
    ...{ name: 'Deno', says: /^deno ([\d.]+)/, args: ['run', '--allow-all'], preload: '--require' },
    ...{ extra: 'DENO_CERT', flag: { args: [], env: { DENO_TLS_CA_STORE: 'system' } } },
  },
];

/** Returns what `spawnSync` returns. */
function run([binary, ...args], env) {
  const result = spawnSync(binary, args, { env: benchEnvironment(env), encoding: 'utf8', timeout });
  if (result.error) throw result.error;
  return result;
}

/** Tells which runtime a binary is, and whether it has a flag for the system's store. */
export function identify(binary) {
  const said = run([binary, '--version']).stdout;
  const kind = kinds.find(({ says }) => says.test(said));
  if (!kind) throw new Error(`${binary} says that it is ${said}`);
  const command = [binary, ...kind.args, ...kind.flag.args, file('empty.cjs')];
  return {
    ...{ ...kind, binary, title: `${kind.name} ${kind.says.exec(said)[1]}` },
    hasFlag: run(command, kind.flag.env).status === 0,
  };
}

/** Starts a server with an unknown root and writes files that make it known. `stop` ends the server. */
export async function prepare(scratch) {
  const { createCertificate } = require('../../dist-test/helpers/pki.js');
  const { getSystemCAs } = require('../../dist/index.js');
  const root = await createCertificate({ commonName: 'Bench Root' });
  const leaf = await createCertificate({
    ...{ commonName: 'localhost', issuer: root, ca: false, dns: ['localhost'] },
  });
  const save = (name, ...texts) => {
    writeFileSync(path.join(scratch, name), texts.join('\n'));
    return path.join(scratch, name);
  };
  const machine = getSystemCAs({ env: {} });
  const many = storeFile(file('../../build/bench'), MANY);
  const { ports, stop } = await startServers([{ cert: leaf.pem, key: leaf.keyPem }]);
  return {
    ...{ stop, url: `https://localhost:${ports[0]}/`, storeSize: machine.length + 1, many },
    known: { root: save('root.pem', root.pem), store: save('store.pem', ...machine, root.pem) },
    unknown: { root: undefined, store: save('other-store.pem', ...machine) },
    manyAndRoot: save('many.pem', readFileSync(many, 'utf8'), root.pem),
  };
}

/** Returns arguments and environment for stock, flag and ours, by these names. */
export function waysOf({ preload, extra, flag, hasFlag }, { root, store }) {
  return {
    stock: { args: [], env: { [extra]: root } },
    ...(hasFlag && { flag: { args: flag.args, env: { ...flag.env, SSL_CERT_FILE: store } } }),
    ours: { args: [preload, register], env: { SSL_CERT_FILE: store } },
  };
}

/** Returns variants of stock and ours with more to do; `base` is the way to compare with if not `stock`. */
export function moreWaysOf(runtime, { known, many, manyAndRoot }) {
  const { stock, ours } = waysOf(runtime, known);
  const asked = (env) => ({ ...ours, env: { ...ours.env, ...env } });
  const stockWithMany = `stock, ${MANY} CAs more`;
  return {
    stock,
    ours,
    'ours, WATCH': asked({ OS_TRUSTSTORE_WATCH: '1' }),
    'ours, FETCH_INTERMEDIATES': asked({ OS_TRUSTSTORE_FETCH_INTERMEDIATES: '1' }),
    'ours, REVOCATION=soft-fail': asked({ OS_TRUSTSTORE_REVOCATION: 'soft-fail' }),
    [stockWithMany]: { ...stock, env: { [runtime.extra]: manyAndRoot } },
    [`ours, ${MANY} user CAs`]: { ...asked({ OS_TRUSTSTORE_USER_CAS: many }), base: stockWithMany },
  };
}

/** Returns `{ command, env, expected }`; the output of the process must begin with `expected`. */
function processOf({ binary, args, preload }, way, program, { url }, probe) {
  const probing = probe ? [preload, file('start-probe.cjs')] : [];
  const rest = program === 'none' ? ['empty.cjs'] : ['start-child.cjs', program, url];
  const [script, ...input] = rest;
  return {
    command: [binary, ...args, ...probing, ...way.args, file(script), ...input],
    env: { XDG_CONFIG_HOME: '/nonexistent', BENCH_PROBE: probe, ...way.env },
    expected: program === 'none' ? '' : 'new',
  };
}

function afterAnswer(stdout, expected) {
  if (!stdout.startsWith(expected)) throw new Error(`the answer was ${stdout}`);
  return stdout.slice(expected.length);
}

/**
 * Makes a contender for `measure()` that gives milliseconds from start to exit, or the figures of a probe of
 * start-probe.cjs.
 */
export function contenderOf(runtime, name, way, program, server, probe) {
  const { expected, ...started } = processOf(runtime, way, program, server, probe);
  const parse = (stdout, ms) => {
    const rest = afterAnswer(stdout, expected);
    if (probe) return JSON.parse(rest);
    if (rest !== '') throw new Error(`${program} printed ${rest}`);
    return { ms };
  };
  return { name, timeout, ...started, parse };
}

/** Steps inside a process, as start-inside.cjs measures them. */
export function insideContenders(runtime, { known }) {
  const { stock, flag, ours } = waysOf(runtime, known);
  const from = (name, { args, env }) => ({
    ...{ name, timeout, env: { XDG_CONFIG_HOME: '/nonexistent', ...env } },
    command: [runtime.binary, ...runtime.args, ...args, file('start-inside.cjs'), name],
  });
  // The program itself injects.
  const injecting = { ...ours, args: [] };
  return [
    ...[from('stock', stock), ...(flag ? [from('flag', flag)] : [])],
    ...[from('ours', injecting), from('ours, TLS loaded before', injecting)],
  ];
}

/** Makes the same requests where the root is unknown. */
export function proveVerified(runtime, server) {
  for (const [name, way] of Object.entries(waysOf(runtime, server.unknown))) {
    for (const client of clients) {
      const { command, env } = processOf(runtime, way, client, server);
      const { status, stdout, stderr } = run(command, env);
      if (status === 0 || stdout !== '' || !/certificate|UnknownIssuer/.test(stderr)) {
        throw new Error(
          `${runtime.title}, ${name}, ${client}: no refusal of the certificate: ${stdout}${stderr}`,
        );
      }
    }
  }
}
