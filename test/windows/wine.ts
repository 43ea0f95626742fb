/**
 * Runs Windows programs under Wine, each test in a prefix of its own.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import type { RegistryHost } from './stores';

/** Prepared by test/windows/run.mjs. */
export interface Setup {
  scratch: string;
  template: string;
  /** Windows' own node.exe by line. */
  nodes: Record<string, string>;
  /** A copy of one of them under another name. */
  renamed: string;
  /** The package with the addon that is shipped. */
  shipped: string;
  /** The same with an addon that reads the enterprise location, which Wine does not know, from its registry key. */
  enterprise: string;
  /** The native tests: an executable. */
  nativeTests: string;
  /** Hides the machine's certificates, which Wine would import into ROOT. */
  preload: string;
}

export const setup = JSON.parse(readFileSync(path.join(__dirname, 'setup.json'), 'utf8')) as Setup;

export interface RunResult {
  code: number | null;
  output: string;
}

/** Returns a path of this machine as Windows programs see it. */
export function windowsPath(file: string): string {
  return `Z:${path.resolve(file).replaceAll('/', '\\')}`;
}

/**
 * One started Windows program. Its output goes to a file, because Node's stdout does not work on a pipe of the host.
 */
export class WineProcess {
  readonly #child: ChildProcess;
  readonly #outputFile: string;
  readonly #exit: Promise<number | null>;

  constructor(child: ChildProcess, outputFile: string) {
    this.#child = child;
    this.#outputFile = outputFile;
    this.#exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  }

  get output(): string {
    return readFileSync(this.#outputFile, 'utf8');
  }

  /** Waits until the program has printed a line that starts with `prefix`; returns the rest of that line. */
  async line(prefix: string, timeoutMs = 60_000): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = this.output.split(/\r?\n/).find((line) => line.startsWith(prefix));
      if (found !== undefined) return found.slice(prefix.length);
      if (Date.now() > end || this.#child.exitCode !== null) {
        throw new Error(`no line "${prefix}" in: ${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** For a program that does not end by itself; the prefix later ends what is left of it. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async finish(timeoutMs = 60_000): Promise<RunResult> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeoutMs);
    const code = await this.#exit;
    clearTimeout(timer);
    return { code, output: this.output };
  }
}

export class Prefix implements RegistryHost {
  readonly #directory: string;
  #runs = 0;

  /** Copies the template; the copy shares its files and owns its registry. */
  constructor() {
    this.#directory = mkdtempSync(path.join(setup.scratch, 'prefix-'));
    const prefix = path.join(this.#directory, 'wine');
    mkdirSync(prefix);
    for (const name of [
      'system.reg',
      'user.reg',
      'userdef.reg',
      '.update-timestamp',
      'dosdevices',
    ]) {
      cpSync(path.join(setup.template, name), path.join(prefix, name), {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
    symlinkSync(path.join(setup.template, 'drive_c'), path.join(prefix, 'drive_c'));
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.#directory,
      LANG: 'C.UTF-8',
      WINEPREFIX: path.join(this.#directory, 'wine'),
      WINEDEBUG: '-all',
      WINEDLLOVERRIDES: 'mscoree,mshtml=',
      LD_PRELOAD: setup.preload,
    };
  }

  file(name: string, content: string | Buffer): string {
    const file = path.join(this.#directory, name);
    writeFileSync(file, content);
    return file;
  }

  start(program: string, args: string[], env: Record<string, string> = {}): WineProcess {
    const outputFile = path.join(this.#directory, `output-${String((this.#runs += 1))}.txt`);
    const output = openSync(outputFile, 'w');
    const child = spawn('wine', [program, ...args], {
      env: { ...this.environment, ...env },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    return new WineProcess(child, outputFile);
  }

  run(program: string, args: string[], env: Record<string, string> = {}): Promise<RunResult> {
    return this.start(program, args, env).finish();
  }

  /** Runs JavaScript in a Windows Node. */
  node(line: string, source: string, env: Record<string, string> = {}): Promise<RunResult> {
    return this.startNode(line, source, env).finish();
  }

  startNode(line: string, source: string, env: Record<string, string> = {}): WineProcess {
    const script = this.file(`script-${String(this.#runs)}.js`, source);
    return this.start(setup.nodes[line] ?? line, [windowsPath(script)], env);
  }

  async importRegistry(content: Buffer): Promise<void> {
    const file = windowsPath(this.file('change.reg', content));
    const { code, output } = await this.run('reg', ['import', file]);
    if (code !== 0) throw new Error(`reg import: ${String(code)} ${output}`);
  }

  remove(): void {
    execFileSync('sh', ['-c', 'wineserver -k; wineserver -w'], { env: this.environment });
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
