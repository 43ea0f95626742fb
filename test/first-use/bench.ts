/**
 * Makes a protected server of each kind, and clients with and without a certificate.
 */
import { X509Certificate, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';

import { trustOnFirstUse } from '../../dist/index.js';
import type {
  Refusal,
  RememberedPeer,
  TrustOnFirstUse,
  TrustOnFirstUseOptions,
  TruststoreError,
  UnknownPeer,
} from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';

export const kinds = ['tls', 'https', 'http2'] as const;
export type Kind = (typeof kinds)[number];
export const versions = ['TLSv1.2', 'TLSv1.3'] as const;
export type Version = (typeof versions)[number];

export interface TestContext {
  after(cleanUp: () => void): void;
}

export function temporaryFile(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-peers-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return join(directory, 'data', 'peers.json');
}

let serverIdentity: Promise<TestCertificate> | undefined;

function getServerIdentity(): Promise<TestCertificate> {
  return (serverIdentity ??= createCertificate({
    commonName: 'Server',
    ca: false,
    dns: ['localhost'],
  }));
}

/** Makes a client certificate, self-signed unless told otherwise. */
export function createClient(
  commonName: string,
  spec: Partial<CertificateSpec> = {},
): Promise<TestCertificate> {
  return createCertificate({ commonName, ca: false, ...spec });
}

export function fingerprintOf({ pem }: TestCertificate): string {
  return new X509Certificate(pem).fingerprint256;
}

export async function createWeakClient(): Promise<TestCertificate> {
  const keys = await webcrypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 1024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['sign', 'verify'],
  );
  const issuer = await createCertificate({ commonName: 'Issuer' });
  return createClient('Weak', { keys, issuer });
}

export interface Bench {
  trust: TrustOnFirstUse;
  port: number;
  kind: Kind;
  /** The clients that decide() was asked about. */
  asked: UnknownPeer[];
  /** The clients that the server's own code saw. */
  served: (RememberedPeer | undefined)[];
  refusals: Refusal[];
  warnings: TruststoreError[];
  sockets: tls.TLSSocket[];
  clients: tls.TLSSocket[];
  server: tls.Server;
}

export interface BenchOptions extends Partial<TrustOnFirstUseOptions> {
  kind?: Kind;
  server?: tls.TlsOptions;
  /** Runs on the server before it is protected. */
  prepare?: (server: tls.Server) => void;
}

/** Accepts every client unless told otherwise. */
export async function startBench(
  t: TestContext,
  { kind = 'https', server: serverOptions = {}, prepare, ...options }: BenchOptions = {},
): Promise<Bench> {
  const asked: UnknownPeer[] = [];
  const { decide } = options;
  const trust = trustOnFirstUse({
    file: options.file ?? temporaryFile(t),
    ...options,
    decide: (peer, context) => {
      asked.push(peer);
      return decide ? decide(peer, context) : 'accept';
    },
  });
  const bench: Bench = {
    trust,
    port: 0,
    kind,
    asked,
    served: [],
    refusals: [],
    warnings: [],
    sockets: [],
    clients: [],
    server: undefined as unknown as tls.Server,
  };
  trust.on('refused', (refusal) => bench.refusals.push(refusal));
  trust.on('warning', (warning) => bench.warnings.push(warning));
  const server = await createServer(bench, serverOptions);
  bench.server = server;
  prepare?.(server);
  server.on('secureConnection', (socket) => bench.sockets.push(socket));
  const clients = bench.clients;
  // A plain server reports "hang up" when a client breaks off; that is no failure here.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => trust.protect(server).listen(0, '127.0.0.1', resolve));
  bench.port = (server.address() as AddressInfo).port;
  t.after(() => {
    server.close();
    for (const socket of bench.sockets) socket.destroy();
    for (const socket of clients) socket.destroy();
  });
  return bench;
}

