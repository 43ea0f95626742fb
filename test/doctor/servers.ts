/**
 * Starts servers for broken set-ups: nginx, PostgreSQL, openssl s_server, and small ones of Node where none of these
 * can misbehave in the right way. All are on loopback, on ports of their own.
 */
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';

import { freePort, listenOnLoopback } from '../helpers/loopback.js';
import type { TestCertificate } from '../helpers/pki.js';
import { slowTool, stop, tool, untilListening } from './bench.js';
import type { Bench } from './bench.js';

/** A certificate with its key, and the certificates sent after it. */
export interface Identity {
  pem: string;
  keyPem: string;
  chain?: string[];
}

export function identity(leaf: TestCertificate, ...chain: TestCertificate[]): Identity {
  return { pem: leaf.pem, keyPem: leaf.keyPem, chain: chain.map(({ pem }) => pem) };
}

export interface RunningServer {
  port: number;
  /** Serves another certificate, or uses other settings, from now on. */
  change(identity: Identity, settings?: string): Promise<void>;
  stop(): Promise<void>;
}

/** `settings` are further directives of the server. */
export async function nginx(bench: Bench, first: Identity, settings = ''): Promise<RunningServer> {
  const port = await freePort();
  const name = `nginx-${port}`;
  for (const directory of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) {
    mkdirSync(bench.path(`${name}-${directory}`));
  }
  const configure = ({ pem, keyPem, chain = [] }: Identity, more: string): void => {
    bench.file(`${name}.crt`, [pem, ...chain].join(''));
    bench.file(`${name}.key`, keyPem);
    bench.file(
      `${name}.conf`,
      `daemon off; pid ${bench.path(`${name}.pid`)}; error_log stderr crit;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${bench.path(`${name}-body`)};
  proxy_temp_path ${bench.path(`${name}-proxy`)};
  fastcgi_temp_path ${bench.path(`${name}-fastcgi`)};
  uwsgi_temp_path ${bench.path(`${name}-uwsgi`)};
  scgi_temp_path ${bench.path(`${name}-scgi`)};
  server {
    listen 127.0.0.1:${port}${more.includes('# plain') ? '' : ' ssl'};
    ssl_certificate ${bench.path(`${name}.crt`)};
    ssl_certificate_key ${bench.path(`${name}.key`)};
    ${more}
    return 204;
  }
}
`,
    );
  };
  configure(first, settings);
  let child: ChildProcess = bench.start('nginx', [
    '-c',
    bench.path(`${name}.conf`),
    '-e',
    'stderr',
  ]);
  await untilListening(port);
  return {
    port,
    change: async (next, more = '') => {
      configure(next, more);
      await stop(child);
      child = bench.start('nginx', ['-c', bench.path(`${name}.conf`), '-e', 'stderr']);
      await untilListening(port);
    },
    stop: () => stop(child),
  };
}

/** Runs `openssl s_server` for behaviour that no normal server has. */
export async function opensslServer(
  bench: Bench,
  { pem, keyPem, chain = [] }: Identity,
  ...args: string[]
): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const child = bench.start('openssl', [
    's_server',
    '-accept',
    `127.0.0.1:${port}`,
    '-cert',
    bench.file(`s-${port}.crt`, pem),
    '-key',
    bench.file(`s-${port}.key`, keyPem),
    ...(chain.length === 0
      ? []
      : ['-cert_chain', bench.file(`s-${port}-chain.pem`, chain.join(''))]),
    '-quiet',
    ...args,
  ]);
  await untilListening(port);
  return { port, stop: () => stop(child) };
}

/** Runs gnutls-serv, which can leave out secure renegotiation (RFC 5746); OpenSSL 3 cannot. It has no option to bind. */
export async function legacyServer(
  bench: Bench,
  { pem, keyPem, chain = [] }: Identity,
): Promise<number> {
  const port = await freePort();
  bench.start('gnutls-serv', [
    ...['--priority', 'NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION', '--echo', '--quiet'],
    ...['--port', String(port), '--x509keyfile', bench.file(`g-${port}.key`, keyPem)],
    ...['--x509certfile', bench.file(`g-${port}.crt`, [pem, ...chain].join(''))],
  ]);
  await untilListening(port);
  return port;
}

