/**
 * Says what is noteworthy about a machine. Pure. Failures come first.
 */
import { basename } from 'node:path';

import { day, plainFingerprint, shortName } from '../../certificate/names.js';
import { otherStoreFindings } from '../other-stores/machine-words.js';
import { FATAL_REMEDY, WINDOWS_TO_WSL } from '../words.js';
import type { UnlinkedDirectory } from './hash-links.js';
import type { AnchorFacts, Finding, MachineFacts } from './machine-types.js';
import { sandboxFindings } from './sandbox.js';
import { variableFindings } from './variable-findings.js';

const DAY_MS = 24 * 60 * 60 * 1000;
export const SOON_MS = 90 * DAY_MS;
const STALE_MS = 2 * 365 * DAY_MS;
const SHOWN = 6;

const ranks = { error: 0, warning: 1, info: 2 } as const;

export function findings(facts: MachineFacts): Finding[] {
  const all = [
    ...readerFindings(facts),
    ...variableFindings(facts),
    ...clockFindings(facts),
    ...storeFindings(facts),
    ...anchorFindings(facts),
    ...differences(facts),
    ...sandboxFindings(facts),
    ...surroundings(facts),
    ...otherStoreFindings(facts.otherStores ?? []),
  ];
  return all.sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}

function names(anchors: readonly AnchorFacts[]): string {
  const shown = anchors.slice(0, SHOWN).map(({ subject }) => `“${shortName(subject)}”`);
  const more = anchors.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function countOf(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function readerFindings({ reader }: MachineFacts): Finding[] {
  const { strategy, problem } = reader;
  if (!problem) return [];
  return [
    {
      name: 'addon-missing',
      severity: strategy === 'runtime' ? 'warning' : 'error',
      summary:
        strategy === 'runtime'
          ? `The addon cannot be used (${problem.message}); the runtime’s own listing stands in, which knows no distrust.`
          : `The addon cannot be used, so nothing can be read: ${problem.message}.`,
      remedy: 'Reinstall the package for this platform, or run `npx os-truststore build`.',
    },
  ];
}

function clockFindings({ clock, checkedAt }: MachineFacts): Finding[] {
  const now = Date.parse(checkedAt);
  const behind = clock.programTime !== undefined && Date.parse(clock.programTime) > now + DAY_MS;
  if (!behind && clock.expiredRoots <= 0.3) return [];
  return [
    {
      name: 'clock',
      severity: 'error',
      summary: behind
        ? `The clock is behind: it is ${day(now)} here, and programs on this machine were written ${day(Date.parse(clock.programTime ?? ''))}.`
        : `The clock is ahead, or Node very old: ${Math.round(clock.expiredRoots * 100)} % of its roots seem expired.`,
      remedy: 'Set the clock of this machine, and let it be kept by NTP.',
    },
  ];
}

function storeFindings(facts: MachineFacts): Finding[] {
  const { store, lists, checkedAt, userErrors } = facts;
  const found: Finding[] = store.errors.map(({ message, path }) => ({
    name: 'store-error',
    severity: 'warning',
    summary: `The store was not read completely: ${path === undefined || message.includes(path) ? '' : `${path}: `}${message}.`,
    remedy: 'Run `npx os-truststore paths` to see where it lies; mend or remove what is damaged.',
  }));
  found.push(...store.unlinked.map(notHashed));
  for (const { message } of userErrors) {
    found.push({
      name: 'user-ca',
      severity: 'error',
      summary: `${message}.`,
      remedy: 'Name files that hold certificates which are valid and of CAs, or take them away.',
    });
  }
  if (lists.system === 0) found.push(noStore(facts));
  const written = store.newestFile === undefined ? NaN : Date.parse(store.newestFile);
  if (Date.parse(checkedAt) - written > STALE_MS) {
    found.push({
      name: 'stale-store',
      severity: 'warning',
      summary: `The system’s certificates are from ${day(written)}; roots have come and gone since.`,
      remedy: 'Update the ca-certificates package, or the image this container is made from.',
    });
  }
  return found;
}

function notHashed({ path, hashed, anchors, files }: UnlinkedDirectory): Finding {
  const shown = files.slice(0, SHOWN).map((file) => basename(file));
  const more = files.length > SHOWN ? ` and ${files.length - SHOWN} more` : '';
  return {
    name: 'not-hashed',
    severity: 'warning',
    summary: hashed
      ? `OpenSSL does not find ${countOf(anchors, 'anchor')} in ${path}, which os-truststore and others read there: ${shown.join(', ')}${more}.`
      : `OpenSSL reads nothing in ${path}: it has no hash links. os-truststore and others trust its ${countOf(anchors, 'anchor')}.`,
    remedy: `${hashed ? 'Remove what is not meant to be trusted, such as old copies; for the rest' : 'If OpenSSL is to trust them, too'}, run \`openssl rehash ${path}\`.`,
  };
}

function noStore({ surroundings: { container }, runtime }: MachineFacts): Finding {
  const where = container === undefined ? 'This machine' : `This ${container} container`;
  return {
    name: 'no-system-store',
    severity: 'warning',
    summary: `${where} has no certificates of its own; only Node’s ${runtime.name === 'node' ? 'bundled ' : ''}roots are trusted.`,
    remedy:
      container === undefined
        ? 'Install the ca-certificates package, or name a bundle: `SSL_CERT_FILE=BUNDLE.pem`.'
        : 'Install the ca-certificates package in the image, or mount the host’s bundle and name it: `SSL_CERT_FILE=BUNDLE.pem`.',
  };
}

function anchorFindings({
  remarkable,
  sameName,
  additions,
  checkedAt,
  fatal,
}: MachineFacts): Finding[] {
  const now = Date.parse(checkedAt);
  const found: Finding[] = [];
  const dated = (bundled: boolean, from: number, to: number): AnchorFacts[] =>
    remarkable.filter((anchor) => {
      const end = Date.parse(anchor.validTo);
      return anchor.bundled === bundled && end >= from && end < to;
    });
  found.push(...expiring(dated(false, -Infinity, now), 'expired', 'warning'));
  found.push(...expiring(dated(false, now, now + SOON_MS), 'to expire within 90 days', 'warning'));
  found.push(...expiring(dated(true, now, now + SOON_MS), 'to expire within 90 days', 'info'));
  const weak = remarkable.filter(({ shortKey, strict }) => shortKey || !strict);
  if (weak.length > 0) found.push(weakAnchors(weak));
  if (fatal) found.push(runtimeCrash(fatal));
  for (const group of sameName) found.push(namesakes(group));
  const mine = additions.filter(
    ({ sources }) =>
      sources.length > 0 && sources.every(({ location }) => location.startsWith('CURRENT_USER')),
  );
  if (mine.length > 0) {
    found.push({
      name: 'current-user-only',
      severity: 'info',
      summary: `Only your Windows account trusts ${names(mine)}; a service under another account does not.`,
      remedy: 'For services, install them in LOCAL_MACHINE.',
    });
  }
  return found;
}

function runtimeCrash(anchor: AnchorFacts): Finding {
  return {
    name: 'runtime-crash',
    severity: 'error',
    summary: `This version of Node ends the process when it connects to a server under ${names([anchor])} (${anchor.key}). It is a fault of Node’s, in getPeerCertificate().`,
    remedy: FATAL_REMEDY,
  };
}

function expiring(
  anchors: readonly AnchorFacts[],
  what: string,
  severity: Finding['severity'],
): Finding[] {
  if (anchors.length === 0) return [];
  const dates = withDays(anchors.map(({ subject, validTo }) => [subject, validTo]));
  const remedy =
    severity === 'info'
      ? 'Node brings their successors; keep it up to date.'
      : 'Get the successors from the owners of those CAs, and take the old ones away.';
  return [
    {
      name: 'expires-soon',
      severity,
      summary: `${countOf(anchors.length, 'anchor')} ${what}: ${dates}.`,
      remedy,
    },
  ];
}

function withDays(dated: readonly (readonly [subject: string, time: string])[]): string {
  const shown = dated
    .slice(0, SHOWN)
    .map(([subject, time]) => `“${shortName(subject)}” (${time.slice(0, 10)})`);
  const more = dated.length > SHOWN ? ` and ${dated.length - SHOWN} more` : '';
  return `${shown.join(', ')}${more}`;
}

function weakAnchors(weak: readonly AnchorFacts[]): Finding {
  return {
    name: 'weak-anchor',
    severity: weak.every(({ bundled }) => bundled) ? 'info' : 'warning',
    summary:
      `Strict programs (Python 3.13, newer OpenSSL) refuse ${countOf(weak.length, 'anchor')} with a short key or ` +
      `without critical basic constraints: ${names(weak)}.`,
    ...(weak.every(({ bundled }) => bundled)
      ? {}
      : {
          remedy:
            'Ask your administrator for renewed roots of those CAs that are your company’s. Public ones are not yours to mend.',
        }),
  };
}

function namesakes(group: readonly AnchorFacts[]): Finding {
  const name = shortName(group[0]?.subject ?? '');
  return {
    name: 'same-name',
    severity: 'warning',
    summary: `${group.length} anchors with different keys are called “${name}”; OpenSSL may take the wrong one.`,
    remedy: `Remove those that are no longer in use; their SHA-256 fingerprints: ${group.map(({ fingerprint256 }) => plainFingerprint(fingerprint256)).join(', ')}.`,
  };
}

function differences({
  additions,
  bundledOnly,
  distrusted,
  dated,
  lists,
}: MachineFacts): Finding[] {
  const found: Finding[] = [];
  if (distrusted.length > 0) {
    found.push({
      name: 'bundled-distrusted',
      severity: 'info',
      summary: `The system distrusts ${countOf(distrusted.length, 'root')} that Node bundles: ${names(distrusted)}. inject() subtracts them.`,
    });
  }
  if (dated.length > 0) {
    const named = withDays(dated.map(({ subject, after }) => [subject, after]));
    found.push({
      name: 'dated-distrust',
      severity: 'info',
      summary: `The system distrusts ${countOf(dated.length, 'CA')} for certificates that begin after a date: ${named}. inject() refuses those servers.`,
      remedy:
        'A list cannot say that: who is given one (getTrustedCAs(), writeBundle()) goes on to trust them, as do the clients of Bun and Deno that are not built on node:tls.',
    });
  }
  if (additions.length > 0) {
    found.push({
      name: 'system-only',
      severity: 'info',
      summary: `This machine trusts ${countOf(additions.length, 'anchor')} that Node does not bundle: ${names(additions)}.`,
      remedy:
        'Programs that call `inject()`, or are started with `node --require os-truststore/register`, trust them.',
    });
  }
  if (bundledOnly.length > 0 && lists.system > 0) {
    found.push({
      name: 'bundled-only',
      severity: 'info',
      summary: `Node bundles ${countOf(bundledOnly.length, 'root')} that the system does not have: ${names(bundledOnly)}.`,
    });
  }
  return found;
}

function surroundings({ surroundings: { container, wsl }, lists }: MachineFacts): Finding[] {
  const found: Finding[] = [];
  if (wsl === true) {
    found.push({
      name: 'wsl',
      severity: 'info',
      summary: 'This is WSL: it has its own store and does not see the one of Windows.',
      remedy: WINDOWS_TO_WSL,
    });
  }
  if (container !== undefined && lists.system > 0) {
    found.push({
      name: 'container',
      severity: 'info',
      summary: `This is a ${container} container: it trusts what its image has, not what the host has.`,
      remedy:
        'Mount the host’s bundle and name it, `SSL_CERT_FILE=BUNDLE.pem`, or build the image with what ' +
        '`npx os-truststore env dockerfile -o ca-bundle.pem` prints on the host.',
    });
  }
  return found;
}
