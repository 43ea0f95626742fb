/**
 * Says when connections of the default clients are not verified as was asked for: because another library's agent or
 * dispatcher stands in their place, from the beginning or since. It looks when a request or a connection is announced on
 * Node's diagnostics channels, and changes nothing.
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

  /** Looks at once, and from then on. */
  start(): () => void {
    // Held, because what nobody holds is collected with its subscribers on older Nodes.
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

  /** What is thrown by a listener ends the process. */
  readonly #onRequest = (message: unknown): void => {
    quietly(() => {
      const { request } = message as { request: ClientRequest & { agent?: object } };
      if (request.protocol !== 'https:') return;
      const { agent } = request;
      const isGlobal = this.#lookAtAgent() === agent || agent === this.#agent;
      // One of Node's own class is the program's choice; that of a mock or a proxy may be nobody's.
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

/** Whether requests come to their connections as in Node's own agents: by its methods, and `createConnection`. */
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
