/**
 * `os-truststore build`: builds the addon from the sources in the package, for systems without a prebuilt one and for users
 * who want their own. From then on the loader finds the result first.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Command } from 'commander';

import { ErrorCodes, TruststoreError } from '../../errors.js';
import { makeDirectory } from '../../files/make-directory.js';
import { PACKAGE_ROOT } from '../../location.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import type { Terminal } from '../terminal/terminal.js';
import { safeText } from '../terminal/text.js';

interface BuildOptions {
  /** Where to put the addon; the default is the place where the loader looks first. */
  output?: string;
  verbose: boolean;
}

const DEFAULT_OUTPUT = join(PACKAGE_ROOT, 'build', 'Release', 'os_truststore.node');

const SHOWN_LINES = 40;

/** What npm fetches if it is missing. This version of node-gyp runs on every Node that the package supports. */
const TOOLS = { 'node-addon-api': '^8.0.0', 'node-gyp': '^11.0.0' } as const;
type Tool = keyof typeof TOOLS;

const TOOLCHAIN =
  'Python 3, make and a C++17 compiler are needed (Debian and Ubuntu: build-essential python3; Alpine: build-base python3; ' +
  'macOS: xcode-select --install; Windows: Visual Studio Build Tools with C++).';

export function addBuild(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('build')
    .description('compile the native addon from the sources in this package')
    .option('-o, --output <file>', 'put it somewhere else, for OS_TRUSTSTORE_ADDON')
    .option('--verbose', 'show what the compiler says')
    .addHelpText(
      'after',
      `
For systems without a prebuilt addon, or to use your own. Needs Python 3, make
and a C++17 compiler; node-gyp and node-addon-api are fetched with npm when
missing.`,
    )
    .action((options: Partial<BuildOptions>) => {
      build(terminal, { verbose: false, ...options });
      finish(ExitCode.OK);
    });
}

function build(terminal: Terminal, { output = DEFAULT_OUTPUT, verbose }: BuildOptions): void {
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) {
    throw failed('node-gyp runs on Node only', 'Run it with Node: npx os-truststore build.');
  }
  const target = resolve(output);
  // Made before the long part, because a folder that belongs to root is the usual obstacle.
  makeFolder(dirname(target));
  const staging = mkdtempSync(join(tmpdir(), 'os-truststore-build-'));
  try {
    unpackSources(staging);
    const tools = findTools(staging, terminal);
    terminal.note('Compiling; this takes about a minute.');
    compile(staging, tools, terminal, verbose);
    const built = join(staging, 'build', 'Release', 'os_truststore.node');
    tryOut(built);
    // Renamed into place, so that a process that has loaded the old file keeps it.
    copyFileSync(built, `${target}.new`);
    renameSync(`${target}.new`, target);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  terminal.note('Built and loaded:');
  terminal.write(`${target}\n`);
  if (target !== DEFAULT_OUTPUT) {
    terminal.note('Name it in OS_TRUSTSTORE_ADDON to have it used.');
  }
}

/** Unpacks the texts of the sources, by path; see lib/build/build.mjs. */
function unpackSources(staging: string): void {
  const packed = readFileSync(join(PACKAGE_ROOT, 'dist', 'sources.json.br'));
  const sources = JSON.parse(brotliDecompressSync(packed).toString()) as Record<string, string>;
  for (const [file, text] of Object.entries(sources)) {
    makeDirectory(dirname(join(staging, file)));
    writeFileSync(join(staging, file), text);
  }
}

function makeFolder(folder: string): void {
  const remedy =
    'Name a place you may write to: --output FILE, and OS_TRUSTSTORE_ADDON=FILE to use it.';
  makeDirectory(folder, remedy, 0o777);
}

