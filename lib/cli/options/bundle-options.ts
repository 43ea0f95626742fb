/**
 * What `run` and `env` share: the bundle's options, and the variables that are set.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Command } from 'commander';

import { presentLists, replaceVariables } from '../../bundle/environment.js';
import { MERGE_OPERATION } from '../../trust/trust-set.js';
import type { Environment, StoreError, TrustOptions, UserCAOptions } from '../../types.js';
import type { CliApi } from '../api.js';
import { reportStoreErrors } from '../report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { excludeOption, pemsOfSet, wholeFingerprints } from './exclusions.js';
import { injectVariables } from './inject-option.js';

export interface BundleCommandOptions {
  keep?: boolean;
  intermediates?: boolean;
  bundled?: boolean;
  exclude?: string[];
  inject?: boolean;
}

export function addBundleOptions(command: Command): Command {
  return command
    .option('--keep', 'leave variables as they are that are set already')
    .option('--intermediates', 'put intermediates into the bundle: many programs trust them then')
    .option('--no-bundled', "leave out Node's own roots")
    .addOption(excludeOption())
    .option('--inject', 'Node programs get inject() as well: see below');
}

/** Part of the help of both commands. */
export const replacementHelp = `
Variables that are set already are replaced, and the CAs in the files they name
go into the bundle: nothing that was trusted is lost. --keep leaves them alone.`;

/** Options of the trust set, including the lists that other programs have used so far. */
export function toTrustOptions(
  options: BundleCommandOptions,
  api: CliApi,
  present: Environment,
  output?: string,
): TrustOptions & { system: { env: Environment } } {
  const { bundled = true, exclude = [], keep = false } = options;
  const { env, paths } = presentLists(present, output);
  const trust = { bundled, system: { env }, userCAs: keep ? {} : namedLists(paths, api, env) };
  return { ...trust, exclude: wholeFingerprints(exclude, api, () => pemsOfSet(api, trust)) };
}

/** Leaves out the system's own file, which the store read includes, and missing files, which nothing trusted so far. */
function namedLists(paths: readonly string[], api: CliApi, env: Environment): UserCAOptions {
  if (paths.length === 0) return {};
  const { locations, openssl } = api.getDefaultVerifyPaths();
  const known = [env['SSL_CERT_FILE'], openssl?.file, ...locations.map(({ location }) => location)];
  const read = new Set(known.map(realPath));
  const found = [...new Set(paths.map(realPath))].filter((path) => !read.has(path));
  const kinds = found.map((path) => ({ path, stat: statSync(path, { throwIfNoEntry: false }) }));
  return {
    files: kinds.filter(({ stat }) => stat?.isFile() === true).map(({ path }) => path),
    directories: kinds.filter(({ stat }) => stat?.isDirectory() === true).map(({ path }) => path),
  };
}

function realPath(path: string | undefined): string {
  try {
    return path === undefined ? '' : realpathSync(path);
  } catch {
    return path ?? '';
  }
}

/** The variables to set. */
export interface BundleVariables {
  /** Those that name the cached bundle. */
  bundle: Record<string, string>;
  /** Those of `--inject`. */
  inject: Record<string, string>;
}

export function bundleVariablesFor(
  api: CliApi,
  terminal: Terminal,
  options: BundleCommandOptions,
): BundleVariables {
  const { intermediates = false, keep = false } = options;
  const trust = toTrustOptions(options, api, terminal.env);
  const bundle = api.writeBundle({ ...trust, intermediates }, (warnings) => {
    reportStoreErrors(withoutListWarnings(warnings, trust), terminal);
  });
  return {
    bundle: replaceVariables(bundle.env, terminal.env, keep),
    inject: injectVariablesFor(terminal, options, trust),
  };
}

/** @param trust - what {@link toTrustOptions} made of the options */
export function injectVariablesFor(
  { env }: Terminal,
  { inject = false }: BundleCommandOptions,
  { bundled = true, exclude = [] }: TrustOptions,
): Record<string, string> {
  return inject ? injectVariables(env, { bundled, exclude }) : {};
}

/** Drops warnings about expired certificates in other programs' lists, which users of this command cannot change. */
export function withoutListWarnings(
  warnings: readonly StoreError[],
  { userCAs }: TrustOptions,
): StoreError[] {
  const hasLists = typeof userCAs === 'object' && 'files' in userCAs;
  return warnings.filter(({ operation }) => !hasLists || operation !== MERGE_OPERATION);
}
