/**
 * Starts real servers with TLS on free loopback ports and in temporary folders, which the run removes.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { Missing } from '../../native/prebuild/missing.mjs';

const require = createRequire(import.meta.url);
const { freePort } = require('../../dist-test/helpers/loopback.js');
const startTimeoutMs = 30_000;

/** Serves HTTP/1.1, HTTP/2 and WebSocket. */
export async function startWeb(identity) {
  const { WebSocketServer } = require('ws');
  /** The requested paths. */
  const seen = [];
  const server = http2.createSecureServer(
    { cert: identity.pem, key: identity.keyPem, allowHTTP1: true },
    ({ url }, response) => {
      seen.push(url);
      response.end('ok');
    },
  );
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (_, { url }) => seen.push(url));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${server.address().port}/`,
    seen,
    stop: () => {
      webSockets.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Opens a tunnel to wherever a client asks. */
export async function startProxy() {
  const server = http.createServer();
  const sockets = new Set();
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  server.on('connection', keep);
  server.on('connect', ({ url }, socket) => {
    const { hostname, port } = new URL(`http://${url}`);
    const target = net.connect(port, hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    keep(target);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export async function startNginx(folder, identity) {
  const port = await freePort();
  const { cert, key } = writeIdentity(folder, identity);
  const configuration = path.join(folder, 'nginx.conf');
  writeFileSync(
    configuration,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
worker_processes 1; events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} ssl; server_name localhost;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    return 200 ok;
  }
}
`,
  );
  const process = start(find('nginx', ['/usr/sbin']), ['-c', configuration, '-p', folder]);
  await process.listening(port);
  return { url: `https://localhost:${port}/`, stop: process.stop };
}

export async function startRedis(folder, identity) {
  const port = await freePort();
  const { cert, key } = writeIdentity(folder, identity);
  const process = start(find('redis-server'), [
    ...['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'],
    ...['--tls-ca-cert-file', cert, '--save', '', '--appendonly', 'no'],
  ]);
  await process.listening(port);
  return { url: `https://localhost:${port}/`, stop: process.stop };
}

/** PostgreSQL refuses to run as root. */
export async function startPostgres(folder, identity) {
  const port = await freePort();
  const { cert, key } = writeIdentity(folder, identity);
  const data = path.join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const user = unprivileged();
  if (user) for (const file of [folder, data, cert, key]) chownSync(file, user.uid, user.gid);
  const as = (program, args) =>
    user
      ? [
          find('setpriv'),
          [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', program, ...args],
        ]
      : [program, args];
  const flags = ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  execFileSync(...as(findPostgres('initdb'), flags), { stdio: ['ignore', 'ignore', 'inherit'] });
  const settings = {
    ...{ port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'off' },
    ...{ ssl: 'on', ssl_cert_file: cert, ssl_key_file: key, max_connections: 10 },
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const process = start(...as(findPostgres('postgres'), ['-D', data, ...options]));
  await process.listening(port);
  return { url: `https://localhost:${port}/`, stop: process.stop };
}

function unprivileged() {
  if (process.getuid() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Try the next one.
    }
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user',
  );
}

function writeIdentity(folder, identity) {
  const cert = path.join(folder, 'server.pem');
  const key = path.join(folder, 'server.key');
  writeFileSync(cert, identity.pem);
  writeFileSync(key, identity.keyPem);
  chmodSync(key, 0o600);
  return { cert, key };
}

function find(name, more = []) {
  const folders = [...(process.env.PATH ?? '').split(':'), ...more];
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) {
    throw new Missing(`${name} is not installed; this suite fails without it`);
  }
  return found;
}

/** Debian keeps each version's programs in a folder of its own, not in PATH. */
function findPostgres(name) {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => b - a) : [];
  return find(
    name,
    versions.map((version) => path.join(base, version, 'bin')),
  );
}

function start(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const exit = new Promise((resolve) =>
    child.on('close', () => {
      ended = true;
      resolve();
    }),
  );
  return {
    listening: async (port) => {
      const started = Date.now();
      while (!(await accepts(port))) {
        if (ended || Date.now() - started > startTimeoutMs) {
          child.kill('SIGKILL');
          throw new Error(`${path.basename(program)} does not listen:\n${output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: async () => {
      // SIGINT is PostgreSQL's fast shutdown, and ends the others too.
      child.kill('SIGINT');
      await exit;
    },
  };
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', () => answer(true));
    socket.on('error', () => answer(false));
  });
}
