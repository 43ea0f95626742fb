/**
 * Makes one verified TLS connection for a program of a user (see `connect` in bench.ts), and prints `ok` or the error.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';

import type { StartTlsProtocol } from '../../dist/explain/handshake/protocols.js';
import { startTls } from '../../dist/explain/handshake/starttls.js';
import type { ClientOptions } from './bench.js';

/** Only a server that never answers needs a shorter one. */
const TIMEOUT_MS = 60_000;

/** Returns what the program passes, in which `ca` is the value it had before. */
type More = (before: { ca: string[] | undefined }) => tls.ConnectionOptions;

export function connect(options: ClientOptions, more: More): void {
  secure(options, more).then(print, print);
}

function print(result: unknown): void {
  process.stdout.write(`${String(result)}\n`, () => process.exit());
}

async function secure(options: ClientOptions, more: More): Promise<string> {
  const { port, host = 'localhost', patienceMs = 300, timeoutMs = TIMEOUT_MS } = options;
  const { ca, ...others } = more({ ca: options.ca });
  const socket = await plainSocket(options);
  return await new Promise((done) => {
    const secured = tls.connect({
      ...(socket ? { socket, host } : { host, port }),
      ...(net.isIP(host) === 0 ? { servername: options.servername ?? host } : {}),
      ...(ca === undefined ? {} : { ca }),
      ...others,
    });
    const timer = setTimeout(done, timeoutMs, 'timeout');
    secured.on('secureConnect', () => {
      clearTimeout(timer);
      secured.resume();
      setTimeout(done, patienceMs, 'ok');
    });
    secured.on('error', (error: NodeJS.ErrnoException) => {
      done(`${error.code ?? ''} ${error.message}`);
    });
    secured.on('close', () => {
      clearTimeout(timer);
      done('closed');
    });
  });
}

/** A connection that begins without TLS, if it does. */
async function plainSocket(options: ClientOptions): Promise<net.Socket | undefined> {
  const { port, host = 'localhost', startTls: protocol } = options;
  const { HTTPS_PROXY: proxy, NO_PROXY: without } = process.env;
  if (options.proxy === true && proxy !== undefined && without !== host) {
    return await tunnel(options, new URL(proxy));
  }
  if (protocol === undefined) return undefined;
  const socket = net.connect({ host, port });
  await new Promise((done) => socket.once('connect', done));
  await startTls(protocol as StartTlsProtocol, socket, AbortSignal.timeout(TIMEOUT_MS));
  return socket;
}

function tunnel({ host = 'localhost', port }: ClientOptions, proxy: URL): Promise<net.Socket> {
  const [name, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  const token = Buffer.from(`${name ?? ''}:${password ?? ''}`).toString('base64');
  const authorization = name === '' ? '' : `Proxy-Authorization: Basic ${token}\r\n`;
  const socket = net.connect(Number(proxy.port), proxy.hostname);
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${authorization}\r\n`);
  return new Promise((done) => {
    socket.once('data', () => {
      done(socket);
    });
  });
}
