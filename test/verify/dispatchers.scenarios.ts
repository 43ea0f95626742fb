/**
 * Tests global dispatchers of every kind under an injection that verifies more.
 */
import type { LogMessage } from '../../dist/base/log.js';
import type { InjectOptions } from '../../dist/index.js';
import { codeOf, viaFetch } from './origin.js';

type Undici = typeof import('undici');

interface Input {
  url: string;
  root: string;
  /** A root without a server here, so that something is left when `root` is removed. */
  other?: string;
  /** Uses npm's undici in place of the built-in one. */
  npm?: boolean;
  options?: InjectOptions;
}

const KEYS = [1, 2].map((number) => Symbol.for(`undici.globalDispatcher.${String(number)}`));

function dispatchers(): unknown[] {
  return KEYS.map((key) => (globalThis as unknown as Record<symbol, unknown>)[key]);
}

function inject({
  root,
  other,
  options,
}: Input): ReturnType<typeof import('../../dist/index.js').inject> {
  const truststore = require('../../dist/index.js') as typeof import('../../dist/index.js');
  return truststore.inject({
    bundled: false,
    system: false,
    userCAs: { certificates: other === undefined ? [root] : [root, other], env: false },
    allowPrivateAddresses: true,
    cacheDirectory: false,
    ...options,
  });
}

function clientOf({ url, npm }: Input): () => Promise<string> {
  if (npm !== true) return () => viaFetch(url);
  const undici = require('undici') as Undici;
  undici.setGlobalDispatcher(new undici.EnvHttpProxyAgent());
  return () =>
    undici.request(url).then(
      ({ body }) => body.text(),
      (error: unknown) => codeOf(error),
    );
}

/** Whether this Node installs a dispatcher that reads the proxies of the environment. */
export function hasEnvProxy(): boolean {
  return dispatchers().some((one) => one?.constructor.name === 'EnvHttpProxyAgent');
}

/** Connects before, during and after, and checks that the same objects stay in place. */
export async function throughProxy(input: Input): Promise<unknown> {
  const client = clientOf(input);
  const results = [await client()];
  const before = dispatchers();
  const injection = inject(input);
  results.push(await client(), await client());
  injection.restore();
  results.push(await client());
  return { results, same: dispatchers().some((one, index) => one === before[index]) };
}

/** Keeps sockets and sessions from before a removal, and from before the end. */
export async function takenAway(input: Input): Promise<string[]> {
  const { X509Certificate } = require('node:crypto') as typeof import('node:crypto');
  const client = clientOf(input);
  const injection = inject(input);
  const results = [await client(), await client()];
  injection.remove(new X509Certificate(input.root).fingerprint256);
  results.push(await client());
  injection.add(input.root);
  results.push(await client());
  injection.restore();
  results.push(await client());
  return results;
}

/** Uses the stock dispatcher during an injection with and without verification. */
export async function identity(input: Input): Promise<unknown> {
  const results = [await viaFetch(input.url)];
  const before = dispatchers();
  const injection = inject({ ...input, options: {} });
  results.push(await viaFetch(input.url));
  inject(input);
  results.push(await viaFetch(input.url));
  injection.restore();
  const after = dispatchers();
  results.push(await viaFetch(input.url));
  return { results, same: after.every((one, index) => one === before[index]) };
}

/** Returns the version of HTTP that the server sees, without and with verification. */
export async function protocols(input: Input): Promise<string[]> {
  inject({ ...input, options: {} });
  const stock = await viaFetch(input.url);
  inject(input);
  return [stock, await viaFetch(input.url)];
}

const kinds: Record<string, (undici: Undici) => object> = {
  ProxyAgent: ({ ProxyAgent }) => new ProxyAgent('http://127.0.0.1:1'),
  RetryAgent: ({ Agent, RetryAgent }) => new RetryAgent(new Agent()),
  MockAgent: ({ MockAgent }) => new MockAgent(),
  composed: ({ Agent, interceptors }) => new Agent().compose(interceptors.retry()),
  'with options': ({ Agent }) => new Agent({ connections: 3 }),
  'for HTTP/2': ({ Agent }) => new Agent({ allowH2: true }),
  'proxies with options': ({ EnvHttpProxyAgent }) => new EnvHttpProxyAgent({ connections: 3 }),
  plain: ({ Agent }) => new Agent(),
};

/** Returns whether there is a warning when the dispatcher is set before and after the injection. */
export async function warnings(input: Input): Promise<Record<string, boolean[]>> {
  const { channel } =
    require('node:diagnostics_channel') as typeof import('node:diagnostics_channel');
  const undici = require('undici') as Undici;
  const messages = channel('os-truststore');
  let warned = false;
  messages.subscribe((message) => {
    warned ||= (message as LogMessage).fields['code'] === 'ERR_TRUSTSTORE_NOT_REACHED';
  });
  const original = undici.getGlobalDispatcher();
  const results: Record<string, boolean[]> = {};
  for (const [name, make] of Object.entries(kinds)) {
    const outcomes = [];
    for (const isFirst of [true, false]) {
      const own = make(undici) as import('undici').Dispatcher;
      warned = false;
      if (isFirst) undici.setGlobalDispatcher(own);
      const injection = inject(input);
      if (!isFirst) undici.setGlobalDispatcher(own);
      await undici.request(input.url).catch(() => undefined);
      outcomes.push(warned);
      injection.restore();
      undici.setGlobalDispatcher(original);
    }
    results[name] = outcomes;
  }
  return results;
}
