/**
 * A machine of its own for one broken set-up, with a system store, a user's directory and servers; and the command and
 * clients, which see only that machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { Explanation } from '../../dist/explain/types.js';

export const packageRoot = resolve(__dirname, '..', '..');
const mainScript = join(packageRoot, 'dist', 'cli', 'main.js');
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
  /** PEM texts for the `ca` option. */
  ca?: string[];
  /** True for a program that heeds HTTPS_PROXY and NO_PROXY. */
  proxy?: boolean;
  startTls?: string;
  /** JavaScript at the program's start. @defaultValue `inject();` with `inject`, or else nothing */
  start?: string;
  /** JavaScript of more options, as they stand between braces. */
  code?: string;
  /** What the program's name follows on the command line. @defaultValue `node` */
  run?: string;
  /** How long a server may take to end a connection that it refuses. @defaultValue 300 */
  patienceMs?: number;
  /** For a server that never answers. */
  timeoutMs?: number;
}

export class Bench {
  readonly directory = mkdtempSync(join(tmpdir(), 'os-truststore-doctor-'));
  readonly storeFile = this.path('system.pem');
  /** The command's script. */
  mainScript = mainScript;
  readonly configHome = this.path('config');
  /** Variables for the command and the clients, besides those that make the machine. */
  readonly env: Record<string, string | undefined> = {};
  /** The Node that runs the command and the programs. */
  node = process.execPath;
  /** What every command is started by, such as bwrap(1) and its arguments. */
  inside: readonly string[] = [];
  readonly #cleanUps: (() => unknown)[] = [];
  #programs = 0;

  constructor() {
    // Servers may run as another user.
    chmodSync(this.directory, 0o755);
    for (const name of ['empty', 'home', 'bin', 'node_modules']) mkdirSync(this.path(name));
    writeFileSync(this.storeFile, '');
    this.file('package.json', '{}');
    symlinkSync(packageRoot, this.path('node_modules/os-truststore'));
    this.#layPrograms();
  }

  /** Puts into PATH what users have there. Machines that run these tests are often busy, so the doctor is patient. */
  #layPrograms(): void {
    symlinkSync(this.node, this.path('bin/node'));
    const doctor =
      'case "$*" in doctor\\ *--timeout*|doctor|doctor\\ -*) ;; doctor\\ *) set -- "$@" --timeout 60;; esac';
    const scripts = {
      'os-truststore': `${doctor}\nexec node ${mainScript} "$@"`,
      npx: 'exec "$@"',
      sudo: 'exec "$@"',
    };
    for (const [name, script] of Object.entries(scripts)) {
      chmodSync(this.file(`bin/${name}`, `#!/bin/sh\n${script}\n`), 0o755);
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Runs the command and the programs with another Node. */
  useNode(path: string): void {
    this.node = path;
    rmSync(this.path('bin/node'));
    symlinkSync(path, this.path('bin/node'));
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

  /** Sets a variable for everything that runs here from now on: `NAME=value` or `unset NAME`, as typed at a shell. */
  setVariable(assignment: string): void {
    const [, unset] = /^unset (\w+)$/.exec(assignment) ?? [];
    const [, name = '', value = ''] = /^(?:export )?(\w+)=(.*)$/s.exec(assignment) ?? [];
    if (unset !== undefined) this.env[unset] = undefined;
    else this.env[name] = tool('sh', ['-c', `printf %s ${value}`], undefined, this.environment());
  }

  /** Returns what puts the machine's lists and variables back as they are now. */
  snapshot(): () => void {
    const kept = mkdtempSync(this.path('kept-'));
    const parts = ['system.pem', 'config', 'home', 'empty'];
    const copy = (from: string, to: string): void => {
      for (const part of parts.filter((name) => existsSync(join(from, name)))) {
        cpSync(join(from, part), join(to, part), { recursive: true });
      }
    };
    const env = { ...this.env };
    copy(this.directory, kept);
    return () => {
      for (const part of parts) rmSync(this.path(part), { recursive: true, force: true });
      copy(kept, this.directory);
      for (const name of Object.keys(this.env)) this.env[name] = env[name];
    };
  }

  /** Gives the machine other files at these paths, which are copied or bound over those of the host. */
  overlay(paths: Readonly<Record<string, string>>): void {
    const top = readdirSync('/').filter((name) => !['proc', 'dev'].includes(name));
    this.inside = [
      ...['bwrap', '--proc', '/proc', '--dev-bind', '/dev', '/dev'],
      ...top.flatMap((name) => ['--bind', `/${name}`, `/${name}`]),
      ...Object.entries(paths).flatMap(([path, own]) => ['--bind', own, path]),
    ];
  }

  onEnd(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
    rmSync(this.directory, { recursive: true, force: true });
  }

  environment(): NodeJS.ProcessEnv {
    const { PATH = '', TMPDIR } = process.env;
    return {
      PATH: `${this.path('bin')}:${PATH}`,
      HOME: this.path('home'),
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      SSL_CERT_FILE: this.storeFile,
      SSL_CERT_DIR: this.path('empty'),
      XDG_CONFIG_HOME: this.configHome,
      XDG_CACHE_HOME: this.path('cache'),
      ...this.env,
    };
  }

  async command(...args: string[]): Promise<Run> {
    const target = args[1] ?? '-';
    const isHost = args[0] === 'doctor' && !target.startsWith('-') && !args.includes('--timeout');
    // Machines that run these tests are often busy, and only some tests are about time.
    const patience = isHost ? ['--timeout', '60'] : [];
    return await this.run(this.node, [this.mainScript, ...args, ...patience]);
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

  /** Types a line at a shell of this machine, and the answer when it asks. */
  async shell(line: string, answer?: string): Promise<Run> {
    if (answer === undefined) return await this.run('bash', ['-c', line]);
    // A command asks only on a terminal, which script(1) makes.
    const terminal = ['-qefc', line, '/dev/null'];
    return await this.run('script', terminal, this.environment(), `${answer}\n`);
  }

  /** Makes one verified connection with a Node program; returns `ok`, or the error's code and message. */
  async connect(options: ClientOptions): Promise<string> {
    const { start = options.inject === true ? 'inject();' : '', code = '', run = 'node' } = options;
    const program = this.file(
      `program-${String(this.#programs++)}.cjs`,
      `const crypto = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createSecureContext, getTrustedCAs, inject } = require('os-truststore');
${start}
const { connect } = require(${JSON.stringify(clientScript)});
connect(${JSON.stringify(options)}, ({ ca }) => ({ ca, ${code} }));
`,
    );
    const { stdout, stderr } = await this.run('bash', ['-c', `exec ${run} ${program}`]);
    return stdout.trim() || `no answer: ${stderr}`;
  }

  run(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = this.environment(),
    typed?: string,
  ): Promise<Run> {
    return new Promise((done, reject) => {
      const [program = command, ...rest] = [...this.inside, command, ...args];
      const child = spawn(program, rest, {
        cwd: this.directory,
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child.stdin.on('error', () => undefined);
      if (typed === undefined) child.stdin.end();
      else child.stdin.write(typed);
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
      if (code !== null && code !== 0 && !child.killed) {
        process.stderr.write(`${command}: ${log}\n`);
      }
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

/** A line of Node that ends at keys on some curves; the lane `tools` of the matrix installs it. */
export const crashingNode = join(packageRoot, 'test/tools/runtimes/node_modules/node-24/bin/node');
export const withoutCrashingNode = existsSync(crashingNode)
  ? {}
  : { skip: 'needs Node 24, which the lane `tools` installs' };

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
export function tool(
  command: string,
  args: readonly string[],
  input?: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    env,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
