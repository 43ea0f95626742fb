/**
 * A server that asks for client certificates and names no `ca` lets in whoever the default list vouches for, and that
 * list is wider now. It is the server's to say `ca`; it is told so once.
 */
import { ErrorCodes } from '../errors.js';
import { loadBuiltin } from '../builtins.js';
import { log } from '../log.js';
import { patchExport, patchTls } from '../tls-defaults.js';
import type { Patch } from '../tls-defaults.js';
import { whenBuiltinLoads } from './builtin-loading.js';

interface ServerOptions {
  requestCert?: boolean;
  ca?: unknown;
  pfx?: unknown;
}

type CreateServer = (...args: unknown[]) => unknown;

let warned = false;

export class ServerWarning {
  #stopWaiting: (() => void)[] = [];
  #patches: Patch[] = [];

  install(): void {
    this.#stopWaiting = [
      whenBuiltinLoads('tls', () => {
        this.#patches.push(
          patchTls('createServer', (original) => watch(original) as typeof original),
        );
      }),
      whenBuiltinLoads('https', () => {
        const https = loadBuiltin('node:https');
        this.#patches.push(patchExport(https, 'createServer', watch));
      }),
      whenBuiltinLoads('http2', () => {
        const http2 = loadBuiltin('node:http2');
        this.#patches.push(patchExport(http2, 'createSecureServer', watch));
      }),
    ];
  }

  restore(): void {
    for (const stop of this.#stopWaiting) stop();
    for (const patch of this.#patches) patch.undo();
    this.#stopWaiting = [];
    this.#patches = [];
  }
}

function watch(original: CreateServer): CreateServer {
  return function (this: unknown, ...args: unknown[]): unknown {
    warnOnce(args[0] as ServerOptions | undefined);
    return original.apply(this, args);
  };
}

function warnOnce(options: ServerOptions | undefined): void {
  if (warned || !options?.requestCert || options.ca) return;
  warned = true;
  log(
    'warn',
    'A TLS server asks for client certificates without naming `ca`: it accepts every client whose chain ends in the ' +
      'default list, which now holds the CAs of this machine too. Name the CAs of your clients in `ca`.',
    { code: ErrorCodes.SERVER_WITHOUT_CA },
  );
}
