/**
 * Installs the package as npm does, in a project of its own, and starts programs there as users do. Nothing in it leads
 * back into the checkout: a program gets the copy by the package's name.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const checkout = resolve(__dirname, '../..');
const manifest = join(checkout, 'package.json');
const { dependencies } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { dependencies: object };

/** The binary built here, or else the prebuilt ones. */
const addons = [join('build', 'Release', 'os_truststore.node'), 'prebuilds'];

/** The ways in README to start a program with the package, and one without it. */
export const registerWays = [
  '--require',
  '--import',
  'NODE_OPTIONS=--require',
  'NODE_OPTIONS=--import',
] as const;
export type Way = 'stock' | (typeof registerWays)[number];

export interface Ended {
  stdout: string;
  stderr: string;
  /** An exit code, or a signal. */
  status: number | NodeJS.Signals;
}

/** A folder with the package among its modules, removed when this process ends. */
export class InstalledProject {
  readonly path = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'os-truststore-project-')));

  constructor() {
    process.once('exit', () => {
      fs.rmSync(this.path, { recursive: true, force: true });
    });
    this.write('package.json', '{ "name": "program", "version": "1.0.0", "private": true }\n');
    const addon = addons.find((file) => fs.existsSync(join(checkout, file))) ?? '';
    for (const file of ['package.json', 'dist', addon]) {
      this.#copy(file, join('node_modules', 'os-truststore', file));
    }
    for (const name of Object.keys(dependencies)) this.#copy(join('node_modules', name));
  }

  /** @returns the absolute path of the new file */
  write(name: string, text: string): string {
    const file = join(this.path, name);
    fs.mkdirSync(dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  /**
   * Runs Node here with `args`, the program among them, until it has ended and closed its output.
   *
   * @param env - all of the environment
   */
  run(
    way: Way,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    { node = process.execPath, register = 'os-truststore/register' } = {},
  ): Promise<Ended> {
    const flag = /--\w+/.exec(way)?.[0];
    const isInOptions = way.startsWith('NODE_OPTIONS');
    const child = spawn(
      node,
      flag === undefined || isInOptions ? args : [flag, register, ...args],
      {
        cwd: this.path,
        env:
          flag !== undefined && isInOptions ? { ...env, NODE_OPTIONS: `${flag}=${register}` } : env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    return new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        done({ ...output, status: code ?? signal ?? -1 });
      });
    });
  }

  /** Where a checkout has a link, npm puts the file it leads to. */
  #copy(file: string, to = file): void {
    const from = fs.realpathSync(join(checkout, file));
    fs.cpSync(from, join(this.path, to), { recursive: true, dereference: true });
  }
}
