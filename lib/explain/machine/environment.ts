/**
 * Finds out where a process runs: its variables, container and sandbox.
 */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';

import { isPem } from '../../certificate/pem-key.js';
import { splitPaths } from '../../trust/options/user-ca-checks.js';
import { hintOf } from '../../trust/user-cas/user-ca-faults.js';
import type { Environment } from '../../types.js';
import type { MachineFacts, VariableFacts } from './machine-types.js';
import { readSandbox } from './sandbox.js';

/** Variables whose values are paths, which may be shown. */
const FILES = [
  'NIX_SSL_CERT_FILE',
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'DENO_CERT',
  'OPENSSL_CONF',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
];
const FILE_LISTS: readonly (readonly [string, (list: string) => string[]])[] = [
  ['SSL_CERT_DIR', (list) => list.split(delimiter)],
  ['OS_TRUSTSTORE_USER_CAS', splitPaths],
];
/** Variables whose values are switches, which may be shown. */
const SWITCHES = ['NODE_USE_SYSTEM_CA', 'NODE_TLS_REJECT_UNAUTHORIZED', 'DENO_TLS_CA_STORE'];
/** Variables whose values may hold passwords. */
const SECRET = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
  'NODE_OPTIONS',
];

export function readVariables(env: Environment): VariableFacts[] {
  const initial = env === process.env ? initialEnvironment() : undefined;
  const read = (name: string, more: (value: string) => Partial<VariableFacts>): VariableFacts[] => {
    const value = env[name];
    if (value === undefined || value === '') return [];
    const late = initial && initial.get(name) !== value;
    return [{ name, ...(late === undefined ? {} : { late }), ...more(value) }];
  };
  return [
    ...FILES.flatMap((name) =>
      read(name, (value) => ({ ...pathFacts(value, [value]), ...correctedPath(value, env) })),
    ),
    ...FILE_LISTS.flatMap(([name, split]) => read(name, (value) => pathFacts(value, split(value)))),
    ...SWITCHES.flatMap((name) => read(name, (value) => ({ value: value.slice(0, 20) }))),
    ...SECRET.flatMap((name) => read(name, () => ({}))),
  ];
}

/** PEM text is not a path and may hold a private key, so it is not shown. */
function pathFacts(value: string, paths: readonly string[]): Partial<VariableFacts> {
  if (isPem(value)) return { value: 'PEM text', problem: 'is no path: write it to a file' };
  return { value, ...problemOf(paths) };
}

/** The path that was probably meant, if it is there: without quotes and blanks, and with `~` and variables expanded. */
function correctedPath(value: string, env: Environment): { corrected?: string } {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '~';
  const expanded = value
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim()
    .replace(/^~(?=[/\\])/, home)
    .replace(
      /\$\{?(\w+)\}?|%(\w+)%/g,
      (all, posix?: string, windows?: string) => env[posix ?? windows ?? ''] ?? all,
    );
  return expanded === value || fileProblem(expanded) !== undefined ? {} : { corrected: expanded };
}

function problemOf(paths: readonly string[]): { problem?: string } {
  for (const path of paths.filter((entry) => entry !== '')) {
    const problem = fileProblem(path);
    if (problem !== undefined) return { problem };
  }
  return {};
}

function fileProblem(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).size === 0 ? 'is empty' : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? `does not exist${hintOf(path)}`
      : `cannot be read (${code ?? 'unknown'})`;
  }
}

/** The environment the process was started with (proc(5)); undefined where the system does not tell. */
function initialEnvironment(): Map<string, string> | undefined {
  const text = readText('/proc/self/environ');
  if (text === undefined || text === '') return undefined;
  return new Map(
    text.split('\0').map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

export function readSurroundings(env: Environment): MachineFacts['surroundings'] {
  if (process.platform !== 'linux') return {};
  const container = containerKind(env);
  const sandbox = readSandbox(env);
  return {
    ...(container === undefined ? {} : { container }),
    wsl: /microsoft/i.test(readText('/proc/sys/kernel/osrelease') ?? ''),
    ...(sandbox === undefined ? {} : { sandbox }),
  };
}

function containerKind(env: Environment): string | undefined {
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'Kubernetes';
  if (existsSync('/.dockerenv')) return 'Docker';
  if (existsSync('/run/.containerenv')) return 'Podman';
  // systemd-nspawn, LXC and others set this variable (systemd's container interface).
  const kind = env['container'];
  return kind !== undefined && /^[a-z-]{1,20}$/.test(kind) ? kind : undefined;
}
