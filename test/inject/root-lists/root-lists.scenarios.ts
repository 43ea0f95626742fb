import { viaTls } from '../attempts.js';
import { withStore } from '../scenario-tools.js';
import {
  CLIENTS,
  exactShapes,
  makeClient,
  nestedShapes,
  nodesRoots,
  shapes,
} from './root-lists.shapes.js';
import type { Client, Shape } from './root-lists.shapes.js';

/** `url` is under `root`, which only the store holds, and `ownUrl` under `own`, which only the program knows. */
export interface Input {
  url: string;
  root: string;
  ownUrl: string;
  own: string;
}

/** The outcomes of each combination, as `store/own`, before, during and after the injection. */
type Rows = Record<string, string[]>;

interface Trial {
  name: string;
  early: Client;
  late: () => Client;
}

const tried = async (client: Client, { url, ownUrl }: Input): Promise<string> =>
  `${await client(url)} ${await client(ownUrl)}`;

/** Makes clients by name: with the list, made now and made later. */
function trialsOf(clients: readonly string[], lists: Record<string, Shape>, own: string): Trial[] {
  return clients.flatMap((client) =>
    Object.entries(lists).map(([shape, make]) => ({
      name: `${client}, ${shape}`,
      early: makeClient(client, make(nodesRoots(), own)),
      late: () => makeClient(client, make(nodesRoots(), own)),
    })),
  );
}

/** Tries the same clients before, during and after an injection, and clients made during it. */
async function follow(trials: readonly Trial[], input: Input, options: object): Promise<Rows> {
  const rows: Rows = {};
  const { truststore } = withStore({ anchors: [input.root] });
  for (const { name, early } of trials) rows[name] = [await tried(early, input)];
  const injection = truststore.inject(options);
  const made = trials.map(({ name, early, late }) => ({ name, early, late: late() }));
  for (const { name, early, late } of made) {
    rows[name]?.push(await tried(early, input), await tried(late, input));
  }
  injection.restore();
  for (const { name, early, late } of made) {
    rows[name]?.push(await tried(early, input), await tried(late, input));
  }
  return rows;
}

const some: Record<string, Shape> = Object.fromEntries(
  Object.entries(shapes).filter(([name]) => ['spread', 'Buffers'].includes(name)),
);

export function everyClient(input: Input): Promise<Rows> {
  return follow(trialsOf(CLIENTS, some, input.own), input, {});
}

export function fewClients(input: Input): Promise<Rows> {
  return follow(trialsOf(['tls.connect', 'https.Agent'], some, input.own), input, {});
}

export function everyShape(input: Input): Promise<Rows> {
  return follow(trialsOf(['tls.connect'], shapes, input.own), input, {});
}

export function nested(input: Input): Promise<Rows> {
  return follow(trialsOf(['tls.connect', 'https.Agent'], nestedShapes, input.own), input, {});
}

/** Tries all clients with all shapes during the injection. */
export async function everyCombination(input: Input): Promise<Rows> {
  const rows: Rows = {};
  const early = trialsOf(CLIENTS, shapes, input.own);
  withStore({ anchors: [input.root] }).truststore.inject();
  for (const { name, early: client } of early) rows[name] = [await client(input.url)];
  return rows;
}

export function exact(input: Input): Promise<Rows> {
  return follow(trialsOf(['tls.connect'], exactShapes, input.own), input, {});
}

export function switchedOff(input: Input): Promise<Rows> {
  return follow(trialsOf(CLIENTS, some, input.own), input, { rootLists: false });
}

/** Tries plain `tls.rootCertificates`, which names nothing else. */
export async function rootsAlone(input: Input): Promise<Rows> {
  const list = { rootCertificates: (roots: readonly string[]) => roots };
  return follow(trialsOf(CLIENTS, list, input.own), input, {});
}

/** Tries the lists that this package gives to programs that want their own. */
export async function ownLists(input: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [input.root] });
  truststore.inject();
  const options = { system: false, userCAs: input.own };
  const list = truststore.getTrustedCAs(options);
  const late = await truststore.getTrustedCAsAsync(options);
  const secureContext = truststore.createSecureContext(options);
  return {
    list: await tried(makeClient('tls.connect', list), input),
    async: await tried(makeClient('https.Agent', late), input),
    context: await tried((url) => viaTls(url, { secureContext }), input),
    copy: await tried(makeClient('tls.connect', [...list]), input),
  };
}

/** The program changes a list that was recognised. */
export async function changedInPlace(input: Input): Promise<unknown> {
  withStore({ anchors: [input.root] }).truststore.inject();
  const roots = nodesRoots();
  const list = [...roots, input.own];
  const [first = '', second = ''] = roots;
  const results: Record<string, string> = {};
  const look = async (name: string, ca: unknown = list): Promise<void> => {
    results[name] = await tried(makeClient('tls.connect', ca), input);
  };
  await look('at first');
  list[0] = second;
  await look('a root replaced');
  list[0] = first;
  await look('put back');
  list.pop();
  await look('own taken out');
  list.push(input.own);
  await look('own put back');
  list.length = 40;
  await look('cut');

  const buffers = [...roots, input.own].map((pem) => Buffer.from(pem));
  const inner = [...roots];
  const nested = [inner, input.own];
  await look('bytes at first', buffers);
  await look('nested at first', nested);
  const [bytes = Buffer.alloc(0)] = buffers;
  bytes.set(Buffer.from('-----BEGIN NOTHING OF USE---'));
  await look('bytes overwritten', buffers);
  bytes.set(Buffer.from(first));
  await look('bytes put back', buffers);
  inner.pop();
  await look('nested, a root popped', nested);
  return results;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Copies options and the list in them, as libraries do that add something. */
function handOnCopies(name: 'createSecureContext' | 'connect'): void {
  const tls = require('node:tls') as Record<typeof name, AnyFunction>;
  const original = tls[name];
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const { ca } = value as { ca?: unknown };
    return { ...value, ...(Array.isArray(ca) ? { ca: [...(ca as unknown[])] } : {}) };
  };
  tls[name] = (...args) => original(...args.map(copy));
}

/** Another library replaced a function of `tls`, before or after the injection began. */
export async function patched(
  input: Input & { name: 'createSecureContext' | 'connect'; early: boolean },
): Promise<unknown> {
  const { truststore } = withStore({ anchors: [input.root] });
  const clients = CLIENTS.map((name) => makeClient(name, [...nodesRoots(), input.own]));
  const all = async (): Promise<string[]> => {
    const results = new Set<string>();
    for (const client of clients) results.add(await tried(client, input));
    return [...results];
  };
  if (input.early) handOnCopies(input.name);
  const injection = truststore.inject();
  if (!input.early) handOnCopies(input.name);
  const during = await all();
  injection.restore();
  return { during, after: await all() };
}
