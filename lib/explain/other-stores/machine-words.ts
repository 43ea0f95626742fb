/**
 * Says which CAs other programs on this machine trust and neither the system's store nor Node has. Pure.
 */
import { shortName } from '../../certificate/names.js';
import type { Finding, OtherStoreFacts } from '../machine/machine-types.js';
import type { OtherStore } from './other-stores.js';

/** @param known - fingerprints of what this machine or a public programme has already */
export function otherStoreFacts(
  stores: readonly OtherStore[],
  known: ReadonlySet<string>,
): OtherStoreFacts[] {
  return stores.map(({ program, path, certificates, problem }) => ({
    program,
    path,
    certificates: certificates.length,
    additions: certificates
      .filter(({ fingerprint256 }) => !known.has(fingerprint256))
      .map(({ subject, fingerprint256 }) => ({ subject, fingerprint256 })),
    ...(problem === undefined ? {} : { problem }),
  }));
}

const SHOWN = 3;

export function otherStoreFindings(stores: readonly OtherStoreFacts[]): Finding[] {
  return stores.flatMap(({ program, path, additions, problem }): Finding[] => {
    if (problem !== undefined) {
      return [
        {
          name: 'other-store',
          severity: 'info',
          summary: `The CAs of ${program} (${path}) were not read: ${problem}.`,
        },
      ];
    }
    if (additions.length === 0) return [];
    const names = additions.slice(0, SHOWN).map(({ subject }) => `“${shortName(subject)}”`);
    const more = additions.length > SHOWN ? ` and ${additions.length - SHOWN} more` : '';
    return [
      {
        name: 'other-store',
        severity: 'info',
        summary: `${program} (${path}) trusts what neither Node nor the system’s store has: ${names.join(', ')}${more}.`,
        remedy:
          'If programs are to trust it, too, ask the administrator of this machine to add it to the system’s store.',
      },
    ];
  });
}
