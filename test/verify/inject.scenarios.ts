/**
 * Tests what `inject()` with verification does to a process; each scenario has a process of its own.
 */
import type { InjectOptions } from '../../dist/index.js';
import { codeOf, viaFetch, viaHttps } from './origin.js';

type Truststore = typeof import('../../dist/index.js');

interface Input {
  url: string;
  root: string;
  options: InjectOptions;
  /** A host whose root is not trusted. */
  other?: string;
}

function load(): Truststore {
  return require('../../dist/index.js') as Truststore;
}

function optionsOf({ root, options }: Input): InjectOptions {
  return {
    bundled: false,
    system: false,
    userCAs: { certificates: [root], env: false },
    allowPrivateAddresses: true,
    cacheDirectory: false,
    ...options,
  };
}

async function everyClient(url: string): Promise<Record<string, string>> {
  const https = await viaHttps(url, {});
  const fetched = await viaFetch(url);
  const undici = require('undici') as typeof import('undici');
  const npm = await undici.request(url).then(
    ({ body }) => body.text(),
    (error: unknown) => codeOf(error),
  );
  return { https, fetch: fetched, undici: npm };
}

/** Does what README shows. */
export async function oneLine(input: Input): Promise<unknown> {
  load().inject(optionsOf(input));
  return await viaFetch(input.url);
}

export async function beforeDuringAfter(input: Input): Promise<unknown> {
  const { inject } = load();
  const plain = optionsOf({ ...input, options: {} });
  const injection = inject(plain);
  const before = await everyClient(input.url);
  inject(optionsOf(input));
  const during = await everyClient(input.url);
  inject(plain);
  const after = await everyClient(input.url);
  injection.restore();
  return { before, during, after };
}

/** Loads npm's undici first, so that it makes the global dispatcher. */
export async function npmUndiciFirst(input: Input): Promise<unknown> {
  require('undici');
  load().inject(optionsOf(input));
  return await everyClient(input.url);
}

const DISPATCHERS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) =>
  Symbol.for(name),
);

/** Records what an injection changes, by value and by identity. */
function lookAround(): () => { changed: string[] } {
  if (typeof globalThis.Response !== 'function') throw new Error('no fetch');
  const https = require('node:https') as typeof import('node:https');
  const tls = require('node:tls') as typeof import('node:tls');
  const look = (): Record<string, unknown> => ({
    ...own('tls', tls),
    ...own('https', https),
    ...own('agent', https.globalAgent),
    ...own('threads', require('node:worker_threads') as object),
    ...own('diagnostics', require('node:diagnostics_channel') as object),
    ...Object.fromEntries(DISPATCHERS.map((key) => [String(key), kindOf(key)])),
    symbols: Object.getOwnPropertySymbols(globalThis).length,
    environment: JSON.stringify(process.env),
  });
  const before = look();
  return () => {
    const after = look();
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return { changed: [...names].filter((name) => before[name] !== after[name]) };
  };
}

/** A new dispatcher of Node's kind is as good as the original one. */
function kindOf(key: symbol): string {
  const dispatcher = (globalThis as unknown as Record<symbol, object | undefined>)[key] ?? {};
  const isOurs = Symbol.for('os-truststore.verifiedDispatcher') in dispatcher;
  return `${dispatcher.constructor.name} ${isOurs ? 'of ours' : 'of Node'}`;
}

/** Counters of agents are not changes. */
function own(prefix: string, object: object): Record<string, unknown> {
  return Object.fromEntries(
    Reflect.ownKeys(object).map((key) => {
      const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
      const isCounted = typeof value === 'number';
      return [`${prefix}.${String(key)}`, isCounted ? undefined : value];
    }),
  );
}

/** Afterwards nothing of Node may differ. */
export function observables(input: Input): unknown {
  const compare = lookAround();
  const injection = load().inject(optionsOf(input));
  const during = compare();
  injection.restore();
  return { during: during.changed, after: compare().changed };
}

/** The program has made something unchangeable, which the injection finds only halfway. */
export async function halfWay(input: Input): Promise<unknown> {
  if (typeof globalThis.Response !== 'function') throw new Error('no fetch');
  Object.freeze(require('node:worker_threads'));
  const compare = lookAround();
  const { inject, restore } = load();
  const given = optionsOf({ ...input, options: {} });
  const plain = { ...given, workers: false };
  const attempt = (options: InjectOptions): string => {
    try {
      inject(options);
      return 'done';
    } catch (error) {
      return (error as Error).name;
    }
  };
  const more = { ...given, ...input.options, childProcesses: true };
  const first = { outcome: attempt(more), changed: compare().changed };
  // It starts again, and stays as it is when more is asked of it in vain.
  const again = [attempt(plain)];
  const before = compare().changed;
  again.push(attempt({ ...more, bundled: true }));
  const same = JSON.stringify(before) === JSON.stringify(compare().changed);
  const client = await viaHttps(input.url, {});
  restore();
  return { first, again, same, client, after: compare().changed };
}

