import { X509Certificate } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { viaAll, viaFetch, viaHttps, viaTls } from '../attempts.js';
import { pause, withStore } from '../scenario-tools.js';
import type { Truststore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
  otherUrl: string;
  otherRoot: string;
  selfUrl: string;
  selfSigned: string;
  fingerprint: string;
}

type Code = string | undefined;
const codeOf = (error: unknown): Code => (error as { code?: string }).code;

export async function addAndRemove(input: Input): Promise<unknown> {
  const { url, root, otherUrl, otherRoot, selfUrl, selfSigned, fingerprint } = input;
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const changes: [number, number][] = [];
  injection.on('change', ({ added, removed }) => changes.push([added.length, removed.length]));
  const before = [await viaHttps(url), await viaHttps(otherUrl), await viaHttps(selfUrl)];
  injection.add(otherRoot);
  injection.add(selfSigned);
  const added = [await viaHttps(url), await viaHttps(otherUrl), await viaHttps(selfUrl)];
  injection.remove(fingerprint);
  const removed = await viaAll(url);
  injection.add(root);
  const back = await viaHttps(url);
  let bad: Code;
  try {
    injection.add('no certificate at all');
  } catch (error) {
    bad = codeOf(error);
  }
  let badFingerprint: Code;
  try {
    injection.remove('12:34');
  } catch (error) {
    badFingerprint = codeOf(error);
  }
  return { before, added, removed, back, bad, badFingerprint, changes };
}

/** Adds before TLS is used. */
export async function addEarly({
  otherUrl,
  otherRoot,
  url,
  root,
  fingerprint,
}: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  injection.add(otherRoot);
  injection.remove(fingerprint.toLowerCase().replaceAll(':', ''));
  return [await viaHttps(otherUrl), await viaHttps(url)];
}

export async function removeLast({ root, fingerprint, url }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject({ bundled: false, userCAs: { env: false } });
  const before = await viaHttps(url);
  let code: Code;
  try {
    injection.remove(fingerprint);
  } catch (error) {
    code = codeOf(error);
  }
  return { before, code, after: await viaHttps(url) };
}

export async function reload({
  url,
  root,
  otherUrl,
  otherRoot,
  fingerprint,
}: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  await injection.ready;
  const before = [await viaHttps(url), await viaHttps(otherUrl)];
  const unchanged = await injection.reload();
  binding.setStore({ anchors: [otherRoot] });
  const [first, second] = await Promise.all([injection.reload(), injection.reload()]);
  const diff = {
    added: first.added.map(({ pem }) => pem === otherRoot),
    removed: first.removed.map((certificate) => certificate.fingerprint256 === fingerprint),
    subjects: first.removed.map(({ subject }) => subject === new X509Certificate(root).subject),
  };
  return {
    before,
    unchanged,
    diff,
    shared: JSON.stringify(first) === JSON.stringify(second),
    after: [await viaHttps(url), await viaHttps(otherUrl)],
  };
}

export async function reloadDeadline({ root, url }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  const injection = truststore.inject({ deadlineMs: 100 });
  const before = await viaHttps(url);
  binding.setStore({});
  binding.setDelay(Infinity);
  const code = await injection.reload().then(() => 'reloaded', codeOf);
  return { before, code, after: await viaHttps(url) };
}

/** Has a kept-alive socket, a cached session and fetch's pool, all from before the removal. */
export async function nothingOldLivesOn({ url, fingerprint, root }: Input): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const agent = new https.Agent({ keepAlive: true });
  const sessions = new https.Agent({ keepAlive: false, maxSockets: 1 });
  const pooled = (): Promise<string> =>
    fetch(url).then(
      (response) => response.text(),
      (error: unknown) => String(codeOf((error as { cause?: unknown }).cause)),
    );
  const all = async (version?: 'TLSv1.2' | 'TLSv1.3'): Promise<string[]> => [
    await viaHttps(url, { agent }),
    await viaHttps(url, { agent: sessions, ...(version ? { maxVersion: version } : {}) }),
    await viaHttps(url, { agent: https.globalAgent }),
    await pooled(),
  ];
  const before = [...(await all()), ...(await all('TLSv1.2'))];
  // An open connection stays open.
  const tls = require('node:tls') as typeof import('node:tls');
  const open = tls.connect({ port: Number(new URL(url).port), host: 'localhost' });
  await new Promise((resolve) => open.once('secureConnect', resolve));
  const held = await new Promise<Buffer>((resolve) => {
    open.once('session', resolve);
  });
  await pause(1100);
  injection.remove(fingerprint);
  const after = [...(await all()), ...(await all('TLSv1.2'))];
  const userKept = await viaTls(url, { session: held });
  const alive = !open.destroyed && open.writable;
  open.destroy();
  injection.add(root);
  await pause(1100);
  const back = await all();
  const reused = await new Promise<boolean>((resolve, reject) => {
    const request = https.get(url, { agent: sessions }, (response) => {
      const socket = request.socket as import('node:tls').TLSSocket;
      const isReused = socket.isSessionReused();
      response.resume().on('end', () => {
        resolve(isReused);
      });
    });
    request.on('error', reject);
  });
  for (const each of [agent, sessions, https.globalAgent]) each.destroy();
  return { before, after, userKept, alive, back, reused };
}

/**
 * Returns the key under which the built-in fetch finds its Agent: Node 24 has one under both names, Node 26 only a
 * wrapper under the first.
 */
