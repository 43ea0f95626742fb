/**
 * A server that asks for client certificates and names no `ca` lets in whoever the default list vouches for, and that
 * list is wider now. It is the server's to say `ca`; it is told so once. Servers of Bun and Deno do not ask that list.
 */
import type { Server } from 'node:tls';

import { ErrorCodes } from '../errors.js';
import { loadBuiltin } from '../builtins.js';
import { log } from '../log.js';
import { patchExport } from '../tls-defaults.js';
import type { Patch } from '../tls-defaults.js';

interface ServerOptions {
  requestCert?: boolean;
  ca?: unknown;
}

let warned = false;

export class ServerWarning {
  readonly #patch: Patch;

  /** Every server of `tls`, `https` and `http2` passes its options there, however it is made. */
  constructor() {
    const { prototype } = loadBuiltin('node:tls').Server as { prototype: Server };
    this.#patch = patchExport(
      prototype,
      'setSecureContext',
      (original) =>
        function (this: ServerOptions, ...args: unknown[]): unknown {
          warnOnce(this, args[0] as ServerOptions | undefined);
          return original.apply(this, args);
        },
    );
  }

  restore(): void {
    this.#patch.undo();
  }
}

function warnOnce({ requestCert }: ServerOptions, options: ServerOptions | undefined): void {
  if (warned || !requestCert || options?.ca) return;
  warned = true;
  log(
    'warn',
    'A TLS server asks for client certificates without naming `ca`: it accepts every client whose chain ends in the ' +
      'default list of this process, which holds the CAs of this machine too where injecting replaces it. Name the CAs ' +
      'of your clients in `ca`.',
    { code: ErrorCodes.SERVER_WITHOUT_CA },
  );
}
