/**
 * Node processes started by this one inject too: `NODE_OPTIONS` is read by every Node, and `process.env` is what `spawn`
 * and `fork` pass on unless told otherwise.
 */
import { registerPath } from '../register-path.js';

/** Options for children, as text. Certificates in it are public. */
export const CHILD_OPTIONS = 'OS_TRUSTSTORE_OPTIONS';

export class ChildInheritance {
  #token: string | undefined;
  #options: string | undefined;
  #before: { options: string | undefined } | undefined;

  install(options: string): void {
    this.#before ??= { options: process.env[CHILD_OPTIONS] };
    if (this.#token === undefined) {
      this.#token = `--require ${quote(registerPath())}`;
      const given = process.env['NODE_OPTIONS'];
      process.env['NODE_OPTIONS'] = given ? `${given} ${this.#token}` : this.#token;
    }
    this.#options = process.env[CHILD_OPTIONS] = options;
  }

  /** What others have put there since stays. */
  restore(): void {
    if (this.#token !== undefined) removeToken(this.#token);
    if (this.#before && process.env[CHILD_OPTIONS] === this.#options) {
      setVariable(CHILD_OPTIONS, this.#before.options);
    }
    this.#token = this.#before = this.#options = undefined;
  }
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

/** NODE_OPTIONS is split at spaces outside double quotes, in which a backslash escapes. */
function quote(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