/** A dispatcher of the program's own stays in place. */
export async function ownDispatcher(input: Input): Promise<unknown> {
  const undici = require('undici') as typeof import('undici');
  const own = new undici.Agent({ connect: { timeout: 1234 } });
  undici.setGlobalDispatcher(own);
  const injection = load().inject(optionsOf(input));
  const kept = undici.getGlobalDispatcher() === own;
  const result = await undici.request(input.url).then(
    ({ body }) => body.text(),
    (error: unknown) => codeOf(error),
  );
  injection.restore();
  return { kept, result };
}

/** What a request itself says keeps its meaning. */
export async function explicitOptions(input: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  load().inject(optionsOf(input));
  const ca = input.root;
  return {
    ca: await viaHttps(input.url, { ca }),
    secureContext: await viaHttps(input.url, {
      secureContext: tls.createSecureContext({ ca }),
    } as object),
    rejectUnauthorized: await viaHttps(input.url, { rejectUnauthorized: false }),
    checkServerIdentity: await viaHttps(input.url, {
      checkServerIdentity: () => Object.assign(new Error('mine'), { code: 'MINE' }),
    }),
    noCa: [await viaHttps(input.url, { ca: '' }), await viaHttps(input.url, { ca: undefined })],
    plain: await viaHttps(input.url, {}),
  };
}

/** A list that holds all of Node's roots is verified like the defaults, plus what else it names. */
export async function rootLists(input: Input): Promise<unknown> {
  const { rootCertificates } = require('node:tls') as typeof import('node:tls');
  const { inject } = load();
  const { url, root, other = '' } = input;
  const via = (...ca: string[]): Promise<string> => viaHttps(url, { ca });
  inject(optionsOf(input));
  const rootInForce = await via(...rootCertificates, other);
  inject(optionsOf({ ...input, root: other }));
  const rootNamed = await via(...rootCertificates, root);
  const nested = [[[root]], rootCertificates] as unknown as string[];
  const nestedToo = await viaHttps(url, { ca: nested });
  const oneMissing = await via(...rootCertificates.slice(1), root);
  inject({ ...optionsOf(input), rootLists: false });
  const switchedOff = await via(...rootCertificates, root);
  return { rootInForce, rootNamed, nestedToo, oneMissing, switchedOff };
}

/** A list that a client names replaces the set of its agent, whatever is injected. */
export async function ownAgent(input: Input): Promise<unknown> {
  const { rootCertificates } = require('node:tls') as typeof import('node:tls');
  const { createAgent, inject } = load();
  const options = optionsOf(input);
  inject(options);
  const via = (ca: string[]): Promise<string> =>
    viaHttps(input.url, { ca, agent: createAgent(options) });
  return {
    injected: await via([...rootCertificates, input.other ?? '']),
    named: await via([...rootCertificates, input.root]),
  };
}

/** A root that is removed at run time is removed from sessions, sockets and contexts. */
export async function removal(input: Input): Promise<unknown> {
  const injection = load().inject(optionsOf(input));
  const before = await everyClient(input.url);
  const { X509Certificate } = require('node:crypto') as typeof import('node:crypto');
  injection.add(input.other ?? '');
  injection.remove(new X509Certificate(input.root).fingerprint256);
  const after = await everyClient(input.url);
  injection.add(input.root);
  const again = await everyClient(input.url);
  return { before, after, again };
}

/** Defaults that a program sets later win over what was injected. */
export async function programsOwnDefaults(input: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls') & {
    setDefaultCACertificates?: (certificates: string[]) => void;
  };
  if (!tls.setDefaultCACertificates) return 'not there';
  load().inject(optionsOf(input));
  tls.setDefaultCACertificates([input.other ?? '']);
  return await everyClient(input.url);
}

/** A worker that uses fetch(). */
export async function worker(input: Input): Promise<unknown> {
  load().inject(optionsOf(input));
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    fetch(workerData).then((response) => response.text()).then(
      (text) => parentPort.postMessage(text),
      (error) => parentPort.postMessage(error.cause?.code ?? String(error)),
    );`;
  const thread = new Worker(code, { eval: true, workerData: input.url });
  return await new Promise((resolve, reject) => {
    thread.on('message', resolve);
    thread.on('error', reject);
  });
}

/** Runs under `--require os-truststore/register`; the environment says what to do. */
export async function registered(input: Input): Promise<unknown> {
  return await viaFetch(input.url);
}
