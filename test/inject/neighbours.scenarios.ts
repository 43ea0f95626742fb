/**
 * Puts objects of other libraries, as hostile as possible, in the place of Node's own, before and after an injection.
 */
import type * as Https from 'node:https';
import type * as Tls from 'node:tls';

import type { LogMessage } from '../../dist/base/log.js';
import type { InjectOptions } from '../../dist/index.js';
import { viaTls } from './attempts.js';
import { observables, pause, withStore } from './scenario-tools.js';

type Injection = ReturnType<typeof import('../../dist/index.js').inject>;

interface Input {
  url: string;
  root: string;
  other: string;
  fingerprint: string;
  options: InjectOptions;
}

/** Something put at `holder[key]`; the test restores the original. */
interface Neighbour {
  holder: object;
  keys: PropertyKey[];
  descriptor: PropertyDescriptor | (() => PropertyDescriptor);
  /** The original cannot be restored. */
  stays?: boolean;
}

const KEYS = [1, 2].map((number) => Symbol.for(`undici.globalDispatcher.${String(number)}`));

function mine(): never {
  throw new Error('mine');
}

/** Throws at every access. */
function touchy(): object {
  const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, mine]);
  return new Proxy({}, Object.fromEntries(traps) as ProxyHandler<object>);
}

/** Looks like undici's object by its name and that of its base, and no more. */
function impostor(name: string): object {
  class DispatcherBase {
    readonly closed = false;
  }
  const classes = {
    [name]: class extends DispatcherBase {
      constructor(options?: object) {
        super();
        if (options === undefined) mine();
      }
    },
  };
  const Impostor = classes[name] as new (options: object) => object;
  return new Impostor({});
}

function agents(): Record<string, Neighbour> {
  const https = require('node:https') as typeof Https;
  const { globalAgent } = https;
  const locked = new https.Agent();
  for (const name of ['createConnection', 'createSocket', 'addRequest'] as const) {
    const value = (globalAgent as unknown as Record<string, unknown>)[name];
    Object.defineProperty(locked, name, { value });
  }
  const place = { holder: https, keys: ['globalAgent'] };
  const put = (value: unknown): Neighbour => ({ ...place, descriptor: { value } });
  return {
    // global-agent 4 installs this.
    bare: put({ addRequest: () => undefined, options: {}, defaultPort: 443, protocol: 'https:' }),
    locked: put(locked),
    touchy: put(touchy()),
    getter: { ...place, descriptor: { get: mine, configurable: true } },
  };
}

function dispatchers(): Record<string, Neighbour> {
  const keys = KEYS.filter((key) => key in globalThis);
  const place = { holder: globalThis, keys };
  const put = (value: unknown): Neighbour => ({ ...place, descriptor: { value } });
  return {
    'plain dispatcher': put({ dispatch: () => true }),
    'touchy dispatcher': put(touchy()),
    'Agent by name': put(impostor('Agent')),
    'EnvHttpProxyAgent by name': put(impostor('EnvHttpProxyAgent')),
    'Dispatcher1Wrapper by name': put(impostor('Dispatcher1Wrapper')),
    'locked dispatcher': { ...place, stays: true, descriptor: { writable: false } },
  };
}

function wrappers(): Record<string, Neighbour> {
  const tls = require('node:tls') as typeof Tls;
  const descriptor = (): PropertyDescriptor => {
    const original = tls.createSecureContext;
    const value: typeof original = (options) => original(options);
    return { value };
  };
  return { wrapper: { holder: tls, keys: ['createSecureContext'], descriptor } };
}

function describe({ holder, keys }: Neighbour): (PropertyDescriptor | undefined)[] {
  return keys.map((key) => Object.getOwnPropertyDescriptor(holder, key));
}

function same(a: ReturnType<typeof describe>, b: ReturnType<typeof describe>): boolean {
  return a.every(
    (one, index) => one?.value === b[index]?.value && one?.writable === b[index]?.writable,
  );
}

function put({ holder, keys, descriptor }: Neighbour): () => void {
  const undo = keys.map((key) => {
    const before = Object.getOwnPropertyDescriptor(holder, key);
    const value = typeof descriptor === 'function' ? descriptor() : descriptor;
    Object.defineProperty(holder, key, value);
    return () => {
      if (before) Reflect.defineProperty(holder, key, before);
    };
  });
  return () => {
    for (const one of undo) one();
  };
}

/** Runs the steps of a program, none of which may throw. */
async function live(
  input: Input,
  neighbour: Neighbour,
  order: 'before' | 'after',
): Promise<Record<string, unknown>> {
  const { truststore } = withStore({ anchors: [input.root, input.other] });
  const threw: string[] = [];
  const attempt = <Result>(name: string, step: () => Result): Result | undefined => {
    try {
      return step();
    } catch (error) {
      threw.push(`${name}: ${String(error)}`);
      return undefined;
    }
  };
  const state = observables();
  let undo = order === 'before' ? put(neighbour) : undefined;
  const given = describe(neighbour);
  const injection: Injection | undefined = attempt('inject', () =>
    truststore.inject(input.options),
  );
  undo ??= put(neighbour);
  const placed = describe(neighbour);
  const results = [await viaTls(input.url)];
  attempt('remove', () => injection?.remove(input.fingerprint));
  results.push(await viaTls(input.url));
  attempt('restore', () => injection?.restore());
  results.push(await viaTls(input.url));
  const kept = same(describe(neighbour), order === 'before' ? given : placed);
  if (neighbour.stays) return { threw, results, kept, changed: [] };
  undo();
  // A wrapper removed by its owner brings back what was below it, which was ours.
  if (neighbour.keys.includes('createSecureContext')) return { threw, results, kept, changed: [] };
  const after = observables();
  const changed = Object.keys(state).filter((key) => state[key] !== after[key]);
  return { threw, results, kept, changed };
}

/** Tries every neighbour in both orders; returns the outcome of each, and whether there was a warning. */
export async function neighbours(input: Input): Promise<Record<string, unknown>> {
  if (typeof globalThis.Response !== 'function') throw new Error('no fetch');
  const { subscribe } =
    require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
  let warned = false;
  subscribe('os-truststore', (message) => {
    warned ||= (message as LogMessage).fields['code'] === 'ERR_TRUSTSTORE_NOT_REACHED';
  });
  const results: Record<string, unknown> = {};
  const all = { ...agents(), ...wrappers(), ...dispatchers() };
  for (const [name, neighbour] of Object.entries(all)) {
    for (const order of ['before', 'after'] as const) {
      warned = false;
      const result = await live(input, neighbour, order);
      results[`${name}, ${order}`] = { ...result, warned };
    }
  }
  return results;
}

/** Makes contexts as @grpc/grpc-js does, with the file of its variable; returns the warnings. */
export async function grpcRoots({ root }: Input): Promise<string[]> {
  const { truststore } = withStore({ anchors: [root] });
  const warnings: string[] = [];
  truststore.inject().on('warning', ({ message }) => warnings.push(message));
  const tls = require('node:tls') as typeof import('node:tls');
  const { readFileSync } = require('node:fs') as typeof import('node:fs');
  const ca = readFileSync(process.env['GRPC_DEFAULT_SSL_ROOTS_FILE_PATH'] ?? '');
  tls.createSecureContext({ ca });
  tls.createSecureContext({ ca });
  tls.createSecureContext({ ca: [Buffer.from(root)] });
  await pause(300);
  return warnings;
}
