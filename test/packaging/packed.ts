/**
 * Packs the package as npm would publish it, and installs it as users do.
 */
import { execFile } from 'node:child_process';
import type { ExecFileException } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const projectRoot = resolve(__dirname, '../..');

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end; a status other than 0 is a result, not an error. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((done, fail) => {
    const settled = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      const code = error?.code ?? 0;
      if (typeof code === 'string') fail(error ?? new Error(code));
      else done({ status: error?.signal ? 1 : code, stdout, stderr });
    };
    execFile(command, args, { ...options, encoding: 'utf8', maxBuffer: 1 << 27 }, settled);
  });
}

/** Like {@link run}, but the program must succeed. */
export async function mustRun(
  command: string,
  args: string[],
  options?: RunOptions,
): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, options);
  if (status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${String(status)}\n${stdout}${stderr}`,
    );
  }
  return stdout;
}

/** Makes a folder that `cleanUp` removes. */
export async function temporaryFolder(): Promise<{ path: string; cleanUp: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'os-truststore-packaging-'));
  return { path, cleanUp: () => rm(path, { recursive: true, force: true }) };
}

export interface PackedFile {
  path: string;
  size: number;
}

export interface Tarball {
  path: string;
  files: PackedFile[];
  unpackedSize: number;
}

/** Runs `npm pack` on the tree as it is built now. */
export async function pack(folder: string): Promise<Tarball> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const stdout = await mustRun('npm', args, { cwd: projectRoot });
  // npm prints a list up to version 11, and an object by package name since 12.
  const answer = JSON.parse(stdout) as Record<string, Tarball & { filename: string }>;
  const [packed] = Object.values(answer);
  if (!packed) throw new Error(`npm pack said ${stdout}`);
  const { files, unpackedSize, filename } = packed;
  return { path: join(folder, filename), files, unpackedSize };
}

/** Installs the tarball into an empty folder, with install scripts blocked. */
export async function install(tarball: string, folder: string): Promise<void> {
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "program", "version": "1.0.0", "private": true }\n',
  );
  const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  await mustRun('npm', ['install', ...flags, '--loglevel=error', tarball], { cwd: folder });
}

interface Runtimes {
  nodeVersions: string[];
  installRuntimes: () => Record<string, string>;
}

async function runtimesModule(): Promise<Runtimes> {
  const module = pathToFileURL(join(projectRoot, 'test/tools/runtimes/runtimes.mjs')).href;
  return (await import(module)) as Runtimes;
}

/** Returns the commands of all runtimes, by their names in the lockfile, and installs missing ones first. */
export async function runtimePaths(): Promise<Record<string, string>> {
  return (await runtimesModule()).installRuntimes();
}

/** Returns name and path of every Node in which the package is tested. */
export async function nodeLines(): Promise<(readonly [string, string])[]> {
  const { installRuntimes, nodeVersions } = await runtimesModule();
  const paths = installRuntimes();
  return nodeVersions.map((version) => [`Node ${version}`, paths[`node-${version}`]!] as const);
}
