/**
 * Warns when connections of the default clients are not verified as requested, because another library's agent or dispatcher
 * stands in their place, from the start or later. It looks when Node's diagnostics channels announce a request or a
 * connection, and changes nothing.
 */
import { channel } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import * as https from 'node:https';

import { quietly } from '../../base/steps.js';
import { EnvProxyDispatcher } from '../../runtime/clients/env-proxy-dispatcher.js';
import { KEYS, fieldOf, isVerified, isWrapper } from '../../runtime/clients/global-dispatchers.js';
import { warnNotReached } from '../../runtime/clients/not-reached.js';

const UNVERIFIED =
  'fetchIntermediates, revocation and verifier do not apply to its connections. createAgent() and createConnector() ' +
  'make agents and dispatchers to which they do';

export class ReachWatch {
  readonly #agent: unknown;

  /** @param agent - the global agent, if its connections are verified */
  constructor(agent: unknown) {
    this.#agent = agent;
  }

  /** Looks once now, and then at every request and connection. */
  start(): () => void {
    // The channels are kept in variables, because older Nodes collect an unreferenced channel with its subscribers.
    const requests = channel('http.client.request.start');
    const connections = channel('undici:client:beforeConnect');
    requests.subscribe(this.#onRequest);
    connections.subscribe(this.#onConnect);
    this.#lookAtAgent();
    lookAtDispatchers();
    return () => {
      requests.unsubscribe(this.#onRequest);
      connections.unsubscribe(this.#onConnect);
    };
  }

  /** Never throws, because an error in a listener ends the process. */
  readonly #onRequest = (message: unknown): void => {
    quietly(() => {
      const { request } = message as { request: ClientRequest & { agent?: object } };
      if (request.protocol !== 'https:') return;
      const { agent } = request;
      const isGlobal = this.#lookAtAgent() === agent || agent === this.#agent;
      // An agent of Node's own class is the program's choice; an agent of another class, as a mock's or proxy's, may not be.
      if (!isGlobal && agent && agent.constructor !== https.Agent) {
        warnNotReached('The agent of a request', agent, UNVERIFIED);
      }
    });
  };

  readonly #onConnect = (message: unknown): void => {
    quietly(() => {
      const { connectParams } = message as { connectParams: { protocol: string } };
      if (connectParams.protocol !== 'https:') return;
      lookAtDispatchers();
    });
  };

  #lookAtAgent(): unknown {
    const globalAgent = quietly(() => https.globalAgent);
    if (globalAgent !== this.#agent || !globalAgent) {
      warnNotReached('https.globalAgent', globalAgent, UNVERIFIED);
    }
    return globalAgent;
  }
}

/** True when the agent makes connections as Node's own agents do: with their methods, and by `createConnection`. */
export function isOfNodesKind(agent: unknown): agent is https.Agent {
  const { addRequest, createSocket } = https.Agent.prototype as unknown as Record<string, unknown>;
  return (
    quietly(() => {
      const given = agent as Record<string, unknown>;
      return (
        agent instanceof https.Agent &&
        given['addRequest'] === addRequest &&
        given['createSocket'] === createSocket &&
        typeof given['createConnection'] === 'function'
      );
    }) === true
  );
}

function lookAtDispatchers(): void {
  for (const key of KEYS) {
    if (!(key in globalThis)) continue;
    const dispatcher = fieldOf(globalThis, key);
    if (isWrapper(dispatcher) || isVerified(dispatcher)) continue;
    if (EnvProxyDispatcher.from(dispatcher)?.isVerified !== true) {
      warnNotReached('The global dispatcher', dispatcher, UNVERIFIED);
    }
  }
}
