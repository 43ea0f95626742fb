/**
 * The CAs the user names: options, environment, configuration directory, NODE_EXTRA_CA_CERTS.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { delimiter, extname, join } from 'node:path';

import { ErrorCodes, TruststoreError, fromFileSystem, invalidArgument } from './errors.js';
import type { NativeBinding, NativeFacts, NativePolicy } from './native-binding.js';
import type { CertificateInput, Environment, TrustOptions, UserCAOptions } from './types.js';
import { userConfigDirectory } from './user-directory.js';

const CERTIFICATE_FILES = new Set(['.pem', '.crt', '.cer', '.der', '.p7b']);
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** The user's certificates, and what could not be used. Good ones are never lost because of bad ones. */
export interface UserCAs {
  user: NativeFacts[];
  /** NODE_EXTRA_CA_CERTS, which Node itself calls `extra`. */
  extra: NativeFacts[];
  /** The file each certificate comes from, unless it was handed over as a value. */
  paths: Map<NativeFacts, string>;
  /** What the user named by option or OS_TRUSTSTORE_USER_CAS and cannot be used. */
  errors: TruststoreError[];
  /** What Node itself would only warn about: a bad NODE_EXTRA_CA_CERTS, a stray file in a directory. */
  warnings: TruststoreError[];
}

interface Collector extends UserCAs {
  parse(bytes: Uint8Array): { certificates: NativeFacts[]; problem: string | undefined };
}

/**
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for inputs of the wrong type; everything else is returned.
 */
export function readUserCAs(
  userCAs: TrustOptions['userCAs'],
  env: Environment,
  binding: NativeBinding,
  policy: NativePolicy,
): UserCAs {
  const options = normalize(userCAs);
  const collector: Collector = {
    user: [],
    extra: [],
    paths: new Map(),
    errors: [],
    warnings: [],
    parse: (bytes) => {
      const { certificates, errors } = binding.parse(bytes, policy);
      return { certificates, problem: errors[0]?.message };
    },
  };
  checkList('userCAs.certificates', options.certificates).forEach((input, index) => {
    addInput(collector, input, `userCAs[${String(index)}]`);
  });
  for (const file of checkList('userCAs.files', options.files)) {
    addFile(collector, checkPath('userCAs.files', file));
  }
  for (const directory of checkList('userCAs.directories', options.directories)) {
    addDirectory(collector, checkPath('userCAs.directories', directory));
  }
  if (options.env !== false) addEnvironment(collector, env);
  return collector;
}

function normalize(userCAs: TrustOptions['userCAs']): UserCAOptions {
  if (userCAs === undefined) return {};
  if (Array.isArray(userCAs)) return { certificates: userCAs };
  if (typeof userCAs === 'string' || isBytes(userCAs) || isX509(userCAs)) {
    return { certificates: [userCAs] };
  }
  if (typeof userCAs !== 'object' || (userCAs as unknown) === null) {
    throw invalidArgument('userCAs', 'certificates or an object', userCAs);
  }
  return userCAs;
}

/** A text in place of a list would be taken apart into characters, of which `.` is the current directory. */
export function checkList<Item>(name: string, list: readonly Item[] | undefined): readonly Item[] {
  if (list === undefined) return [];
  const isList: boolean = Array.isArray(list);
  if (!isList) throw invalidArgument(name, 'an array', list);
  return list;
}

function checkPath(name: string, path: unknown): string {
  if (typeof path !== 'string' || path === '') throw invalidArgument(name, 'a list of paths', path);
  return path;
}

/** By shape, not by class: the value may come from another realm. */
function isX509(value: unknown): value is { raw: Uint8Array } {
  return typeof value === 'object' && value !== null && 'raw' in value && isBytes(value.raw);
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}

/** The bytes of a certificate input. */
export function toBytes(input: CertificateInput, name: string): Uint8Array {
  if (typeof input === 'string') return Buffer.from(input, 'utf8');
  if (isBytes(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (isX509(input)) return toBytes(input.raw, name);
  throw invalidArgument(name, 'PEM text, bytes or an X509Certificate', input);
}

function addInput(collector: Collector, input: CertificateInput, name: string): void {
  const { certificates, problem } = collector.parse(toBytes(input, name));
  collector.user.push(...certificates);
  if (certificates.length === 0) {
    collector.errors.push(
      new TruststoreError(ErrorCodes.USER_CA, `${name} holds no certificate${because(problem)}`, {
        operation: 'parse user CA',
        remedy: 'Pass PEM text with BEGIN CERTIFICATE blocks, DER bytes, or PKCS#7.',
      }),
    );
  }
}

function because(problem: string | undefined): string {
  return problem === undefined ? '' : `: ${problem}`;
}

type ReadFile = { certificates: NativeFacts[] } | { error: TruststoreError };

function readFile(collector: Collector, path: string): ReadFile {
  let bytes: Uint8Array;
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { error: unusableFile(path, 'is not a regular file') };
    if (stat.size > MAX_FILE_BYTES) return { error: unusableFile(path, 'is larger than 64 MiB') };
    bytes = readFileSync(path);
  } catch (cause) {
    return {
      error: fromFileSystem(
        ErrorCodes.USER_CA,
        `The CA file ${path} cannot be read: ${(cause as Error).message}`,
        path,
        cause,
        'Check the path and its permissions.',
      ),
    };
  }
  const { certificates, problem } = collector.parse(bytes);
  for (const certificate of certificates) collector.paths.set(certificate, path);
  if (certificates.length > 0) return { certificates };
  return { error: unusableFile(path, `holds no certificate${because(problem)}`) };
}

function unusableFile(path: string, why: string): TruststoreError {
  return new TruststoreError(ErrorCodes.USER_CA, `The CA file ${path} ${why}`, {
    operation: 'read user CA',
    path,
    remedy: 'Name a PEM, DER or PKCS#7 file that holds certificates.',
  });
}

function addFile(collector: Collector, path: string): void {
  const read = readFile(collector, path);
  if ('error' in read) collector.errors.push(read.error);
  else collector.user.push(...read.certificates);
}

/** Each good file counts; a bad one beside it is a warning, since nobody named it by itself. */
function addDirectory(collector: Collector, directory: string): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    collector.errors.push(
      fromFileSystem(
        ErrorCodes.USER_CA,
        `The CA directory ${directory} cannot be read: ${(cause as Error).message}`,
        directory,
        cause,
        'Check the path and its permissions.',
      ),
    );
    return;
  }
  for (const name of names.sort()) {
    if (!CERTIFICATE_FILES.has(extname(name).toLowerCase())) continue;
    const read = readFile(collector, join(directory, name));
    if ('error' in read) collector.warnings.push(read.error);
    else collector.user.push(...read.certificates);
  }
}

function addEnvironment(collector: Collector, env: Environment): void {
  for (const path of splitList(env['OS_TRUSTSTORE_USER_CAS'])) {
    if (isDirectory(path)) addDirectory(collector, path);
    else addFile(collector, path);
  }
  const directory = userConfigDirectory(env);
  if (isDirectory(directory)) addDirectory(collector, directory);
  const extraFile = env['NODE_EXTRA_CA_CERTS'];
  if (!extraFile) return;
  const read = readFile(collector, extraFile);
  if ('error' in read) collector.warnings.push(read.error);
  else collector.extra.push(...read.certificates);
}

/** `:` would split Windows drive letters, so there only `;` counts. */
function splitList(list: string | undefined): string[] {
  const separator = delimiter === ';' ? ';' : /[:;]/;
  return (list ?? '').split(separator).filter((path) => path !== '');
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
