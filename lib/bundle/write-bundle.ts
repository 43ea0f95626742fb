/**
 * Writes the trust set to a file for other programs.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

import { log } from '../base/log.js';
import { checkNames } from '../base/option-names.js';
import { checkFlag, checkObject, definedOnly } from '../base/options.js';
import { ErrorCodes, fromFileSystem, invalidArgument } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { writePemFile } from '../files/pem-file.js';
import { resolveTrustOptions } from '../trust/options/options.js';
import type { ResolvedTrustOptions } from '../trust/options/resolved-options.js';
import { TRUST_OPTIONS } from '../trust/options/trust-option-checks.js';
import type { TrustSet } from '../trust/trust-set.js';
import { readTrustedSet } from '../trust/trusted-cas.js';
import { openPrivateDirectory } from './directory.js';
import { EMPTY_DIRECTORY_NAME, bundleEnvironment, withoutStorePeers } from './environment.js';
import { pruneBundles } from './prune.js';
import type { BundleFile, BundleOptions } from './types.js';

type BundledSet = Pick<TrustSet, 'certificates' | 'anchors' | 'peers' | 'namedPeers'>;
type ReadSet = (options: ResolvedTrustOptions) => BundledSet;

/** @param read - throws instead of returning an empty set */
export function makeBundle(
  options: BundleOptions = {},
  read: ReadSet = readTrustedSet,
): BundleFile {
  const { trust, intermediates, directory: wanted } = resolve(options);
  const { env } = trust.systemOptions;
  const set = read(trust);
  const certificates = intermediates ? set.certificates : set.anchors;
  const directory = openPrivateDirectory(env, wanted);
  const path = ensureBundle(directory, certificates);
  const ensure = (all: readonly string[]): string | undefined => {
    const pems = withoutStorePeers(all, set);
    if (all.length === certificates.length && pems.length === all.length) return path;
    return pems.length === 0 ? undefined : ensureBundle(directory, pems);
  };
  return {
    path,
    certificates: certificates.length,
    env: bundleEnvironment(
      {
        path,
        forNode: ensure(set.certificates),
        forDeno: ensure(certificates),
        emptyDirectory: ensureEmptyDirectory(directory),
      },
      env,
    ),
  };
}

interface ResolvedBundleOptions {
  trust: ResolvedTrustOptions;
  intermediates: boolean;
  directory: string | undefined;
}

const NAMES = [...TRUST_OPTIONS, 'intermediates', 'directory'];

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function resolve(options: BundleOptions): ResolvedBundleOptions {
  checkObject('options', options);
  checkNames('options', options, NAMES);
  const { bundled, system, userCAs, exclude, intermediates, directory } = options;
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw invalidArgument('options.directory', 'a path', directory);
  }
  return {
    trust: resolveTrustOptions(definedOnly({ bundled, system, userCAs, exclude })),
    intermediates: checkFlag('options.intermediates', intermediates) ?? false,
    directory,
  };
}

/** The name is made from the content, so a written file never changes and processes can share it. */
function ensureBundle(directory: string, certificates: readonly string[]): string {
  const pem = certificates.join('');
  const digest = createHash('sha256').update(pem).digest('hex').slice(0, 32);
  const path = join(directory, `ca-bundle-${digest}.pem`);
  if (holds(path, pem)) {
    markUsed(path);
    // Another process may have removed it in between as unused.
    if (holds(path, pem)) return path;
  }
  writeBundleFile(path, pem);
  log('debug', 'A bundle was written', { path, certificates: certificates.length });
  pruneBundles(directory);
  return path;
}

/** True for a file with this content. One that was cut short, changed or replaced by a link does not count. */
function holds(path: string, pem: string): boolean {
  try {
    const stat = fs.lstatSync(path);
    const isOurs =
      stat.isFile() &&
      (process.geteuid === undefined ||
        ((stat.mode & 0o777) === 0o600 && stat.uid === process.geteuid()));
    return isOurs && fs.readFileSync(path, 'utf8') === pem;
  } catch {
    return false;
  }
}

function markUsed(path: string): void {
  try {
    const now = new Date();
    fs.utimesSync(path, now, now);
  } catch {
    // Ignored, because the next check tells whether the file is there.
  }
}

function writeBundleFile(path: string, pem: string): void {
  removeStranger(path, pem);
  try {
    writePemFile(path, pem, { mode: 0o600 });
  } catch (error) {
    // Windows does not let a file be replaced while it is being read; another process has then written the same.
    if (!holds(path, pem)) throw error;
  }
}

/** Removes a file that has a bundle's name and other content: it would keep its mode or, as a link, its target. */
function removeStranger(path: string, pem: string): void {
  try {
    const existing = fs.lstatSync(path, { throwIfNoEntry: false });
    if (existing && !holds(path, pem)) fs.rmSync(path, { force: true });
  } catch (cause) {
    throw fromFileSystem(
      ErrorCodes.WRITE_FAILED,
      `${path} is no bundle and cannot be removed: ${(cause as Error).message}`,
      path,
      cause,
      'Remove it.',
    );
  }
}

function ensureEmptyDirectory(directory: string): string {
  const path = join(directory, EMPTY_DIRECTORY_NAME);
  makeDirectory(path, 'Remove what is there.');
  try {
    const stat = fs.lstatSync(path);
    const isOurs = process.geteuid === undefined || stat.uid === process.geteuid();
    // Programs would trust any hash links in it.
    if (!stat.isDirectory() || !isOurs || fs.readdirSync(path).length > 0) {
      throw new Error('it is there, and is not an empty directory of this user');
    }
    return path;
  } catch (cause) {
    throw fromFileSystem(
      ErrorCodes.WRITE_FAILED,
      `${path} cannot be used: ${(cause as Error).message}`,
      path,
      cause,
      'Remove what is there.',
    );
  }
}