async function createServer(bench: Bench, extra: tls.TlsOptions): Promise<tls.Server> {
  const { keyPem, pem } = await getServerIdentity();
  const options = { key: keyPem, cert: pem, ...extra };
  if (bench.kind === 'tls') {
    return tls.createServer(options, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        bench.served.push(bench.trust.peerOf(socket));
        socket.write('served');
      });
    });
  }
  if (bench.kind === 'https') {
    return https.createServer(options, (request, response) => {
      bench.served.push(bench.trust.peerOf(request));
      response.end('served');
    });
  }
  return http2.createSecureServer(options, (request, response) => {
    bench.served.push(bench.trust.peerOf(request));
    response.end('served');
  });
}

export interface ClientOptions {
  version?: Version;
  session?: Buffer;
  ecdhCurve?: string;
}

export interface Client {
  socket: tls.TLSSocket;
  /** Resumption data received so far. */
  sessions: Buffer[];
  /** Makes one request; rejects when the connection ends without an answer. */
  ask(): Promise<string>;
  closed: Promise<void>;
}

/** Opens a connection and resolves when its handshake is done for the client. */
export async function connect(
  { port, kind, clients }: Bench,
  client: TestCertificate | undefined,
  { version = 'TLSv1.3', session, ecdhCurve = 'auto' }: ClientOptions = {},
): Promise<Client> {
  const { pem: ca } = await getServerIdentity();
  const sessions: Buffer[] = [];
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca,
    ciphers: 'DEFAULT@SECLEVEL=0',
    ecdhCurve,
    minVersion: version,
    maxVersion: version,
    ...(kind === 'http2' ? { ALPNProtocols: ['h2'] } : {}),
    ...(client ? { key: client.keyPem, cert: client.pem } : {}),
    ...(session ? { session } : {}),
  });
  clients.push(socket);
  socket.on('session', (data) => sessions.push(data));
  let reason = '';
  socket.on('error', (error: Error) => (reason ||= error.message));
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    void closed.then(() => {
      reject(new Error(`the handshake failed: ${reason}`));
    });
  });
  return { socket, sessions, closed, ask: makeAsk(kind, socket, closed) };
}

function makeAsk(kind: Kind, socket: tls.TLSSocket, closed: Promise<void>): () => Promise<string> {
  const refused = closed.then((): string => {
    throw new Error('the connection was closed');
  });
  refused.catch(() => undefined);
  if (kind === 'http2') {
    const session = http2.connect('https://localhost', { createConnection: () => socket });
    session.on('error', () => undefined);
    return () => Promise.race([refused, http2Answer(session)]);
  }
  const question = kind === 'https' ? 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' : 'question';
  return () => {
    const answer = new Promise<string>((resolve) => {
      socket.once('data', (data) => {
        resolve(String(data).trim().split(/\s/).at(-1) ?? '');
      });
    });
    socket.write(question);
    return Promise.race([refused, answer]);
  };
}

function http2Answer(session: http2.ClientHttp2Session): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': '/' });
    let text = '';
    stream.on('data', (data) => (text += String(data)));
    stream.on('error', reject);
    stream.on('end', () => {
      if (text !== '') resolve(text);
    });
  });
}

/** Returns `served`, or `refused` when the connection was closed instead. */
export async function visit(
  bench: Bench,
  client: TestCertificate | undefined,
  options?: ClientOptions,
): Promise<'served' | 'refused'> {
  let connection: Client;
  try {
    connection = await connect(bench, client, options);
  } catch {
    return 'refused';
  }
  try {
    const answer = await connection.ask();
    if (answer !== 'served') throw new Error(`unexpected answer ${answer}`);
    return 'served';
  } catch (error) {
    if (!/closed|reset|hang up|cancel/i.test((error as Error).message)) throw error;
    return 'refused';
  } finally {
    connection.socket.destroy();
  }
}

/** Polls until `condition` holds. Machines that run these tests are often busy. */
export async function until(condition: () => boolean, what: string, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still waiting for ${what}`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
