/**
 * Verification for what a program uses without naming an agent: `https.globalAgent`, and the global dispatcher behind the
 * built-in `fetch` and npm's undici.
 */
import * as https from 'node:https';
import type { Socket } from 'node:net';

import {
  FIRST_KEY,
  KEYS,
  RENEW,
  dispatcherHolder,
  isOurs,
  isStockAgent,
  isWrapper,
  wrapAgain,
} from '../global-dispatchers.js';
import type { Dispatcher, DispatcherHolder } from '../global-dispatchers.js';
import { log } from '../log.js';
import { installOnAgent } from './https-agent.js';
import { makeConnector } from './undici-connector.js';
import type { Verification } from './verification.js';

export interface GlobalClients {
  restore(): void;
}

export function installOnGlobalClients(verification: Verification): GlobalClients {
  const { globalAgent } = https;
  const restoreAgent = installOnAgent(globalAgent, verification, true);
  forgetConnections(globalAgent);
  let restoreDispatchers: () => void;
  try {
    restoreDispatchers = installOnDispatchers(verification);
  } catch (error) {
    restoreAgent();
    throw error;
  }
  return {
    restore: () => {
      restoreAgent();
      forgetConnections(globalAgent);
      restoreDispatchers();
    },
  };
}

interface AgentMemory {
  sockets: NodeJS.ReadOnlyDict<Socket[]>;
  freeSockets: NodeJS.ReadOnlyDict<Socket[]>;
  _sessionCache?: { map: object; list: string[] };
}

/** Connections and sessions were verified by other rules than those that hold from now on. */
function forgetConnections(agent: https.Agent): void {
  const { sockets, freeSockets, _sessionCache: sessions } = agent as unknown as AgentMemory;
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  for (const socket of Object.values(sockets).flat()) {
    // Before the agent hears that it is free and keeps it.
    socket?.prependOnceListener('free', () => socket.destroy());
  }
  if (sessions) Object.assign(sessions, { map: {}, list: [] });
}

function installOnDispatchers(verification: Verification): () => void {
  const holder = dispatcherHolder();
  const own = holder[FIRST_KEY];
  // The built-in undici puts a dispatcher there if npm's has not. Whoever comes later finds ours.
  loadBuiltinUndici();
  // On Node 26 it does so over that of npm's.
  if (own !== undefined && holder[FIRST_KEY] !== own) holder[FIRST_KEY] = own;
  const before = KEYS.map((key) => holder[key]);
  const restore = (): void => {
    const ours = KEYS.map((key) => holder[key]).filter(isOurs);
    KEYS.forEach((key, index) => {
      const present = holder[key];
      // What cannot be written any more stays, and verifies as before.
      if (isOurs(present) || (isWrapper(present) && ours.length > 0)) {
        Reflect.set(holder, key, before[index]);
      }
    });
    for (const one of new Set(ours)) {
      if (KEYS.every((key) => holder[key] !== one)) close(one);
    }
  };
  try {
    replaceDispatchers(holder, verification);
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

function replaceDispatchers(holder: DispatcherHolder, verification: Verification): void {
  const made = new Map<unknown, object>();
  for (const key of KEYS) {
    const dispatcher = holder[key];
    if (dispatcher === undefined || isWrapper(dispatcher)) continue;
    if (!isStockAgent(dispatcher)) {
      log('info', 'The global dispatcher is one of the program, and is left as it is');
      continue;
    }
    const ours = made.get(dispatcher) ?? makeDispatcher(dispatcher, offersHttp2(key), verification);
    made.set(dispatcher, ours);
    holder[key] = ours;
    const wrapper = wrapAgain(holder, ours);
    if (wrapper) holder[FIRST_KEY] = wrapper;
  }
}

/** Looking at a global of it is what loads it. */
function loadBuiltinUndici(): unknown {
  return globalThis.Response;
}

function makeDispatcher(stock: Dispatcher, http2: boolean, verification: Verification): object {
  const connect = makeConnector({ allowH2: http2 }, verification);
  const make = (): object => {
    const dispatcher = new stock.constructor({ connect });
    Object.defineProperty(dispatcher, RENEW, { value: make });
    return dispatcher;
  };
  return make();
}

/** From undici 8 on, which Node 26 has, HTTP/2 is offered unless a program forbids it. */
function offersHttp2(key: symbol): boolean {
  return key !== FIRST_KEY && Number.parseInt(process.versions['undici'] ?? '0', 10) >= 8;
}

/** Idle connections go; requests under way are finished. */
function close(dispatcher: object): void {
  const closing = (dispatcher as { close?: () => Promise<void> }).close?.();
  closing?.catch(() => undefined);
}
