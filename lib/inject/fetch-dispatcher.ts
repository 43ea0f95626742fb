/**
 * The dispatcher behind the built-in `fetch` and npm's undici keeps connections. After a removal it is replaced by a new
 * one of its kind, provided it is the stock one: a dispatcher the program has configured is left alone.
 */
import { EventEmitter } from 'node:events';

import {
  FIRST_KEY,
  KEYS,
  dispatcherHolder,
  isOurs,
  isStockAgent,
  makeAnother,
  wrapAgain,
} from '../global-dispatchers.js';
import type { Dispatcher, DispatcherHolder } from '../global-dispatchers.js';

export function renewFetchDispatcher(): void {
  const holder = dispatcherHolder();
  const renewed = new Map<object, object>();
  for (const key of KEYS) {
    const dispatcher = holder[key];
    if (!isStockAgent(dispatcher) && !isOurs(dispatcher)) continue;
    const replacement = renewed.get(dispatcher) ?? renew(dispatcher);
    if (!replacement) continue;
    renewed.set(dispatcher, replacement);
    replaceValue(holder, key, replacement);
    const wrapper = wrapAgain(holder, replacement);
    if (wrapper) replaceValue(holder, FIRST_KEY, wrapper);
  }
}

/** Listeners of the program, for `connect` and the like, hear of the new connections. */
function renew(dispatcher: Dispatcher): object | undefined {
  const replacement = makeAnother(dispatcher);
  if (!(dispatcher instanceof EventEmitter && replacement instanceof EventEmitter)) {
    return replacement;
  }
  for (const event of dispatcher.eventNames()) {
    for (const listener of dispatcher.rawListeners(event)) {
      replacement.on(event, listener as () => void);
    }
  }
  return replacement;
}

function replaceValue(holder: DispatcherHolder, key: symbol, value: object): void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, key);
  if (descriptor?.writable !== true && descriptor?.configurable !== true) return;
  Object.defineProperty(holder, key, { ...descriptor, value });
}
