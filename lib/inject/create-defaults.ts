/**
 * Which runtime this is, and what changes its TLS defaults.
 */
import { NodeDefaults } from './node-defaults.js';
import type { Defaults, TrustSupply } from './supply.js';

export function createDefaults(supply: TrustSupply): Defaults {
  const { bun, deno } = process.versions;
  // Late, because each is needed on its own runtime only.
  if (bun !== undefined) {
    const { BunDefaults } = require('./strategy-bun.js') as typeof import('./strategy-bun.js');
    return new BunDefaults(supply);
  }
  if (deno !== undefined) {
    const { DenoDefaults } = require('./strategy-deno.js') as typeof import('./strategy-deno.js');
    return new DenoDefaults(supply);
  }
  return new NodeDefaults(supply);
}
