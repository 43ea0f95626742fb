/**
 * Makes an `https.Agent` verify: its connections are Node's own, held until the verdict.
 */
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { quietly } from '../../base/steps.js';
import { forgetConnections } from '../../runtime/clients/agent-memory.js';
import type { Opened } from '../connections/attempt.js';
import { SessionMemory } from '../connections/session-memory.js';
import { ASKED } from '../connections/verification.js';
import type { Verification } from '../connections/verification.js';
import type { ConnectOptions } from '../trust.js';

type AgentConnectOptions = ConnectOptions & { _agentKey?: string | undefined };
type CreateConnection = (this: unknown, ...args: unknown[]) => Duplex | null | undefined;

/** Properties of Node's agents that `@types/node` lacks or describes differently. */
interface AgentInternals {
  createConnection: CreateConnection;
  getName: (options: unknown) => string;
  maxCachedSessions?: number;
}

/** Makes an agent that verifies every connection. */
export function makeVerifiedAgent(
  options: https.AgentOptions,
  verification: Verification,
): https.Agent {
  const agent = new https.Agent(options);
  installOnAgent(agent, verification, false);
  return agent;
}

/**
 * Puts a replacement in front of an agent's `createConnection`, which is Node's own or a subclass's.
 *
 * @param leaveOwnCAs - requests with `ca` or `pfx` of their own are not verified
 * @returns a function that undoes it, unless the method has been replaced since
 * @throws TypeError when the agent is frozen
 */
export function installOnAgent(
  given: https.Agent,
  verification: Verification,
  leaveOwnCAs: boolean,
): () => void {
  const agent = given as unknown as AgentInternals;
  const { createConnection, maxCachedSessions } = agent;
  const before = Object.getOwnPropertyDescriptor(agent, 'createConnection');
  const sessions = new SessionMemory(maxCachedSessions);
  let active = true;
  const replacement: CreateConnection = function (...args) {
    const { options, done } = normalize(args);
    const isOwn = leaveOwnCAs && verification.namesCAs(options);
    if (!active || isOwn || !verification.covers(options)) {
      return createConnection.apply(this, args);
    }
    const begun = done && quietly(() => verification.generation);
    return verification.connect({
      key: options._agentKey ?? agent.getName(options),
      options,
      open: (overrides, opened) =>
        createConnection.call(this, { ...options, ...overrides }, opened) as TLSSocket,
      once: Boolean(options.socket),
      sessions: agent.maxCachedSessions === 0 ? undefined : sessions,
      done:
        done &&
        ((...outcome) => {
          done(...outcome);
          // The agent did not know this connection yet when what it began under ended, so it forgets it now.
          if (!active || quietly(() => verification.generation) !== begun) forgetConnections(agent);
        }),
    });
  };
  const descriptor = { value: replacement, configurable: true, writable: true };
  Object.defineProperty(agent, 'createConnection', descriptor);
  return () => {
    active = false;
    if (agent.createConnection !== replacement) return;
    if (before) Reflect.defineProperty(agent, 'createConnection', before);
    else Reflect.deleteProperty(agent, 'createConnection');
  };
}

/** Accepts arguments as Node's own does: `(options, done)`, or any of `(port, host, options)`. */
function normalize(args: unknown[]): { options: AgentConnectOptions; done: Opened | undefined } {
  const [port, host] = args;
  const given = args.find((arg) => typeof arg === 'object' && arg !== null);
  const done = args.at(-1);
  return {
    options: {
      ...asAsked(given as object | undefined),
      ...(typeof port === 'number' ? { port } : {}),
      ...(typeof host === 'string' ? { host } : {}),
    },
    done: typeof done === 'function' ? (done as Opened) : undefined,
  };
}

/** Restores the caller's own option, which a verification above this one has replaced. */
function asAsked(given: object = {}): object {
  if (!(ASKED in given)) return given;
  const { [ASKED]: rejectUnauthorized, ...rest } = given;
  return { ...rest, rejectUnauthorized };
}
