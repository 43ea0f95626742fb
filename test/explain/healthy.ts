/**
 * Facts for findings: a machine without any fault, and anchors.
 */
import type { AnchorFacts, MachineFacts } from '../../dist/explain/machine/machine-types.js';

export function anchor(name: string, overrides: Partial<AnchorFacts> = {}): AnchorFacts {
  return {
    subject: `CN=${name}`,
    fingerprint256: 'AA:BB',
    validTo: '2100-01-01T00:00:00.000Z',
    key: 'RSA 2048',
    shortKey: false,
    strict: true,
    bundled: false,
    sources: [],
    ...overrides,
  };
}

export const healthy: MachineFacts = {
  checkedAt: '2030-06-01T00:00:00.000Z',
  runtime: {
    name: 'node',
    version: '20.20.2',
    openssl: '3.0.19',
    platform: 'linux',
    arch: 'x64',
    executable: '/usr/bin/node',
    flags: [],
    knowsSystemCA: false,
    knowsSystemCAVariable: false,
  },
  reader: { strategy: 'addon', addonPath: '/addon.node' },
  store: {
    locations: [],
    errors: [],
    kept: 140,
    skipped: {},
    durationMs: 1,
    unlinked: [],
    newestFile: '2030-05-01T00:00:00.000Z',
  },
  lists: { bundled: 140, system: 140, extra: 0, user: 0, merged: 140 },
  additions: [],
  bundledOnly: [],
  distrusted: [],
  dated: [],
  remarkable: [],
  sameName: [],
  userErrors: [],
  variables: [],
  surroundings: {},
  userDirectory: '/home/me/.config/os-truststore/certs',
  clock: { programTime: '2030-05-01T00:00:00.000Z', expiredRoots: 0 },
};
