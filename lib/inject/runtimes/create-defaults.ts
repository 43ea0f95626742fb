/**
 * Which runtime this is, and what changes its TLS defaults.
 */
import { loadPart } from '../../base/part.js';
import { NodeDefaults } from './node-defaults.js';
import type { Defaults, TrustSupply } from './strategy.js';

export function createDefaults(supply: TrustSupply): Defaults {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return new (loadPart('strategy-bun').BunDefaults)(supply);
  if (deno !== undefined) return new (loadPart('strategy-deno').DenoDefaults)(supply);
  return new NodeDefaults(supply);
}
