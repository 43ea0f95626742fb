/**
 * `https.Agent` with verification: its connections are those of Node, held until the verdict.
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

/** What Node's agents have and `@types/node` does not show, or not as it is. */
interface AgentInternals {
  createConnection: CreateConnection;
  getName: (options: unknown) => string;
  maxCachedSessions?: number;
}

/** An agent whose every connection is verified. */
export function makeVerifiedAgent(
  options: https.AgentOptions,
  verification: Verification,
): https.Agent {
  const agent = new https.Agent(options);
  installOnAgent(agent, verification, false);
  return agent;
}

/**
 * Stands before `createConnection` of an agent, which is Node's own or that of a subclass.
 *
 * @param leaveOwnCAs - `ca` and `pfx` of a request leave it as it is
 * @returns takes it back, unless somebody has replaced the method since
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
          // Nobody knew of it when what it was begun under ended.
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

/** As Node's own takes them: `(options, done)`, and `(port, host, options)` from the right. */
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

/** Without what a verification above this one has put in the place of the caller's own. */
function asAsked(given: object = {}): object {
  if (!(ASKED in given)) return given;
  const { [ASKED]: rejectUnauthorized, ...rest } = given;
  return { ...rest, rejectUnauthorized };
}
