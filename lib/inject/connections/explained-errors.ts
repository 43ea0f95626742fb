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
    if (isVerdict(error, socket)) {
      quietly(() => {
        addExplanation(error, socket, options, set);
      });
    }
    return destroy.apply(this, args) as unknown;
  };
  Object.defineProperty(socket, 'destroy', { value, configurable: true, writable: true });
}

/** Before it ends the connection, Node notes the error's code, or its message if it has none, as `authorizationError`. */
function isVerdict(error: unknown, socket: TLSSocket): error is RefusedPeer['error'] {
  if (typeof error !== 'object' || error === null || 'explanation' in error) return false;
  const { code, message } = error as NodeJS.ErrnoException;
  const noted = socket.authorizationError as unknown;
  return typeof message === 'string' && typeof noted === 'string' && noted === (code ?? message);
}

function addExplanation(
  error: RefusedPeer['error'],
  socket: TLSSocket,
  options: ContextOptions,
  set: CurrentSet,
): void {
  const sent = listSent(socket)?.map(({ raw }) => raw);
  const present = set();
  if (!sent || !present) return;
  const { host, port, servername } = options as Record<string, unknown>;
  const name = typeof servername === 'string' && servername !== '' ? servername : undefined;
  const address = typeof host === 'string' && host !== '' ? host : (name ?? 'localhost');
  const explanation = explainRefusal({
    error,
    host: address,
    port: Number(port) || 443,
    servername: name ?? address,
    sent,
    set: present,
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
