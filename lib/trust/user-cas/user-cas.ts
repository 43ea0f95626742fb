/**
 * Reads the CAs that the user names: options, environment, configuration directory, NODE_EXTRA_CA_CERTS.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

import type { NativeBinding, ListedCertificate, NativePolicy } from '../../addon/native-binding.js';
import { part } from '../../base/part.js';
import { isPem } from '../../certificate/pem-key.js';
import { ErrorCodes, TruststoreError, fromFileSystem } from '../../errors.js';
import { isDirectory, userConfigDirectory } from '../../files/user-directory.js';
import type { Environment } from '../../types.js';
import { NONE_NAMED } from '../options/resolved-options.js';
import type { ResolvedUserCAs } from '../options/user-ca-checks.js';

const loadUserCaFaults = part(
  () => require('./user-ca-faults.js') as typeof import('./user-ca-faults.js'),
);
const loadUserCaOptions = part(
  () => require('../options/user-ca-checks.js') as typeof import('../options/user-ca-checks.js'),
);

/** The user's certificates, and errors for what could not be used. Bad certificates never cause the loss of good ones. */
export interface UserCAs {
  user: ListedCertificate[];
  /** The certificates of NODE_EXTRA_CA_CERTS, which Node itself calls `extra`. */
  extra: ListedCertificate[];
  /** The file that each certificate comes from; those that were passed as values have none. */
  paths: Map<ListedCertificate, string>;
  /** Errors for what the user named by option or OS_TRUSTSTORE_USER_CAS and cannot be used. */
  errors: TruststoreError[];
  /** Warnings for isolated losses: a bad NODE_EXTRA_CA_CERTS, a stray file in a directory, a bad block beside good ones. */
  warnings: TruststoreError[];
}

const CERTIFICATE_FILES = new Set(['.pem', '.crt', '.cer', '.der', '.p7b']);
const MAX_FILE_BYTES = 64 * 1024 * 1024;

type Parse = (bytes: Uint8Array) => NamedCertificates;

interface Collector extends UserCAs {
  parse: Parse;
}

/** The certificates found in something the user named. */
export interface NamedCertificates {
  certificates: ListedCertificate[];
  /** What else is in it that is not a certificate: block, line and reason. */
  problems: string[];
}

/** This many problems get a warning each; the rest are counted. */
const MAX_PROBLEMS = 10;

/** What cannot be used is reported in the result. */
export function readUserCAs(
  userCAs: ResolvedUserCAs | undefined,
  env: Environment,
  binding: NativeBinding,
  policy: NativePolicy,
): UserCAs {
  const options = userCAs ?? NONE_NAMED;
  const collector: Collector = {
    user: [],
    extra: [],
    paths: new Map(),
    errors: [],
    warnings: [],
    parse: (bytes) => parseNamed(bytes, binding, policy),
  };
  options.certificates.forEach((bytes, index) => {
    addBytes(collector, bytes, `userCAs[${String(index)}]`);
  });
  for (const file of options.files) addFile(collector, file);
  for (const directory of options.directories) addDirectory(collector, directory);
  if (options.env) addEnvironment(collector, env);
  return collector;
}

/** Parses the bytes, and also their `repaired` form; takes the latter if it holds more certificates. */
export function parseNamed(
  bytes: Uint8Array,
  binding: NativeBinding,
  policy: NativePolicy,
): NamedCertificates {
  const parse = (input: Uint8Array): NamedCertificates => {
    const { certificates, errors } = binding.parse(input, policy);
    return { certificates, problems: errors.map(({ message }) => message) };
  };
  const found = parse(bytes);
  if (found.certificates.length > 0 && found.problems.length === 0) return found;
  const better = loadUserCaFaults().repaired(bytes);
  const again = better && parse(better);
  return again && again.certificates.length > found.certificates.length ? again : found;
}

function addBytes(collector: Collector, bytes: Buffer, name: string): void {
  const { certificates, problems } = collector.parse(bytes);
  for (const certificate of certificates) collector.user.push(certificate);
  if (certificates.length === 0) collector.errors.push(noCertificateIn(name, bytes, problems));
  else collector.warnings.push(...partsNotUsed(name, problems));
}

/** The error for a value that holds no certificate. */
export function noCertificateIn(
  name: string,
  bytes: Uint8Array,
  [problem]: readonly string[],
): TruststoreError {
  return new TruststoreError(
    ErrorCodes.USER_CA,
    `${name} holds no certificate${loadUserCaFaults().becauseOf(bytes, problem)}`,
    {
      operation: 'parse user CA',
      remedy: 'Pass PEM text with BEGIN CERTIFICATE blocks, DER bytes, or PKCS#7.',
    },
  );
}

