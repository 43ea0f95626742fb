/**
 * A Node program that makes one verified TLS connection: `node client.js <options as JSON>`. Prints `ok` or the error.
 * It uses this package only for `inject()` and `getTrustedCAs()`, and only when asked to.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';

import type { StartTlsProtocol } from '../../dist/explain/handshake/protocols.js';
import { startTls } from '../../dist/explain/handshake/starttls.js';
import * as truststore from '../../dist/index.js';
import type { ClientOptions } from './bench.js';

/** Only a server that never answers needs a shorter one. */
const TIMEOUT_MS = 60_000;

async function main(options: ClientOptions): Promise<string> {
  const {
    port,
    host = 'localhost',
    inject,
    exclude = [],
    trusted,
    startTls: protocol,
    patienceMs = 300,
    timeoutMs = TIMEOUT_MS,
  } = options;
  if (inject === true) truststore.inject({ exclude });
  const ca = trusted
    ? truststore.getTrustedCAs({ userCAs: { certificates: trusted } })
    : options.ca;
  const socket = options.proxy === undefined ? net.connect({ host, port }) : await tunnel(options);
  if (protocol !== undefined) {
    await new Promise((done) => socket.once('connect', done));
    await startTls(protocol as StartTlsProtocol, socket, AbortSignal.timeout(TIMEOUT_MS));
  }
  return await new Promise((done) => {
    const secured = tls.connect({
      socket,
      servername: options.servername ?? host,
      ...(ca ? { ca } : {}),
      ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key }),
      ...(options.allowPartialTrustChain === true
        ? { secureContext: truststore.createSecureContext({ allowPartialTrustChain: true }) }
        : {}),
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

function tunnel({ proxy = '', host = 'localhost', port }: ClientOptions): Promise<net.Socket> {
  const { hostname, port: proxyPort, username, password } = new URL(proxy);
  const socket = net.connect(Number(proxyPort), hostname);
  const token = Buffer.from(`${username}:${password}`).toString('base64');
  const authorization = username === '' ? '' : `Proxy-Authorization: Basic ${token}\r\n`;
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${authorization}\r\n`);
  return new Promise((done) => {
    socket.once('data', () => {
      done(socket);
    });
  });
}

main(JSON.parse(process.argv[2] ?? '{}') as ClientOptions).then(
  (result) => {
    process.stdout.write(`${result}\n`, () => process.exit());
  },
  (error: unknown) => {
    process.stdout.write(`${String(error)}\n`, () => process.exit());
  },
);
