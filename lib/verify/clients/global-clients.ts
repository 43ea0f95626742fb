/**
 * Verifies connections of clients that name no agent: `https.globalAgent`, and the global dispatcher behind the built-in
 * `fetch` and npm's undici. What other libraries have put in their place is left as it is, with a warning.
 */
import * as https from 'node:https';

import { quietly } from '../../base/steps.js';
import { forgetConnections } from '../../runtime/clients/agent-memory.js';
import type { Connector } from '../../runtime/clients/connector.js';
import { EnvProxyDispatcher } from '../../runtime/clients/env-proxy-dispatcher.js';
import {
  FIRST_KEY,
  KEYS,
  fieldOf,
  forgetPools,
  isStockAgent,
  isVerified,
  isWrapper,
  markOf,
  markVerified,
  setField,
} from '../../runtime/clients/global-dispatchers.js';
import type { Dispatcher } from '../../runtime/clients/global-dispatchers.js';
import type { Verification } from '../connections/verification.js';
import { installOnAgent } from './https-agent.js';
import { ReachWatch, isOfNodesKind } from './reach-watch.js';
import { throughTunnel } from './tunnel-connector.js';
import { makeConnector } from './undici-connector.js';

export interface GlobalClients {
  restore(): void;
}

export function installOnGlobalClients(verification: Verification): GlobalClients {
  const globalAgent = quietly(() => https.globalAgent);
  const restoreAgent = quietly(() => installOnGlobalAgent(globalAgent, verification));
  const restoreDispatchers = quietly(() => installOnDispatchers(verification));
  const watch = new ReachWatch(restoreAgent && globalAgent);
  const steps = [restoreAgent, restoreDispatchers, watch.start()];
  return {
    restore: () => {
      // Every step runs, even if another one fails.
      for (const step of steps.splice(0)) if (step) quietly(step);
    },
  };
}

function installOnGlobalAgent(
  agent: unknown,
  verification: Verification,
): (() => void) | undefined {
  if (!isOfNodesKind(agent)) return undefined;
  const restore = installOnAgent(agent, verification, true);
  // Earlier connections and sessions were verified by other rules than those in force from now on.
  forgetConnections(agent);
  return () => {
    restore();
    forgetConnections(agent);
  };
}

function installOnDispatchers(verification: Verification): () => void {
  const own = fieldOf(globalThis, FIRST_KEY);
  // The built-in undici puts a dispatcher there if npm's has not. Loaded now, it cannot replace ours later.
  loadBuiltinUndici();
  // On Node 26 it replaces the dispatcher of npm's undici.
  if (own !== undefined) setField(globalThis, FIRST_KEY, own);
  const replacements = new Replacements(verification);
  // The second place comes first, because on Node 26 the first holds a wrapper of it.
  for (const key of [...KEYS].reverse()) {
    quietly(() => {
      replacements.replace(key);
    });
  }
  return () => {
    replacements.restore();
  };
}

/**
 * Reading a global of undici loads it. Without WebAssembly, as under --jitless, loading ends the process if undici is older
 * than 7 (Node 18 to 22), and this cannot be tested without trying.
 */
function loadBuiltinUndici(): unknown {
  const major = Number.parseInt(process.versions['undici'] ?? '0', 10);
  return 'WebAssembly' in globalThis || major >= 7 ? globalThis.Response : undefined;
}

class Replacements {
  readonly #verification: Verification;
  /** Our dispatchers, by the dispatcher they replace. */
  readonly #ours = new Map<object, object>();
  readonly #undo: (() => void)[] = [];
  #isActive = true;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  replace(key: symbol): void {
    putBackOriginal(key);
    const dispatcher = fieldOf(globalThis, key);
    if (isWrapper(dispatcher)) this.#wrapAgain(dispatcher);
    else if (isStockAgent(dispatcher)) {
      this.#put(key, dispatcher, () => {
        const connect = this.#connector(offersHttp2(key));
        return markVerified(new dispatcher.constructor({ connect }), dispatcher);
      });
    } else this.#verifyProxies(EnvProxyDispatcher.from(dispatcher), key);
  }

  /** Puts the earlier objects back, unless other code has put others there. */
  restore(): void {
    // This also stops dispatchers that a program has kept or composed others from.
    this.#isActive = false;
    for (const key of KEYS) {
      const present = fieldOf(globalThis, key);
      for (const [original, ours] of this.#ours) {
        // If the place is no longer writable, our dispatcher stays there and verifies as Node does.
        if (present === ours) setField(globalThis, key, original);
      }
    }
    for (const undo of this.#undo) undo();
    for (const ours of this.#ours.values()) {
      const mark = markOf(ours);
      if (!mark) continue;
      mark.isInForce = false;
      forgetPools(ours);
    }
  }

  #wrapAgain(wrapper: Dispatcher): void {
    const [, second] = KEYS;
    const ours = second && fieldOf(globalThis, second);
    if (isVerified(ours)) this.#put(FIRST_KEY, wrapper, () => new wrapper.constructor(ours));
  }

  #put(key: symbol, original: object, make: () => object): void {
    const ours = this.#ours.get(original) ?? make();
    if (setField(globalThis, key, ours)) this.#ours.set(original, ours);
  }

  #verifyProxies(dispatcher: EnvProxyDispatcher | undefined, key: symbol): void {
    if (!dispatcher || dispatcher.isVerified) return;
    const direct = this.#connector(offersHttp2(key));
    const through = (tunnel: Connector): Connector => throughTunnel(tunnel, direct);
    const undo = dispatcher.verify({ direct, through });
    if (undo) this.#undo.push(undo);
  }

  #connector(allowH2: boolean): Connector {
    return makeConnector({ allowH2 }, this.#verification, () => this.#isActive);
  }
}

/** Removes our dispatcher of an injection that is over: other code hid it when the injection ended, and put it back since. */
function putBackOriginal(key: symbol): void {
  const mark = markOf(fieldOf(globalThis, key));
  if (mark && !mark.isInForce) setField(globalThis, key, mark.original);
}

/**
 * undici 8 and newer offer HTTP/2 unless a program forbids it. In the first place, where older copies look, they put a
 * wrapper that speaks HTTP/1.1, so only a different dispatcher in the second place offers HTTP/2.
 */
function offersHttp2(key: symbol): boolean {
  return key !== FIRST_KEY && fieldOf(globalThis, key) !== fieldOf(globalThis, FIRST_KEY);
}
