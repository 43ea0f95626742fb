/**
 * User CAs as callers pass them: checked in one place, for everything that takes them.
 */
import { delimiter } from 'node:path';

import { isPem } from '../../certificate/pem-blocks.js';
import { invalidArgument } from '../../errors.js';
import type { CertificateInput, TrustOptions, UserCAOptions } from '../../types.js';

/** {@link UserCAOptions} in their longest form, so that more can be added. */
export interface ResolvedUserCAs {
  certificates: CertificateInput[];
  files: string[];
  directories: string[];
  env: boolean;
}

const OPTION_NAMES = ['certificates', 'files', 'directories', 'env'];

/**
 * The check of what callers pass, for everything that takes user CAs.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function checkUserCAs(userCAs: TrustOptions['userCAs']): ResolvedUserCAs {
  const given = toOptions(userCAs);
  const certificates = [...checkList('userCAs.certificates', given.certificates)];
  certificates.forEach((input, index) => toBytes(input, `userCAs[${String(index)}]`));
  const { env = true } = given;
  if (typeof env !== 'boolean') throw invalidArgument('userCAs.env', 'a boolean', env);
  return {
    certificates,
    files: checkPaths('userCAs.files', given.files),
    directories: checkPaths('userCAs.directories', given.directories),
    env,
  };
}

function toOptions(userCAs: TrustOptions['userCAs']): UserCAOptions {
  if (userCAs === undefined) return {};
  if (Array.isArray(userCAs)) return { certificates: userCAs };
  if (typeof userCAs === 'string' || isBytes(userCAs) || isX509(userCAs)) {
    return { certificates: [userCAs] };
  }
  if (!isOptions(userCAs)) throw invalidArgument('userCAs', 'certificates or an object', userCAs);
  return userCAs;
}

/** A misspelled option, or an object of another kind, would be no user CAs at all, and nobody would know. */
function isOptions(value: unknown): value is UserCAOptions {
  if (typeof value !== 'object' || value === null) return false;
  if (OPTION_NAMES.some((name) => name in value)) return true;
  const isPlain = Object.prototype.toString.call(value) === '[object Object]';
  return isPlain && Object.keys(value).length === 0;
}

/** A text in place of a list would be taken apart into characters, of which `.` is the current directory. */
export function checkList<Item>(name: string, list: readonly Item[] | undefined): readonly Item[] {
  if (list === undefined) return [];
  const isList: boolean = Array.isArray(list);
  if (!isList) throw invalidArgument(name, 'an array', list);
  return list;
}

function checkPaths(name: string, list: readonly unknown[] | undefined): string[] {
  return checkList(name, list).map((path) => {
    if (typeof path === 'string' && path !== '' && !isPem(path)) return path;
    throw invalidArgument(name, 'a list of paths', path);
  });
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

/** OS_TRUSTSTORE_USER_CAS. `:` would split Windows drive letters, so there only `;` counts. */
export function splitPaths(list: string): string[] {
  const separator = delimiter === ';' ? ';' : /[:;]/;
  return list.split(separator).filter((path) => path !== '');
}
