/**
 * Makes Node processes started by this one inject too: every Node reads `NODE_OPTIONS`, and `spawn` and `fork` pass on
 * `process.env` unless told otherwise.
 */
import { warn } from '../../base/log.js';
import { holdsWords, requireOption, withWords } from '../../base/node-options.js';
import { ErrorCodes } from '../../errors.js';
import { registerPath } from '../../location.js';
import { toText, withoutCertificates } from '../options/options-transport.js';
import type { ResolvedInjectOptions } from '../options/resolved-options.js';
import { CHILD_OPTIONS } from './inheritance.js';

/** With a longer variable no child process can start: see {@link fitsEnvironment}. */
const MOST_WINDOWS_CHARACTERS = 32_767;
const MOST_UNIX_BYTES = 128 * 1024;

/**
 * "The maximum size of a user-defined environment variable is 32,767 characters" (Windows, Environment Variables). Linux
 * refuses strings longer than MAX_ARG_STRLEN, 32 pages (execve(2)). Both count the name, and here also the final zero.
 */
export function fitsEnvironment(
  name: string,
  value: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const entry = `${name}=${value}\0`;
  return platform === 'win32'
    ? entry.length <= MOST_WINDOWS_CHARACTERS
    : Buffer.byteLength(entry) <= MOST_UNIX_BYTES;
}

/** Leaves out certificates if the text is too long: children then trust less. Without exclusions they would trust more. */
function fittingText(options: ResolvedInjectOptions): string | undefined {
  const whole = toText(options);
  if (fitsEnvironment(CHILD_OPTIONS, whole)) return whole;
  const reduced = toText(withoutCertificates(options));
  if (fitsEnvironment(CHILD_OPTIONS, reduced)) {
    warn(
      ErrorCodes.USER_CA,
      'The certificates given as values do not fit into an environment variable: child processes trust the rest. ' +
        'Name them as files (userCAs.files, OS_TRUSTSTORE_USER_CAS) to hand them on.',
      { operation: 'childProcesses' },
    );
    return reduced;
  }
  warn(
    ErrorCodes.INVALID_ARGUMENT,
    'The options do not fit into an environment variable: child processes do not inherit the injection.',
    { operation: 'childProcesses' },
  );
  return undefined;
}

export class ChildInheritance {
  #token: string | undefined;
  #options: string | undefined;
  #before: { options: string | undefined } | undefined;

  install(options: ResolvedInjectOptions): void {
    const text = fittingText(options);
    if (text === undefined) {
      this.restore();
      return;
    }
    this.#before ??= { options: process.env[CHILD_OPTIONS] };
    this.#token ??= addToken(requireOption(registerPath()));
    this.#options = process.env[CHILD_OPTIONS] = text;
  }

  /** Leaves alone what other code has put there since. */
  restore(): void {
    if (this.#token !== undefined) removeToken(this.#token);
    if (this.#before && process.env[CHILD_OPTIONS] === this.#options) {
      setVariable(CHILD_OPTIONS, this.#before.options);
    }
    this.#token = this.#before = this.#options = undefined;
  }
}

/**
 * Adds nothing if the token is there: then it belongs to the process that started this one, or to a thread that shares its
 * environment with this worker and removes its own.
 *
 * @returns the added text
 */
function addToken(token: string): string | undefined {
  const given = process.env['NODE_OPTIONS'];
  if (given !== undefined && holdsWords(given, token)) return undefined;
  process.env['NODE_OPTIONS'] = withWords(given, token);
  return token;
}

function removeToken(token: string): void {
  const value = process.env['NODE_OPTIONS'];
  if (value === undefined) return;
  const at = value.lastIndexOf(token);
  if (at < 0) return;
  const left = value.slice(0, at).replace(/ $/, '') + value.slice(at + token.length);
  setVariable('NODE_OPTIONS', left.trim() === '' ? undefined : left);
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
