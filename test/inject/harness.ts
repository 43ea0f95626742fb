/**
 * Runs scenarios in processes of their own, because each changes the TLS of the whole process. A scenario is an
 * exported function of a file beside the test; its input and its result travel as JSON.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as nodeModule from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { createCertificate } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';

/** Whether Node can tell that TLS is about to be used; otherwise inject() loads it at once. */
export const CAN_WAIT = 'registerHooks' in nodeModule;

export interface RunOptions {
  env?: Record<string, string>;
  execArgv?: string[];
  /** Where it runs, and where modules of `execArgv` are found. */
  cwd?: string;
  /** The argument of the scenario. */
  input?: unknown;
  /** Default: the compiled prelude that runs scenarios. */
  entry?: string;
  timeoutMs?: number;
}

export interface RunResult<Result> {
  result: Result;
  stderr: string;
  /** Milliseconds from start to exit. */
  elapsedMs: number;
}

const UNSET = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_OPTIONS'];

/** The environment of children, without the machine's variables that change trust and without the user's own CAs. */
export function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env)) {
    if (UNSET.includes(name) || name.startsWith('OS_TRUSTSTORE_') || name.startsWith('NODE_TEST')) {
      Reflect.deleteProperty(env, name);
    }
  }
  return { ...env, XDG_CONFIG_HOME: '/nonexistent', NODE_NO_WARNINGS: '1', ...extra };
}

/** Runs `name` of `file` (compiled, absolute) in a new process and returns its result. */
export async function runScenario<Result>(
  file: string,
  name: string,
  options: RunOptions = {},
): Promise<RunResult<Result>> {
  const started = performance.now();
  const entry = options.entry ?? join(__dirname, 'run-scenario.js');
  const child = spawn(
    process.execPath,
    [...(options.execArgv ?? []), entry, file, name, JSON.stringify(options.input ?? null)],
    {
      cwd: options.cwd,
      env: childEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  const line = stdout.split('\n').find((text) => text.startsWith('RESULT '));
  if (line === undefined || code !== 0) {
    throw new Error(`${name} ended with ${String(code)}\n${stdout}\n${stderr}`);
  }
  return {
    result: JSON.parse(line.slice('RESULT '.length)) as Result,
    stderr,
    elapsedMs: performance.now() - started,
  };
}

export interface TestServer {
  port: number;
  url: string;
  close(): void;
  /** How many are open. */
  connections(): number;
}

/** Starts an HTTPS server for HTTP/1.1 and HTTP/2 on a free port that answers `ok`, or what it is told to. */
export async function startServer(
  t: TestContext,
  leaf: TestCertificate,
  chain: TestCertificate[] = [],
  options: http2.SecureServerOptions = {},
  answer = ({ socket }: http2.Http2ServerRequest): string =>
    (socket as TLSSocket).authorized ? 'ok authorized' : 'ok',
): Promise<TestServer> {
  const cert = [leaf, ...chain].map(({ pem }) => pem).join('');
  const server = http2.createSecureServer(
    { cert, key: leaf.keyPem, allowHTTP1: true, ...options },
    (request, response) => {
      response.end(answer(request));
    },
  );
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  t.after(close);
  return {
    port,
    url: `https://localhost:${String(port)}/`,
    close,
    connections: () => sockets.size,
  };
}

/** Starts two of them, under roots of their own. */
export async function startTwoServers(t: TestContext): Promise<Record<string, string>> {
  const root = await createRoot();
  const otherRoot = await createRoot();
  const { url } = await startServer(t, await createLeaf(root));
  const { url: otherUrl } = await startServer(t, await createLeaf(otherRoot));
  return { url, root: root.pem, otherUrl, otherRoot: otherRoot.pem };
}

let certificates = 0;

export function createRoot(spec: Partial<CertificateSpec> = {}): Promise<TestCertificate> {
  return createCertificate({ commonName: `Test Root ${String(++certificates)}`, ...spec });
}

export function createLeaf(
  issuer: TestCertificate | undefined,
  spec: Partial<CertificateSpec> = {},
): Promise<TestCertificate> {
  return createCertificate({
    commonName: 'localhost',
    ...(issuer === undefined ? {} : { issuer }),
    ca: false,
    dns: ['localhost'],
    ip: ['127.0.0.1'],
    ...spec,
  });
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function writeFile(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Makes a client's certificate, with a CA if there is one. OpenSSL does, because Node cannot write PKCS#12. */
export async function createPfx(t: TestContext, ca?: string): Promise<string> {
  const directory = temporaryDirectory(t);
  const client = await createLeaf(await createRoot());
  const cert = writeFile(directory, 'client.pem', client.pem);
  const key = writeFile(directory, 'client.key', client.keyPem);
  const others = ca === undefined ? [] : ['-certfile', writeFile(directory, 'ca.pem', ca)];
  return execFileSync('openssl', [
    ...['pkcs12', '-export', '-in', cert, '-inkey', key, '-passout', 'pass:test'],
    ...others,
  ]).toString('base64');
}
