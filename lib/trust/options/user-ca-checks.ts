/**
 * Checks user CAs as callers pass them, in one place for all functions that accept them.
 */
import { delimiter } from 'node:path';

import { checkNames } from '../../base/option-names.js';
import { checkFlag, checkList } from '../../base/options.js';
import { isPem } from '../../certificate/pem-key.js';
import { invalidArgument } from '../../errors.js';
import type { TrustOptions, UserCAOptions } from '../../types.js';

/** {@link UserCAOptions} in their longest form, each read once. */
export interface ResolvedUserCAs {
  /** The bytes of each input, in the form it was given. */
  certificates: Buffer[];
  files: string[];
  directories: string[];
  env: boolean;
}

const OPTION_NAMES = ['certificates', 'files', 'directories', 'env'];

/**
 * Checks what callers pass, for all functions that accept user CAs.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function checkUserCAs(userCAs: NonNullable<TrustOptions['userCAs']>): ResolvedUserCAs {
  const { certificates, files, directories, env } = toOptions(userCAs);
  const inputs = checkList('userCAs.certificates', certificates) ?? [];
  return {
    certificates: inputs.map((input, index) => toBytes(input, `userCAs[${String(index)}]`)),
    files: checkPaths('userCAs.files', files),
    directories: checkPaths('userCAs.directories', directories),
    env: checkFlag('userCAs.env', env) ?? true,
  };
}

function toOptions(userCAs: NonNullable<TrustOptions['userCAs']>): UserCAOptions {
  if (Array.isArray(userCAs)) return { certificates: userCAs };
  if (typeof userCAs === 'string' || isBytes(userCAs) || isX509(userCAs)) {
    return { certificates: [userCAs] };
  }
  if (!isOptions(userCAs)) throw invalidArgument('userCAs', 'certificates or an object', userCAs);
  checkNames('userCAs', userCAs, OPTION_NAMES);
  return userCAs;
}

/** Refuses an object of another kind, such as a Map, which would silently mean no user CAs. */
function isOptions(value: unknown): value is UserCAOptions {
  if (typeof value !== 'object' || value === null) return false;
  if (OPTION_NAMES.some((name) => name in value)) return true;
  return Object.prototype.toString.call(value) === '[object Object]';
}

function checkPaths(name: string, list: unknown): string[] {
  return (checkList(name, list) ?? []).map((path) => {
    if (typeof path === 'string' && path !== '' && !isPem(path)) return path;
    throw invalidArgument(name, 'a list of paths', path);
  });
}

/** Checks by shape and not by class, because the value may come from another realm. */
function isX509(value: unknown): value is { raw: Uint8Array } {
  return typeof value === 'object' && value !== null && 'raw' in value && isBytes(value.raw);
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}

/** The bytes of a certificate input, copied so that the program cannot change them. */
export function toBytes(input: unknown, name: string): Buffer {
  if (typeof input === 'string') return Buffer.from(input, 'utf8');
  const bytes = isX509(input) ? input.raw : input;
  if (isBytes(bytes)) return Buffer.from(bytes);
  throw invalidArgument(name, 'PEM text, bytes or an X509Certificate', input);
}

/** Splits OS_TRUSTSTORE_USER_CAS. On Windows only `;` counts, since `:` would split drive letters. */
export function splitPaths(list: string): string[] {
  const separator = delimiter === ';' ? ';' : /[:;]/;
  return list.split(separator).filter((path) => path !== '');
}
