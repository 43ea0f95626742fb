import type { ConnectionOptions } from 'node:tls';

import { viaHttps, viaTls } from './attempts.js';
import { holdList, withStore } from './scenario-tools.js';

interface Input {
  url: string;
  root: string;
  otherUrl: string;
  otherRoot: string;
}

/** Returns how often the default list was written since the last call. */
function countWrites(): () => number {
  const tls = require('node:tls') as { setDefaultCACertificates?: (list: string[]) => void };
  const write = tls.setDefaultCACertificates;
  let writes = 0;
  if (write) {
    tls.setDefaultCACertificates = (list) => {
      write(list);
      writes++;
    };
  }
  return () => {
    const count = writes;
    writes = 0;
    return count;
  };
}

/** Tests when the whole list is written, and which servers are reached before and after. */
export async function listLater({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const later = holdList();
  const writes = countWrites();
  const tls = require('node:tls') as typeof import('node:tls');
  const { createSecureContext: captured } = tls;
  const viaCaptured = (): Promise<string> => viaTls(url, { secureContext: captured() });
  const { truststore } = withStore({ anchors: [root] });

  const first = truststore.inject();
  const before = [await viaHttps(url), await viaHttps(url), await viaCaptured(), writes()];
  const after = [later(), writes(), await viaHttps(url), await viaCaptured()];
  first.restore();
  writes();

  const changed = truststore.inject();
  await viaHttps(url);
  changed.add(otherRoot);
  const followed = [await viaHttps(otherUrl), writes()];
  const written = [later(), writes(), await viaTls(otherUrl, { secureContext: captured() })];
  changed.restore();
  writes();

  const ended = truststore.inject();
  await viaHttps(url);
  ended.restore();
  const over = [later(), writes(), await viaHttps(url)];
  return { before, after, followed, written, over };
}

/** Counts how many separate contexts are completed one by one before the list is written, which costs as much. */
export async function manyContexts({
  url,
  root,
  others,
  cert,
  key,
}: Input & { others: string[] } & ConnectionOptions): Promise<unknown> {
  holdList();
  const writes = countWrites();
  const { rootCertificates } = require('node:tls') as typeof import('node:tls');
  const { truststore } = withStore({ anchors: [root, ...others] });
  truststore.inject();
  const added = 1 + others.length;
  const most = Math.ceil((rootCertificates.length + added) / added);
  const answers = new Set<string>();
  const connect = async (): Promise<void> => {
    answers.add(await viaTls(url, { cert, key }));
  };
  for (let made = 0; made < most; made++) await connect();
  const before = writes();
  await connect();
  return { before, after: writes(), answers: [...answers] };
}

/**
 * Tests which servers are reached at once if the program had set a list of its own, and how often the list was written.
 */
export async function programsList(
  input: Input & { how: 'replaced' | 'extended' },
): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  holdList();
  const writes = countWrites();
  const { otherRoot, how } = input;
  const others = how === 'extended' ? tls.getCACertificates('default') : [];
  tls.setDefaultCACertificates([...others, otherRoot]);
  writes();
  const injection = withStore({ anchors: [input.root] }).truststore.inject();
  const answers = [await viaHttps(input.url), await viaHttps(input.otherUrl)];
  const written = writes();
  injection.restore();
  return { answers, written };
}

/** Tests which servers are reached if a program with the original function sets its own list while ours waits. */
export async function originalSetter(input: Input): Promise<unknown> {
  const { setDefaultCACertificates: set, getCACertificates: list } = await import('node:tls');
  const originals = { set, list };
  const later = holdList();
  const { url, otherUrl, otherRoot } = input;
  const outcomes = [];
  for (const asks of [true, false]) {
    const before = originals.list('default');
    const injection = withStore({ anchors: [input.root] }).truststore.inject();
    outcomes.push(await viaHttps(url));
    originals.set([otherRoot]);
    if (asks) outcomes.push(await viaHttps(url));
    later();
    outcomes.push(await viaHttps(url), await viaHttps(otherUrl), originals.list('default').length);
    injection.restore();
    originals.set(before);
  }
  return outcomes;
}