function findTools(staging: string, terminal: Terminal): Record<Tool, string> {
  const found = {
    'node-addon-api': find('node-addon-api'),
    'node-gyp': find('node-gyp') ?? npmNodeGyp(),
  };
  const missing = (Object.keys(TOOLS) as Tool[]).filter((name) => found[name] === undefined);
  if (missing.length === 0) return found as Record<Tool, string>;
  terminal.note(`Fetching ${missing.join(' and ')} with npm.`);
  install(staging, missing);
  for (const name of missing) found[name] = join(staging, 'node_modules', name);
  return found as Record<Tool, string>;
}

/** The folder of a tool that this package or the current project has installed. */
function find(name: Tool): string | undefined {
  for (const start of [PACKAGE_ROOT, process.cwd()]) {
    try {
      return dirname(createRequire(join(start, 'package.json')).resolve(`${name}/package.json`));
    } catch {
      // It is not there; the next place or npm may have it.
    }
  }
  return undefined;
}

/** The node-gyp that npm includes. `npm_execpath` is set under npx. */
function npmNodeGyp(): string | undefined {
  const prefix = dirname(process.execPath);
  const npm = [
    ...(process.env['npm_execpath'] === undefined
      ? []
      : [dirname(dirname(process.env['npm_execpath']))]),
    join(prefix, '..', 'lib', 'node_modules', 'npm'),
    join(prefix, 'node_modules', 'npm'),
  ];
  return npm
    .map((folder) => join(folder, 'node_modules', 'node-gyp'))
    .find((folder) => existsSync(folder));
}

function install(staging: string, names: readonly Tool[]): void {
  const dependencies = Object.fromEntries(names.map((name) => [name, TOOLS[name]]));
  writeFileSync(join(staging, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error, stderr } = spawnSync('npm', ['install', ...flags], {
    cwd: staging,
    encoding: 'utf8',
    // On Windows npm is a shell script.
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  throw failed(
    `npm could not fetch ${names.join(' and ')}: ${(error?.message ?? stderr).trim()}`,
    `Install them in your project first: npm install --save-dev ${names.join(' ')}`,
  );
}

/** Points to the headers that came with this Node, if any, so that nothing is downloaded. */
function headerFlags(): string[] {
  if (process.env['npm_config_nodedir'] !== undefined) return [];
  const folder = dirname(process.execPath);
  const prefix = [dirname(folder), folder].find((candidate) =>
    existsSync(join(candidate, 'include', 'node', 'node_api.h')),
  );
  return prefix === undefined ? [] : [`--nodedir=${prefix}`];
}

function compile(
  staging: string,
  tools: Record<Tool, string>,
  terminal: Terminal,
  verbose: boolean,
): void {
  const script = join(tools['node-gyp'], 'bin', 'node-gyp.js');
  const result = spawnSync(process.execPath, [script, 'rebuild', '--jobs=max', ...headerFlags()], {
    cwd: staging,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    stdio: verbose ? ['ignore', 2, 2] : 'pipe',
    // binding.gyp finds the headers with `require`.
    env: {
      ...process.env,
      NODE_PATH: [dirname(tools['node-addon-api']), process.env['NODE_PATH']]
        .filter(Boolean)
        .join(delimiter),
    },
  });
  if (result.status === 0) return;
  if (result.error) throw failed(result.error.message, TOOLCHAIN);
  const output = verbose ? '' : `${result.stdout}${result.stderr}`;
  for (const line of output.trim().split('\n').slice(-SHOWN_LINES)) terminal.note(safeText(line));
  throw failed(`node-gyp ended with ${String(result.status ?? result.signal)}`, TOOLCHAIN);
}

/** Loads the file in a separate process, because a bad file can end its process. */
function tryOut(file: string): void {
  const program = 'process.dlopen({ exports: {} }, process.argv[1])';
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', program, file], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw failed(`what was built does not load: ${stderr.trim() || String(signal)}`, TOOLCHAIN);
}

function failed(message: string, remedy: string): TruststoreError {
  return new TruststoreError(ErrorCodes.BUILD_FAILED, `The addon was not built: ${message}`, {
    operation: 'build addon',
    remedy,
  });
}
