/**
 * Lists which variable makes which program use a PEM file. Pure.
 */
import { basename } from 'node:path';

import type { Environment } from '../types.js';

export interface BundleVariable {
  readonly name: string;
  /** The programs that read it, as text for people. */
  readonly programs: string;
  /** Whether the program adds the file to its own list or uses it instead of that list. */
  readonly effect: 'adds' | 'replaces';
  /** True when this library reads the variable too, so that the bundle includes what it names. */
  readonly merged: boolean;
}

/** npm accepts this name in upper or lower case. */
const NPM_VARIABLE = 'npm_config_cafile';

/** Java is missing here because it reads no PEM file. */
export const bundleVariables: readonly BundleVariable[] = [
  {
    name: 'NODE_EXTRA_CA_CERTS',
    programs: 'Node and what runs on it, Bun, Electron',
    effect: 'adds',
    merged: true,
  },
  {
    name: 'SSL_CERT_FILE',
    programs: 'OpenSSL, Python, Ruby, Go (not on macOS and Windows)',
    effect: 'replaces',
    merged: true,
  },
  {
    name: 'SSL_CERT_DIR',
    programs: 'the same; names an empty directory',
    effect: 'replaces',
    merged: true,
  },
  { name: 'CURL_CA_BUNDLE', programs: 'curl', effect: 'replaces', merged: false },
  { name: 'GIT_SSL_CAINFO', programs: 'git', effect: 'replaces', merged: false },
  { name: 'REQUESTS_CA_BUNDLE', programs: 'Python requests', effect: 'replaces', merged: false },
  { name: 'PIP_CERT', programs: 'pip', effect: 'replaces', merged: false },
  { name: 'AWS_CA_BUNDLE', programs: 'AWS CLI and SDKs', effect: 'replaces', merged: false },
  // NODE_EXTRA_CA_CERTS does not help these programs if an .npmrc sets `cafile`.
  { name: NPM_VARIABLE, programs: 'npm, pnpm, Yarn 1', effect: 'replaces', merged: false },
  { name: 'CARGO_HTTP_CAINFO', programs: 'Cargo', effect: 'replaces', merged: false },
  // The following bring their own list and look at no other variable.
  {
    name: 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
    programs: 'gRPC',
    effect: 'replaces',
    merged: false,
  },
  {
    name: 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
    programs: 'gcloud',
    effect: 'replaces',
    merged: false,
  },
  { name: 'HTTPLIB2_CA_CERTS', programs: 'Python httplib2', effect: 'replaces', merged: false },
  { name: 'HEX_CACERTS_PATH', programs: 'Hex (Elixir)', effect: 'replaces', merged: false },
  { name: 'PERL_LWP_SSL_CA_FILE', programs: 'Perl LWP', effect: 'replaces', merged: false },
  { name: 'DENO_CERT', programs: 'Deno', effect: 'adds', merged: false },
];

/**
 * Variables that their programs prefer to those above, which they also read. They are replaced if they name a file, and
 * otherwise left unset, since Yarn 2 exits at a setting it does not know. Variables with the CA of one service
 * (PGSSLROOTCERT, VAULT_CACERT) are missing here, because they are narrow on purpose.
 */
export const preferredVariables: readonly string[] = [
  'NIX_SSL_CERT_FILE',
  'YARN_HTTPS_CA_FILE_PATH',
  'YARN_CA_FILE_PATH',
  'BUNDLE_SSL_CA_CERT',
  'COMPOSER_CAFILE',
  'CONDA_SSL_VERIFY',
  'JULIA_SSL_CA_ROOTS_PATH',
  'SSL_CA_CERT_FILE',
  'WEBSOCKET_CLIENT_CA_BUNDLE',
];

/** Some of these variables may also hold yes or no. */
function namesFile(value: string | undefined): boolean {
  return value !== undefined && /[\\/]|\.(?:pem|crt|cer)$/i.test(value);
}

