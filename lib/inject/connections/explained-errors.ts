/**
 * Adds cause and cure to the errors of connections that were refused because of their peer, while an injection asks for it.
 * Node only.
 */
import type { TLSSocket } from 'node:tls';

import { quietly } from '../../base/steps.js';
import type { Patch } from '../../runtime/patch-export.js';
import { listSent } from '../../runtime/sent-certificates.js';
import { patchTls } from '../../runtime/tls-defaults.js';
import type { ContextOptions } from '../../runtime/tls-defaults.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { explainRefusal } from '../explainer.js';
import type { ErrorExplanation } from '../types.js';
import type { RefusedPeer } from '../explainer.js';
import { optionsOfConnect } from './judged-connections.js';

type CurrentSet = () => TrustSet | undefined;

export class ExplainedErrors {
  readonly #patch: Patch;

  constructor(set: CurrentSet) {
    this.#patch = patchTls(
      'connect',
      (original) =>
        function (this: unknown, ...args: unknown[]): TLSSocket {
          const socket = original.apply(this, args);
          const options = optionsOfConnect(args);
          // A program that names its own CAs, or a finished context, does not trust by the set in force.
          if (!options.ca && !options.pfx && !options.secureContext) watch(socket, options, set);
          return socket;
        },
    );
  }

  restore(): void {
    this.#patch.undo();
  }
}

/** Node ends a refused connection by `destroy(error)`. Only until then does the socket tell what the peer has sent. */
function watch(socket: TLSSocket, options: ContextOptions, set: CurrentSet): void {
  const { destroy } = socket as unknown as { destroy: unknown };
  if (typeof destroy !== 'function') return;
  const value = function (this: unknown, ...args: unknown[]): unknown {
    const [error] = args;
    if (options['rejectUnauthorized'] !== false && isVerdict(error, socket)) {
      quietly(() => {
        addExplanation(error, socket, options, set);
      });
    }
    return destroy.apply(this, args) as unknown;
  };
  Object.defineProperty(socket, 'destroy', { value, configurable: true, writable: true });
}

/** Codes of OpenSSL's verdicts (Node's src/crypto/crypto_common.cc) and of our own. */
const VERDICT =
  /^(?:UNABLE_TO_|CERT_|CRL_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_|UNSPECIFIED$)/;
/** Node's own words; a program's checkServerIdentity may use the code for what only it knows. */
const OTHER_NAME = "Hostname/IP does not match certificate's altnames";

/**
 * Before it ends the connection, Node notes the error's code as `authorizationError`. Errors of the program's own
 * `checkServerIdentity` are noted as well, and are left as they are.
 */
function isVerdict(error: unknown, socket: TLSSocket): error is RefusedPeer['error'] {
  if (typeof error !== 'object' || error === null || 'explanation' in error) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof message !== 'string' || typeof code !== 'string') return false;
  if ((socket.authorizationError as unknown) !== code || socket.authorized) return false;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID'
    ? message.startsWith(OTHER_NAME)
    : VERDICT.test(code);
}

/**
 * Each reading of what a server has sent costs memory that Node does not give back (getPeerX509Certificate), so a server
 * that is refused over and over is read once, and only so many are.
 */
const MOST_READ = 500;
const REMEMBERED = 100;
let read = 0;
const explained = new Map<string, { set: TrustSet; explanation: ErrorExplanation | undefined }>();

function explanationOf(
  key: string,
  set: TrustSet,
  ask: () => ErrorExplanation | undefined,
): ErrorExplanation | undefined {
  const known = explained.get(key);
  if (known?.set === set) return known.explanation;
  if (read >= MOST_READ) return undefined;
  read += 1;
  const explanation = ask();
  if (explained.size >= REMEMBERED) explained.clear();
  explained.set(key, { set, explanation });
  return explanation;
}

function addExplanation(
  error: RefusedPeer['error'],
  socket: TLSSocket,
  options: ContextOptions,
  set: CurrentSet,
): void {
  const present = set();
  if (!present) return;
  const { host, port, servername } = options as Record<string, unknown>;
  const name = typeof servername === 'string' && servername !== '' ? servername : undefined;
  const address = typeof host === 'string' && host !== '' ? host : (name ?? 'localhost');
  const peer = { error, host: address, port: Number(port) || 443, servername: name ?? address };
  const key = [address, peer.port, peer.servername, error.code].join(' ');
  const explanation = explanationOf(key, present, () => {
    const sent = listSent(socket)?.map(({ raw }) => raw);
    return sent && explainRefusal({ ...peer, sent, set: present });
  });
  if (!explanation) return;
  const { message, stack } = error;
  const longer = `${message} (os-truststore: ${explanation.summary} ${explanation.remedy})`;
  const describe = (value: unknown): PropertyDescriptor => ({
    value,
    configurable: true,
    writable: true,
  });
  Object.defineProperty(error, 'message', describe(longer));
  // Programs that end with the error print its stack, which was written when it was made.
  if (typeof stack === 'string' && stack.includes(message)) {
    Object.defineProperty(error, 'stack', describe(stack.replace(message, () => longer)));
  }
  // Not enumerable, since the message says it already.
  Object.defineProperty(error, 'explanation', describe(explanation));
}
