import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type * as Timers from 'node:timers';

import { codeOf, viaAll, viaHttps, viaTls } from '../attempts.js';
import { LIST_DELAY } from '../scenario-tools.js';
import type { Truststore } from '../scenario-tools.js';

interface Input {
  url: string;
  /** The root in the store. */
  root: string;
}

const timers = require('node:timers') as Writable<typeof Timers>;

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

interface Timer {
  fire(): void;
  ms: number;
  handle: NodeJS.Timeout;
}

/** Replaces the clock and the timers of everything that is loaded meanwhile; timers fire when told to. */
class PlayedTime {
  now = 0;
  readonly timers: Timer[] = [];
  readonly stopped: unknown[] = [];

  load<Loaded>(load: () => Loaded): Loaded {
    const { setTimeout, clearTimeout } = timers;
    const { now } = Date;
    Date.now = () => this.now;
    timers.setTimeout = ((fire: () => void, ms: number) => {
      const handle = setTimeout(fire, 1e9);
      this.timers.push({ fire, ms, handle });
      return handle;
    }) as typeof setTimeout;
    timers.clearTimeout = ((handle: NodeJS.Timeout) => {
      this.stopped.push(handle);
      clearTimeout(handle);
    }) as typeof clearTimeout;
    try {
      return load();
    } finally {
      Date.now = now;
      Object.assign(timers, { setTimeout, clearTimeout });
    }
  }

  /** The last timer for dates; another timer writes the default list. */
  get last(): Timer {
    const timer = this.timers.filter(({ ms }) => ms !== LIST_DELAY).at(-1);
    assert.ok(timer);
    return timer;
  }
}

interface Played {
  time: PlayedTime;
  truststore: Truststore;
  /** Tells whether a connection is accepted, and what the store is said to hold. */
  look(): Promise<unknown>;
}

function play(url: string, now: number): Played {
  const time = new PlayedTime();
  time.now = now;
  const truststore = time.load(() => require('../../../dist/index.js') as Truststore);
  const look = async (): Promise<unknown> => {
    const answer = await viaHttps(url);
    return [answer === 'ok' ? answer : 'refused', truststore.getSystemCAs().length];
  };
  return { time, truststore, look };
}

const isNode = !process.versions['bun'] && !process.versions['deno'];

/** The end of validity is noticed while undici connects, whose pools are then closed. */
async function fetchAcross(url: string, end: () => void): Promise<void> {
  const ask = (): Promise<string> => fetch(url).then((response) => response.text(), codeOf);
  await ask();
  end();
  // With HTTP/2 the kept connection serves both.
  for (const answer of await Promise.all([ask(), ask()])) {
    assert.match(answer, /^(ok|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/);
  }
}

/** A device boots in 1970 and gets the right time later; then its CA expires. */
export async function clockIsSet({ url, root }: Input): Promise<unknown> {
  const { time, truststore, look } = play(url, 1000);
  const ended = Date.parse(new X509Certificate(root).validTo) + 1000;
  const injection = truststore.inject();
  const changes: unknown[] = [];
  let inside = false;
  injection.on('change', ({ added, removed }) => {
    changes.push([added.length, removed.length, inside]);
  });
  const lookAt = async (now: number): Promise<unknown> => {
    time.now = now;
    // These runtimes do not ask us when `node:https` connects.
    if (!isNode) time.last.fire();
    inside = true;
    const looking = look();
    inside = false;
    return looking;
  };
  assert.equal(time.timers.length, isNode ? 0 : 1, 'nothing runs before the set is needed');
  assert.deepEqual(await lookAt(1000), ['refused', 0]);
  assert.deepEqual(await lookAt(Date.now()), ['ok', 1]);
  assert.equal(time.last.ms, 60_000);
  if (isNode) await fetchAcross(url, () => (time.now = ended));
  assert.deepEqual(await lookAt(ended), ['refused', 0]);
  assert.deepEqual(await lookAt(ended - 1), ['ok', 1]);
  assert.equal(time.last.ms, 1);
  assert.deepEqual(changes, [
    [1, 0, false],
    [0, 1, false],
    [1, 0, false],
  ]);
  const armed = time.timers.length;
  await look();
  assert.equal(time.timers.length, armed, 'a connection costs no timer');
  assert.equal(time.last.handle.hasRef(), false);
  injection.restore();
  assert.ok(time.stopped.includes(time.last.handle));
  return 'as expected';
}

/**
 * A program that neither connects nor asks is notified too, and nothing that an expired certificate verified is reused.
 */
export async function timerEnds({ url, root }: Input): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const tls = require('node:tls') as typeof import('node:tls');
  const ended = Date.parse(new X509Certificate(root).validTo) + 1000;
  const { time, truststore, look } = play(url, ended - 5);
  const injection = truststore.inject();
  const agent = new https.Agent({ keepAlive: true });
  const open = tls.connect({ port: Number(new URL(url).port), host: 'localhost' });
  const session = await new Promise<Buffer>((resolve) => open.once('session', resolve));
  open.destroy();
  const verified = truststore.createAgent();
  const viaAgent = (): Promise<string> => viaHttps(url, { agent: verified });
  const before = [await look(), await viaHttps(url, { agent }), await viaAgent()];
  // The clock of the sessions is set back in between.
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  const { fire, ms } = time.last;
  fire();
  const early = time.timers.length;
  time.now = ended;
  const changed = new Promise<number>((resolve) => {
    injection.on('change', ({ removed }) => {
      resolve(removed.length);
    });
  });
  time.last.fire();
  const result = {
    before,
    ms,
    looksAgain: early > 1,
    removed: await changed,
    kept: await viaHttps(url, { agent }),
    agent: await viaAgent(),
    session: await viaTls(url, { session }),
    after: Object.values(await viaAll(url)),
    look: await look(),
  };
  Date.now = now;
  agent.destroy();
  return result;
}

/** Without bundled roots the set is empty at first and again later; then the last set is kept. */
export async function nothingIsValid({ url, root }: Input): Promise<unknown> {
  const { time, truststore, look } = play(url, 1000);
  const injection = truststore.inject({ bundled: false, userCAs: { env: false } });
  let warnings: string[] = [];
  injection.on('warning', ({ code }) => warnings.push(code));
  const results = [await look(), await look()];
  const [first] = warnings;
  warnings = [];
  time.now = Date.now();
  results.push(await look());
  time.now = Date.parse(new X509Certificate(root).validTo) + 1000;
  results.push(await look(), await look());
  return { results, first, warnings };
}

/** A test suite replaces the clock after the package is loaded. */
export async function suitePlays({ url }: Input): Promise<unknown> {
  const truststore = require('../../../dist/index.js') as Truststore;
  truststore.inject();
  const { setTimeout } = globalThis;
  const { now } = Date;
  let started = 0;
  Date.now = () => 1000;
  const counted = (...args: Parameters<typeof setTimeout>): NodeJS.Timeout => {
    started++;
    return setTimeout(...args);
  };
  for (const holder of [globalThis, timers]) Object.assign(holder, { setTimeout: counted });
  const answer = await viaTls(url);
  const held = truststore.getSystemCAs().length;
  for (const holder of [globalThis, timers]) Object.assign(holder, { setTimeout });
  Date.now = now;
  return [answer, held, started];
}
