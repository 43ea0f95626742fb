/**
 * Finds servers that ask for client certificates and name no `ca`: they accept clients by the default list, which is wider
 * where we replace it. The server should name a `ca`, and is told so once. Its contexts for further names have a `ca` of
 * their own. Servers of Bun and Deno do not use that list.
 */
import type { Server } from 'node:tls';

import { loadBuiltin } from '../../base/builtins.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { patchExport } from '../../runtime/patch-export.js';
import type { Patch } from '../../runtime/patch-export.js';

/** Marks servers that ask about each client themselves: see lib/first-use/gate.ts. */
const IS_GATED = Symbol.for('os-truststore.gated');

interface ServerOptions {
  requestCert?: boolean;
  ca?: unknown;
}

export class ServerWarning {
  readonly #found: () => void;
  readonly #patches: Patch[];

  /** @param found - called for each context of a server that accepts clients by the default list */
  constructor(found: () => void) {
    this.#found = found;
    // Every server of `tls`, `https` and `http2` passes its options through these, however it is made.
    this.#patches = [this.#watch('setSecureContext', 0), this.#watch('addContext', 1)];
  }

  /** Reports later, outside the program's call, because `trustOnFirstUse()` receives servers after they are made. */
  #foundLater(server: ServerOptions): void {
    setImmediate(() => {
      if (!(IS_GATED in server)) this.#found();
    });
  }

  restore(): void {
    for (const patch of this.#patches) patch.undo();
  }

  /** @param at - the position of the method's options argument */
  #watch(method: 'setSecureContext' | 'addContext', at: number): Patch {
    const { prototype } = loadBuiltin('node:tls').Server as { prototype: Server };
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const warning = this;
    return patchExport(
      prototype,
      method,
      (original) =>
        function (this: ServerOptions, ...args: unknown[]): unknown {
          const result = original.apply(this, args);
          if (this.requestCert && usesDefaults(args[at])) warning.#foundLater(this);
          return result;
        },
    );
  }
}

/** A finished context does not tell where its CAs come from. */
function usesDefaults(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return true;
  return !('context' in options) && !(options as ServerOptions).ca;
}

export function serverWarning(): TruststoreError {
  return new TruststoreError(
    ErrorCodes.SERVER_WITHOUT_CA,
    'A TLS server asks for client certificates without naming `ca`, for itself or for a name of addContext(): it accepts ' +
      'every client whose chain ends in the default list of this process, which holds the CAs of this machine too once ' +
      'inject() has replaced it. Name the CAs of your clients in `ca`.',
    { operation: 'inject' },
  );
}