/** Starts a cluster of its own as an unprivileged user, because PostgreSQL refuses to run as root. */
export async function postgres(
  bench: Bench,
  first: Identity | undefined,
): Promise<{ port: number; change: (identity: Identity) => Promise<void> }> {
  const port = await freePort();
  const data = bench.path(`pg-${port}`);
  mkdirSync(data, { mode: 0o700 });
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (user) chownSync(data, user.uid, user.gid);
  const as = user
    ? ['setpriv', '--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups']
    : ['env'];
  const [wrapper = '', ...wrapperArgs] = as;
  const bin = postgresDirectory();
  await slowTool(bench, wrapper, [
    ...wrapperArgs,
    `${bin}/initdb`,
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'test',
    '--no-sync',
  ]);
  const start = async (own: Identity | undefined): Promise<ChildProcess> => {
    const tls = own ? certificateSettings(bench, port, own, user) : ['-c', 'ssl=off'];
    const child = bench.start(wrapper, [
      ...wrapperArgs,
      `${bin}/postgres`,
      ...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data],
      ...['-c', 'fsync=off', '-c', 'log_min_messages=fatal', ...tls],
    ]);
    await untilListening(port);
    return child;
  };
  let child = await start(first);
  return {
    port,
    change: async (next) => {
      await stop(child);
      child = await start(next);
    },
  };
}

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** Debian keeps its servers outside PATH, in one directory for each release. */
function postgresDirectory(): string {
  const [newest] = readdirSync(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
  if (newest === undefined) throw new Error(`no PostgreSQL in ${DEBIAN_POSTGRES}`);
  return `${DEBIAN_POSTGRES}/${newest}/bin`;
}

interface User {
  uid: number;
  gid: number;
}

function certificateSettings(
  bench: Bench,
  port: number,
  { pem, keyPem, chain = [] }: Identity,
  user: User | undefined,
): string[] {
  const certificate = bench.file(`pg-${port}.crt`, [pem, ...chain].join(''));
  const key = bench.file(`pg-${port}.key`, keyPem);
  tool('chmod', ['600', key]);
  if (user) for (const file of [certificate, key]) chownSync(file, user.uid, user.gid);
  return ['-c', 'ssl=on', '-c', `ssl_cert_file=${certificate}`, '-c', `ssl_key_file=${key}`];
}

function unprivilegedUser(): User {
  const [uid = '', gid = ''] = ['-u', '-g'].map((flag) => tool('id', [flag, 'nobody']).trim());
  return { uid: Number(uid), gid: Number(gid) };
}

/** Installs the servers that the tests need; without them the tests fail. */
export function installServers(): void {
  const missing = [
    ...missingPrograms({
      nginx: 'nginx',
      psql: 'postgresql-client',
      openssl: 'openssl',
      bwrap: 'bubblewrap',
      'gnutls-serv': 'gnutls-bin',
      'update-ca-certificates': 'ca-certificates',
    }),
    ...(existsSync(DEBIAN_POSTGRES) ? [] : ['postgresql']),
  ];
  installPackages(missing);
}

/** Installs the programs that are run. npm comes with Node. */
export function installPrograms(): void {
  installPackages(
    missingPrograms({ curl: 'curl', git: 'git', python3: 'python3', openssl: 'openssl' }),
  );
}

function missingPrograms(packages: Record<string, string>): string[] {
  return Object.entries(packages)
    .filter(([command]) => spawnSync('which', [command]).status !== 0)
    .map(([, name]) => name);
}

function installPackages(packages: readonly string[]): void {
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`install ${packages.join(' ')} to run these tests`);
  // Test files run at the same time, and another may be installing.
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  tool('apt-get', [...wait, 'update', '-qq']);
  tool('apt-get', [...wait, 'install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

/** Starts a listener on loopback that is closed with the bench. */
export function listen(bench: Bench, server: net.Server): Promise<number> {
  return listenOnLoopback(server, (close) => {
    bench.onEnd(close);
  });
}

/** Serves one file under any path, as the place of a certificate. */
export async function fileServer(bench: Bench, content: () => Uint8Array): Promise<number> {
  return await listen(
    bench,
    http.createServer((_request, response) => {
      response.end(content());
    }),
  );
}

/** Starts an HTTP proxy that supports CONNECT. */
export async function proxyServer(
  bench: Bench,
  answer: (authorization: string | undefined) => number,
): Promise<number> {
  const server = http.createServer();
  server.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    const status = answer(request.headers['proxy-authorization']);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n`);
      return;
    }
    const [, port = ''] = /:(\d+)$/.exec(request.url ?? '') ?? [];
    const upstream = net.connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  return await listen(bench, server);
}