/** Warnings for something that is only partly used. */
export function partsNotUsed(
  name: string,
  problems: readonly string[],
  path?: string,
): TruststoreError[] {
  const more = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (more > 0) shown.push(`${String(more)} more problems, or more`);
  return shown.map(
    (problem) =>
      new TruststoreError(ErrorCodes.USER_CA, `Part of ${name} is not used: ${problem}`, {
        operation: 'parse user CA',
        path,
        remedy: 'Mend or remove that block.',
      }),
  );
}

type ReadFile = { certificates: ListedCertificate[] } | { error: TruststoreError };

function readFile(collector: Collector, path: string): ReadFile {
  let bytes: Uint8Array;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { error: unusableFile(path, 'is not a regular file') };
    if (stat.size > MAX_FILE_BYTES) return { error: unusableFile(path, 'is larger than 64 MiB') };
    bytes = readFileSync(path);
  } catch (cause) {
    return { error: unreadable('file', path, cause) };
  }
  const { certificates, problems } = collector.parse(bytes);
  if (certificates.length === 0) {
    return {
      error: unusableFile(
        path,
        `holds no certificate${loadUserCaFaults().becauseOf(bytes, problems[0])}`,
      ),
    };
  }
  for (const certificate of certificates) collector.paths.set(certificate, path);
  collector.warnings.push(...partsNotUsed(`the CA file ${path}`, problems, path));
  return { certificates };
}

function unusableFile(path: string, why: string): TruststoreError {
  return new TruststoreError(ErrorCodes.USER_CA, `The CA file ${path} ${why}`, {
    operation: 'read user CA',
    path,
    remedy: 'Name a PEM, DER or PKCS#7 file that holds certificates.',
  });
}

function unreadable(what: 'file' | 'directory', path: string, cause: unknown): TruststoreError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const hint = code === 'ENOENT' || code === 'ENOTDIR' ? loadUserCaFaults().hintOf(path) : '';
  return fromFileSystem(
    ErrorCodes.USER_CA,
    `The CA ${what} ${path} cannot be read: ${message}${hint}`,
    path,
    cause,
    'Check the path and its permissions.',
  );
}

/** The text is not treated as a path, because paths are shown. */
function pemInVariable(name: string): TruststoreError {
  return new TruststoreError(ErrorCodes.USER_CA, `${name} is PEM text, not paths of files`, {
    operation: 'read environment',
    remedy: 'Write it to a file, and name that.',
  });
}

function addFile(collector: Collector, path: string): void {
  const read = readFile(collector, path);
  if ('error' in read) collector.errors.push(read.error);
  else for (const certificate of read.certificates) collector.user.push(certificate);
}

/** Each good file counts. A bad file beside it is only a warning, since the user did not name that file. */
function addDirectory(collector: Collector, directory: string): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    collector.errors.push(unreadable('directory', directory, cause));
    return;
  }
  for (const name of names.sort()) {
    if (!CERTIFICATE_FILES.has(extname(name).toLowerCase())) continue;
    const read = readFile(collector, join(directory, name));
    if ('error' in read) collector.warnings.push(read.error);
    else for (const certificate of read.certificates) collector.user.push(certificate);
  }
}

function addEnvironment(collector: Collector, env: Environment): void {
  const list = env['OS_TRUSTSTORE_USER_CAS'] ?? '';
  if (isPem(list)) collector.errors.push(pemInVariable('OS_TRUSTSTORE_USER_CAS'));
  else if (list !== '') {
    for (const path of loadUserCaOptions().splitPaths(list)) addNamed(collector, path);
  }
  const directory = userConfigDirectory(env);
  if (isDirectory(directory)) addDirectory(collector, directory);
  const extraFile = env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (isPem(extraFile)) collector.warnings.push(pemInVariable('NODE_EXTRA_CA_CERTS'));
  else if (extraFile !== '') addExtra(collector, extraFile);
}

function addNamed(collector: Collector, path: string): void {
  if (isDirectory(path)) addDirectory(collector, path);
  else addFile(collector, path);
}

function addExtra(collector: Collector, path: string): void {
  const read = readFile(collector, path);
  if ('error' in read) collector.warnings.push(read.error);
  else collector.extra = read.certificates;
}
