/**
 * Chooses the code that changes TLS defaults in this runtime.
 */
import { part } from '../../base/part.js';
import { NodeDefaults } from './node-defaults.js';
import type { Defaults, InjectionView } from './strategy.js';

const loadStrategyBun = part(
  () => require('./strategy-bun.js') as typeof import('./strategy-bun.js'),
  { forInjection: false },
);
const loadStrategyDeno = part(
  () => require('./strategy-deno.js') as typeof import('./strategy-deno.js'),
  { forInjection: false },
);

export function createDefaults(injection: InjectionView): Defaults {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return new (loadStrategyBun().BunDefaults)(injection);
  if (deno !== undefined) return new (loadStrategyDeno().DenoDefaults)(injection);
  return new NodeDefaults(injection);
}
