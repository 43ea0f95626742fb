/**
 * Reads the CAs that an administrator gave to Firefox: `Certificates.Install` of its policies (policies.json).
 *
 * `Certificates.ImportEnterpriseRoots` is not of interest: it makes Firefox take the CAs of the system.
 */
import { isAbsolute, join } from 'node:path';

import { isObject } from '../../base/options.js';
import { readDers } from '../../trust/user-cas/certificate-bytes.js';
import { isFile, readSmallFile } from './small-files.js';

/** More than a company has. */
const MOST_FILES = 100;

/**
 * @param path - a policies.json
 * @param directories - where Firefox looks for files that are named without a directory
 * @returns certificates as DER
 * @throws Error when the policies cannot be read; a file that Firefox would not find either is left out
 */
export function readFirefoxPolicies(path: string, directories: readonly string[]): Buffer[] {
  const text = readSmallFile(path).toString('utf8');
  return filesNamedIn(JSON.parse(text.replace(/^\uFEFF/, '')))
    .slice(0, MOST_FILES)
    .flatMap((name) => {
      const places = isAbsolute(name) ? [name] : directories.map((one) => join(one, name));
      const file = places.find(isFile);
      return file === undefined ? [] : readDers(readSmallFile(file));
    });
}

function filesNamedIn(document: unknown): string[] {
  const install = at(at(at(document, 'policies'), 'Certificates'), 'Install');
  if (!Array.isArray(install)) return [];
  return install.filter((name): name is string => typeof name === 'string' && name !== '');
}

function at(value: unknown, name: string): unknown {
  return isObject(value) ? (value as Record<string, unknown>)[name] : undefined;
}