function dispatcherKey(holder: Record<symbol, object>): symbol | undefined {
  return [1, 2]
    .map((version) => Symbol.for(`undici.globalDispatcher.${version}`))
    .find((symbol) => holder[symbol]?.constructor.name === 'Agent');
}

export async function userDispatcher({ url, fingerprint, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  await viaFetch(url);
  const holder = globalThis as unknown as Record<symbol, object>;
  const key = dispatcherKey(holder);
  if (key === undefined) return 'no dispatcher';
  const stock = holder[key];
  const Agent = stock?.constructor as new (options: object) => object;
  const own = new Agent({ connect: { timeout: 1234 } });
  holder[key] = own;
  injection.remove(fingerprint);
  const kept = holder[key] === own;
  holder[key] = stock ?? own;
  injection.add(root);
  injection.remove(fingerprint);
  return { kept, same: holder[key] === stock };
}

/** A global dispatcher that a program made of a stock Agent, while something is removed and restored. */
export async function composedDispatcher({ url, root, fingerprint }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  await viaFetch(url);
  const holder = globalThis as unknown as Record<symbol, object>;
  const key = dispatcherKey(holder);
  if (key === undefined) return 'no dispatcher';
  type Dispatch = (...args: unknown[]) => unknown;
  type AgentClass = new () => EventEmitter & { dispatch: Dispatch };
  const Stock = holder[key]?.constructor as AgentClass;
  let made = 0;
  class Agent extends Stock {
    constructor() {
      super();
      made++;
    }
  }
  const counted = new Stock();
  const events: string[] = [];
  counted.on('connect', () => events.push('connect'));
  const agent = new Stock();
  const dispatch: Dispatch = (...args) => agent.dispatch(...args);
  const cases: Record<string, object> = {
    // undici 7's `compose()` does this.
    composed: new Proxy(agent, {
      get: (target, name) =>
        name === 'dispatch' ? dispatch : (Reflect.get(target, name) as unknown),
    }),
    changed: Object.assign(new Stock(), { dispatch }),
    subclass: new Agent(),
  };
  const kept: Record<string, boolean> = {};
  for (const [name, dispatcher] of Object.entries(cases)) {
    holder[key] = dispatcher;
    const injection = truststore.inject();
    await viaHttps(url);
    injection.remove(fingerprint);
    injection.restore();
    kept[name] = holder[key] === dispatcher;
  }
  holder[key] = counted;
  const injection = truststore.inject();
  const answers = [await viaFetch(url)];
  injection.remove(fingerprint);
  injection.add(root);
  answers.push(await viaFetch(url));
  return { kept, made, same: holder[key] === counted, answers, events };
}

/** Changes the real store in the ways of administrators and Kubernetes. */
export async function watched(input: Input & { directory: string; how: string }): Promise<unknown> {
  const { url, root, otherUrl, otherRoot, directory, how } = input;
  const truststore = require('../../../dist/index.js') as Truststore;
  const injection = truststore.inject({ watch: true });
  const before = [await viaHttps(url), await viaHttps(otherUrl)];
  const changed = new Promise<unknown>((resolve) => {
    injection.on('change', ({ added, removed }) => {
      resolve({
        added: added.map(({ pem }) => pem === otherRoot),
        removed: removed.map(({ pem }) => pem === root),
      });
    });
  });
  const keepAlive = setTimeout(() => undefined, 20_000);
  const ways: Record<string, () => void> = {
    rename: () => {
      fs.writeFileSync(path.join(directory, 'new.tmp'), otherRoot);
      fs.renameSync(path.join(directory, 'new.tmp'), path.join(directory, 'ca.pem'));
    },
    rewrite: () => {
      fs.writeFileSync(path.join(directory, 'ca.pem'), otherRoot);
    },
    configMap: () => {
      fs.mkdirSync(path.join(directory, '..2'));
      fs.writeFileSync(path.join(directory, '..2', 'ca.pem'), otherRoot);
      fs.symlinkSync('..2', path.join(directory, '..data_tmp'));
      fs.renameSync(path.join(directory, '..data_tmp'), path.join(directory, '..data'));
      fs.rmSync(path.join(directory, '..1'), { recursive: true });
    },
    directory: () => {
      fs.rmSync(path.join(directory, 'a.pem'));
      fs.writeFileSync(path.join(directory, 'b.pem'), otherRoot);
    },
  };
  await pause(50);
  ways[how]?.();
  const diff = await changed;
  clearTimeout(keepAlive);
  return { before, diff, after: [await viaHttps(url), await viaHttps(otherUrl)] };
}

/** The native watch, where the system itself notifies. */
export async function nativeWatch({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  const injection = truststore.inject({ watch: true });
  const before = [await viaHttps(url), await viaHttps(otherUrl)];
  binding.setStore({ anchors: [root, otherRoot] });
  const changed = new Promise((resolve) => {
    injection.on('change', resolve);
  });
  const reads = binding.reads;
  for (let i = 0; i < 50; i++) binding.notify();
  const keepAlive = setTimeout(() => undefined, 20_000);
  await changed;
  clearTimeout(keepAlive);
  const after = [await viaHttps(url), await viaHttps(otherUrl)];
  injection.restore();
  binding.notify();
  await pause(300);
  return { before, after, burst: binding.reads - reads };
}

export async function watchKeepsNothingAlive({ root, url }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  truststore.inject({ watch: true });
  return viaHttps(url);
}
