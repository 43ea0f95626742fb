/**
 * Makes the dispatcher behind the built-in `fetch` and npm's undici forget its connections, in place, after a removal and at
 * the end of an injection. It must be undici's own: one that the program has configured is left alone.
 */
import { quietly } from '../../base/steps.js';
import { EnvProxyDispatcher } from '../../runtime/clients/env-proxy-dispatcher.js';
import {
  KEYS,
  fieldOf,
  forgetPools,
  isStockAgent,
  isWrapper,
  markOf,
} from '../../runtime/clients/global-dispatchers.js';
import { warnNotReached } from '../../runtime/clients/not-reached.js';

export function forgetFetchConnections(): void {
  for (const key of KEYS) {
    if (!(key in globalThis)) continue;
    const dispatcher = fieldOf(globalThis, key);
    if (isWrapper(dispatcher) || quietly(() => forget(dispatcher)) === true) continue;
    warnNotReached('The global dispatcher', dispatcher, 'the connections it keeps are not closed');
  }
}

function forget(dispatcher: unknown): boolean {
  const ours = markOf(dispatcher)?.of;
  if (ours) return forgetPools(ours);
  if (isStockAgent(dispatcher)) return forgetPools(dispatcher);
  return EnvProxyDispatcher.from(dispatcher)?.forget() ?? false;
}
