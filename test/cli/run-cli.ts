/**
 * Runs the command in a process of its own, over the real library or over a made-up store.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { bundleVariables, preferredVariables } from '../../dist/bundle/environment.js';
import { run } from '../../dist/cli/program.js';
import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import { createCertificate } from '../helpers/pki.js';
import { createFakeApi } from './fake-api.js';
import type { FakeStore } from './fake-api.js';

export const mainScript = resolve(__dirname, '..', '..', 'dist', 'cli', 'main.js');
export const fakeScript = join(__dirname, 'fake-store.js');

/** Removes everything that would make a test depend on the machine. */
export function cleanEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of [
    ...bundleVariables.map((variable) => variable.name),
    ...preferredVariables,
    'OS_TRUSTSTORE_USER_CAS',
    'OS_TRUSTSTORE_LOG_LEVEL',
    'NODE_OPTIONS',
    'NODE_DEBUG',
    'NO_COLOR',
    'FORCE_COLOR',
    'COLUMNS',
  ]) {
    Reflect.deleteProperty(env, name);
  }
  return { ...env, XDG_CONFIG_HOME: join(tmpdir(), 'os-truststore-no-such-directory'), ...extra };
}

export interface CliResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function runNode(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    env: cleanEnv(env),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

export interface TestContext {
  after(cleanUp: () => void): void;
}

export function makeTemporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'os-truststore-cli-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function writeStore(t: TestContext, store: FakeStore): string {
  const path = join(makeTemporaryDirectory(t), 'store.json');
  writeFileSync(path, JSON.stringify(store));
  return path;
}

export function runFake(
  t: TestContext,
  store: FakeStore,
  args: readonly string[],
  env: Record<string, string> = {},
): CliResult {
  return runNode(fakeScript, [writeStore(t, store), ...args], env);
}

/** The same within this process, which takes a few milliseconds. */
export async function runHere(
  store: FakeStore,
  args: readonly string[],
  env: Record<string, string> = {},
  isTTY = false,
): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const terminal = createTerminal(
    { write: (text) => (stdout += text), isTTY },
    { write: (text) => (stderr += text), isTTY },
    env,
  );
  const status = await run(args, createFakeApi(store), terminal);
  return { status, stdout, stderr };
}

export type FakeCertificate = FakeStore['certificates'][number];

/**
 * Makes a record as the store would give it; its name is only text here, so it may hold what no generator would accept.
 */
export async function makeRecord(
  commonName: string,
  overrides: Partial<FakeCertificate> = {},
): Promise<FakeCertificate> {
  const { der, pem, certificate } = await createCertificate({ commonName: 'Record' });
  const hash = Buffer.from(await certificate.getThumbprint('SHA-256'));
  return {
    der: der.toString('base64'),
    pem,
    fingerprint256: hash
      .toString('hex')
      .toUpperCase()
      .replace(/..(?!$)/g, '$&:'),
    subject: `C=XX\nO=Test\nCN=${commonName}`,
    issuer: `C=XX\nO=Test\nCN=${commonName}`,
    serialNumber: certificate.serialNumber.toUpperCase(),
    validFrom: '2020-01-01T00:00:00.000Z',
    validTo: '2119-12-31T00:00:00.000Z',
    role: 'anchor',
    trust: 'trusted',
    sources: [{ origin: 'system', kind: 'file', location: '/etc/ssl/certs/ca-certificates.crt' }],
    ...overrides,
  };
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
