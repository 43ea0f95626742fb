/**
 * `--inject`: makes Node programs anywhere load `os-truststore/register`, by its absolute path. The name alone is found only
 * from projects that have the package, and ends every other Node program.
 */
import { holdsWords, requireOption, withWords } from '../../base/node-options.js';
import { plainDigits, splitFingerprints } from '../../certificate/fingerprint.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { registerPath } from '../../location.js';
import type { Environment } from '../../types.js';

/** Part of the help of both commands. */
export const injectHelp = `
--inject adds \`--require\` with the absolute path of os-truststore/register to
NODE_OPTIONS, so that every Node program that is started has inject(), global
tools and npx too. It keeps what NODE_OPTIONS holds, also with --keep. Bun, Deno
and other programs take no notice of it, and use the file as without it.`;

/** What register must know of the options of the command, or it would trust more than the bundle. */
interface Restrictions {
  bundled: boolean;
  /** Whole fingerprints. */
  exclude: readonly string[];
}

/**
 * The variables for register. Options it finds in them already stay in force.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` when OS_TRUSTSTORE_EXCLUDE holds what register could not read: it
 * would ignore the whole value
 */
export function injectVariables(
  present: Environment,
  { bundled, exclude }: Restrictions,
): Record<string, string> {
  const words = requireOption(registerPath());
  const given = present['NODE_OPTIONS'];
  const has = given !== undefined && holdsWords(given, words);
  return {
    NODE_OPTIONS: has ? given : withWords(given, words),
    ...(bundled ? {} : { OS_TRUSTSTORE_BUNDLED: '0' }),
    ...(exclude.length === 0 ? {} : { OS_TRUSTSTORE_EXCLUDE: united(present, exclude) }),
  };
}

function united(present: Environment, exclude: readonly string[]): string {
  const earlier = splitFingerprints(present['OS_TRUSTSTORE_EXCLUDE'] ?? '');
  const wrong = earlier.find((one) => plainDigits(one) === undefined);
  if (wrong === undefined) return [...new Set([...earlier, ...exclude])].join(',');
  throw new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `OS_TRUSTSTORE_EXCLUDE holds ${JSON.stringify(wrong)}, which is no SHA-256 fingerprint`,
    { operation: 'inject', remedy: 'Correct or remove that variable.' },
  );
}
