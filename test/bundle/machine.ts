/**
 * Makes a machine whose store is a file of the test, and writers in processes of their own.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { TruststoreError } from '../../dist/index.js';
import type { BundleOptions, Environment } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

export interface TestContext {
  after(cleanUp: () => void): void;
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-bundle-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export interface Machine {
  directory: string;
  env: Environment;
  /** Sets what the operating system trusts from now on. */
  trust(...certificates: readonly TestCertificate[]): void;
}

export function makeMachine(t: TestContext): Machine {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'system.pem');
  mkdirSync(join(directory, 'empty'));
  writeFileSync(file, '');
  return {
    directory,
    env: {
      HOME: directory,
      XDG_CONFIG_HOME: join(directory, 'config'),
      XDG_CACHE_HOME: join(directory, 'cache'),
      LOCALAPPDATA: join(directory, 'cache'),
      SSL_CERT_FILE: file,
      SSL_CERT_DIR: join(directory, 'empty'),
    },
    trust: (...certificates) => {
      writeFileSync(file, certificates.map(({ pem }) => pem).join(''));
    },
  };
}

/** Leaves out Node's roots, so that a test can count. */
export function on({ env }: Machine, options: BundleOptions = {}): BundleOptions {
  return { bundled: false, system: { env }, ...options };
}

export function isTruststoreError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TruststoreError && error.code === code;
}

export interface SmallPki {
  root: TestCertificate;
  intermediate: TestCertificate;
}

export async function makePki(name = 'Bundle'): Promise<SmallPki> {
  const root = await createCertificate({ commonName: `${name} Root` });
  const intermediate = await createCertificate({ commonName: `${name} Issuing`, issuer: root });
  return { root, intermediate };
}

export const libraryPath = resolve(__dirname, '..', '..', 'dist', 'index.js');

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of its own with the variables of the machine. */
export function runScript(
  { env }: Machine,
  script: string,
  args: readonly string[] = [],
): Promise<Ended> {
  const { PATH, TMPDIR } = process.env;
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ['-e', script, ...args], {
      env: { PATH, TMPDIR, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      done({ status, signal, stdout, stderr });
    });
  });
}
