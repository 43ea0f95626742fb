/**
 * A machine of its own for one broken set-up, with a system store, a user's directory and servers; and the command and
 * clients, which see only that machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { Explanation } from '../../dist/explain/types.js';

const mainScript = resolve(__dirname, '..', '..', 'dist', 'cli', 'main.js');
const clientScript = join(__dirname, 'client.js');

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ClientOptions {
  port: number;
  /** @defaultValue localhost */
  host?: string;
  servername?: string;
  /** Calls `inject()` first, as a program that uses this package does. */
  inject?: boolean;
  cert?: string;
  key?: string;
  /** PEM texts for the `ca` option; `trusted` is what getTrustedCAs() gives with these as user CAs. */
  ca?: string[];
  trusted?: string[];
  exclude?: string[];
  proxy?: string;
  startTls?: string;
  allowPartialTrustChain?: boolean;
  /** How long a server may take to end a connection that it refuses. @defaultValue 300 */
  patienceMs?: number;
  /** For a server that never answers. */
  timeoutMs?: number;
}

export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'os-truststore-doctor-'));
  readonly storeFile = this.path('system.pem');
  /** The command's script. */
  readonly mainScript = mainScript;
  readonly configHome = this.path('config');
  /** Variables for the command and the clients, besides those that make the machine. */
  readonly env: Record<string, string> = {};
  readonly #cleanUps: (() => unknown)[] = [];

  constructor() {
    // Servers may run as another user.
    chmodSync(this.directory, 0o755);
    mkdirSync(this.path('empty'));
    writeFileSync(this.storeFile, '');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Sets what the operating system trusts. */
  system(...pems: string[]): void {
    writeFileSync(this.storeFile, pems.join(''));
  }

  /** Puts a file into the user's own directory. */
  user(name: string, pem: string): void {
    const directory = join(this.configHome, 'os-truststore', 'certs');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), pem);
  }

  /** Sets NODE_EXTRA_CA_CERTS. */
  extra(...pems: string[]): void {
    this.env['NODE_EXTRA_CA_CERTS'] = this.file('extra.pem', pems.join(''));
  }

  onEnd(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
    rmSync(this.directory, { recursive: true, force: true });
  }

  environment(): NodeJS.ProcessEnv {
    const { PATH = '', HOME = '/', TMPDIR } = process.env;
    return {
      PATH,
      HOME,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      SSL_CERT_FILE: this.storeFile,
      SSL_CERT_DIR: this.path('empty'),
      XDG_CONFIG_HOME: this.configHome,
      XDG_CACHE_HOME: this.path('cache'),
      ...this.env,
    };
  }

  async command(...args: string[]): Promise<Run> {
    const isHost = args[0] === 'doctor' && args.length > 1 && !args.includes('--timeout');
    // Machines that run these tests are often busy, and only some tests are about time.
    const patience = isHost ? ['--timeout', '60'] : [];
    return await this.run(process.execPath, [mainScript, ...args, ...patience]);
  }

  /** Returns the command's exit code and explanation. */
  async doctor(
    target: string,
    ...args: string[]
  ): Promise<{ status: number | null; explanation: Explanation; stderr: string }> {
    const { status, stdout, stderr } = await this.command('doctor', target, '--json', ...args);
    if (!stdout.startsWith('{')) throw new Error(`doctor said: ${stdout}${stderr}`);
    return { status, explanation: JSON.parse(stdout) as Explanation, stderr };
  }

  /** Makes one verified connection with a Node program; returns `ok`, or the error's code and message. */
  async connect(options: ClientOptions): Promise<string> {
    const { stdout, stderr } = await this.run(process.execPath, [
      clientScript,
      JSON.stringify(options),
    ]);
    return stdout.trim() || `no answer: ${stderr}`;
  }

  run(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = this.environment(),
  ): Promise<Run> {
    return new Promise((done, reject) => {
      const child = spawn(command, args, {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('close', (status) => {
        done({ status, stdout, stderr });
      });
    });
  }

  /** Starts a server that ends with the bench. */
  start(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.on('exit', (code) => {
      if (code !== null && code !== 0) process.stderr.write(`${command}: ${log}\n`);
    });
    this.onEnd(() => stop(child));
    return child;
  }
}

export function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => {
      done();
    });
    child.kill('SIGTERM');
  });
}

/** Machines that run these tests are often busy. */
const START_DEADLINE_MS = 60_000;

export async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (await accepts(port)) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => {
      done(false);
    });
  });
}

/** Runs a slow tool that must succeed, while servers of this process go on answering. */
export async function slowTool(
  bench: Bench,
  command: string,
  args: readonly string[],
): Promise<void> {
  const { status, stderr } = await bench.run(command, args, process.env);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** Runs a tool that must succeed. */
export function tool(command: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
