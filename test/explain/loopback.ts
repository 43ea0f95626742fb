/**
 * Servers on loopback and a machine that trusts only what a test gives it, for tests within this process.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';

import { explain } from '../../dist/index.js';
import type { ExplainOptions, Explanation } from '../../dist/index.js';
import { listenOnLoopback } from '../helpers/loopback.js';
import type { TestCertificate } from '../helpers/pki.js';

export { leafOf } from '../helpers/pki.js';

export interface TestContext {
  after(cleanUp: () => void): void;
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-explain-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Returns the port of a listening server, which is closed with the test. */
export function listen(t: TestContext, server: net.Server): Promise<number> {
  return listenOnLoopback(server, (close) => {
    t.after(close);
  });
}

export interface Served {
  leaf: TestCertificate;
  chain?: TestCertificate[];
  options?: tls.TlsOptions;
}

/** Starts a TLS server and records what clients send to it after the handshake. */
export function tlsServer({ leaf, chain = [], options = {} }: Served): {
  server: tls.Server;
  received: () => number;
} {
  let bytes = 0;
  const server = tls.createServer(
    { key: leaf.keyPem, cert: [leaf, ...chain].map(({ pem }) => pem).join(''), ...options },
    (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    },
  );
  server.on('tlsClientError', () => undefined);
  return { server, received: () => bytes };
}

/** The lists of a made-up machine, as PEM. */
export interface Machine {
  system?: string[];
  user?: string[];
  extra?: string[];
}

export interface MachineFiles {
  env: Record<string, string>;
  userDirectory: string;
}

export function makeMachine(
  t: TestContext,
  { system = [], user = [], extra }: Machine,
): MachineFiles {
  const directory = temporaryDirectory(t);
  const userDirectory = join(directory, 'os-truststore', 'certs');
  mkdirSync(userDirectory, { recursive: true });
  mkdirSync(join(directory, 'empty'));
  writeFileSync(join(directory, 'system.pem'), system.join(''));
  user.forEach((pem, index) => {
    writeFileSync(join(userDirectory, `${index}.pem`), pem);
  });
  if (extra) writeFileSync(join(directory, 'extra.pem'), extra.join(''));
  return {
    userDirectory,
    env: {
      HOME: directory,
      XDG_CONFIG_HOME: directory,
      SSL_CERT_FILE: join(directory, 'system.pem'),
      SSL_CERT_DIR: join(directory, 'empty'),
      ...(extra ? { NODE_EXTRA_CA_CERTS: join(directory, 'extra.pem') } : {}),
    },
  };
}

export async function explainOn(
  { env }: MachineFiles,
  target: string,
  options: ExplainOptions = {},
): Promise<Explanation> {
  return await explain(target, { timeoutMs: 60_000, proxy: false, system: { env }, ...options });
}