/** The files the variables name. */
export interface BundlePaths {
  /** Holds anchors only, because programs may treat every certificate in it as an anchor. */
  path: string;
  /** Includes intermediates, for Node, which never treats them as anchors. Undefined when there are no certificates. */
  forNode: string | undefined;
  /** Like `path`, but for Deno. Undefined when there are no certificates. */
  forDeno: string | undefined;
  /** An empty directory; without it, OpenSSL would read its own directory in addition to the file. */
  emptyDirectory: string;
}

/** @param present - the variables the programs would get otherwise */
export function bundleEnvironment(
  { path, forNode, forDeno, emptyDirectory }: BundlePaths,
  present: Environment,
): Record<string, string> {
  const special = new Map([
    ['NODE_EXTRA_CA_CERTS', forNode],
    ['DENO_CERT', forDeno],
    ['SSL_CERT_DIR', emptyDirectory],
  ]);
  const preferred = preferredVariables.filter((name) => namesFile(present[name]));
  const names = [...bundleVariables.map(({ name }) => name), ...preferred];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = special.has(name) ? special.get(name) : path;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Leaves out servers that the store trusts by their own certificate: Deno reads NODE_EXTRA_CA_CERTS too, and would let such a
 * certificate issue others. Those that the user named stay, because Node's files hold them as well.
 */
export function withoutStorePeers(
  pems: readonly string[],
  { peers, namedPeers }: Record<'peers' | 'namedPeers', readonly string[]>,
): readonly string[] {
  if (peers.length === namedPeers.length) return pems;
  const named = new Set(namedPeers);
  const left = new Set(peers.filter((pem) => !named.has(pem)));
  return pems.filter((pem) => !left.has(pem));
}

/** The form of a bundle's name in the cache. */
export const BUNDLE_NAME = /^ca-bundle-[0-9a-f]{32}\.pem$/;
export const EMPTY_DIRECTORY_NAME = 'no-certificates';

/** The spellings of a name that exist in the environment, or the name itself if there are none. */
function spellings(name: string, env: Environment): string[] {
  if (name !== NPM_VARIABLE) return [name];
  const found = Object.keys(env).filter((key) => key.toLowerCase() === name);
  return found.length === 0 ? [name] : found;
}

function isOwn(path: string | undefined): boolean {
  const name = basename(path ?? '');
  return BUNDLE_NAME.test(name) || name === EMPTY_DIRECTORY_NAME;
}

/** The lists that other programs have been given so far. */
export interface PresentLists {
  /** The environment with which to read the store. */
  env: Environment;
  /** The user's lists that only other programs read. */
  paths: string[];
}

/**
 * Leaves out bundles of earlier calls. Otherwise a profile that sets `env` would stop the store from ever being read again,
 * and certificates removed from the store would live on.
 *
 * @param output - absolute path of a bundle of the user that is about to be written
 */
export function presentLists(env: Environment, output?: string): PresentLists {
  const result: PresentLists = { env: { ...env }, paths: [] };
  const preferred = preferredVariables.map((name) => ({ name, merged: false }));
  for (const { name, merged } of [...bundleVariables, ...preferred]) {
    for (const spelling of spellings(name, env)) {
      const value = env[spelling];
      if (!value) continue;
      const isBundle = isOwn(value) || value === output;
      // A variable that is not merged may still name the store: NIX_SSL_CERT_FILE.
      if (isBundle) result.env[spelling] = undefined;
      if (!merged && !isBundle) result.paths.push(value);
    }
  }
  return result;
}

/** @param keep - leaves variables alone that the user has set */
export function replaceVariables(
  bundle: Readonly<Record<string, string>>,
  present: Environment,
  keep: boolean,
): Record<string, string> {
  const isFree = (value: string | undefined): boolean => !keep || !value || isOwn(value);
  return Object.fromEntries(
    Object.entries(bundle).flatMap(([name, path]) =>
      spellings(name, present)
        .filter((spelling) => isFree(present[spelling]))
        .map((spelling) => [spelling, path]),
    ),
  );
}
