/**
 * One process of the matrix: one client, and at most one library that comes in between.
 */
import type { Truststore } from '../scenario-tools.js';
import { makers, patches, takeSession } from './distrust-matrix.clients.js';

export interface Patcher {
  name: keyof typeof patches;
  when: 'before' | 'after';
}

export interface Input {
  client: keyof typeof makers;
  patcher?: Patcher;
  /** The very first connection of the process goes to the first one. */
  urls: string[];
}

/** The first connection, the second, and one that tries to resume a session. */
export type Attempts = [first: string, second: string, resumed: string];

/** This many servers are tried at the same time, once the very first connection has its answer. */
const AT_ONCE = 4;

function prepare({ patcher }: Input): void {
  if (patcher?.when === 'before') patches[patcher.name]();
  (require('../../../dist/index.js') as Truststore).inject();
  if (patcher?.when === 'after') patches[patcher.name]();
}

async function attemptAll({ client, urls }: Input): Promise<Attempts[]> {
  const reach = makers[client]();
  const attempt = async (url: string): Promise<Attempts> => [
    await reach(url),
    await reach(url),
    await reach(url, await takeSession(url)),
  ];
  const [first, ...others] = urls.entries();
  const results: Attempts[] = [];
  if (first) results[0] = await attempt(first[1]);
  const work = async (): Promise<void> => {
    for (let next = others.shift(); next; next = others.shift()) {
      results[next[0]] = await attempt(next[1]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

export function inMainThread(input: Input): Promise<Attempts[]> {
  prepare(input);
  return attemptAll(input);
}

/**
 * A library that comes after the injection is loaded in a worker that inherits it. One that comes before is loaded in a
 * worker before the worker's own injection.
 */
export function inWorker(input: Input): Promise<unknown> {
  const before = input.patcher?.when === 'before';
  if (!before) (require('../../../dist/index.js') as Truststore).inject();
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const code = `require(${JSON.stringify(__filename)}).${before ? 'withOwn' : 'withInherited'}()`;
  const worker = new Worker(code, { eval: true, workerData: input });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function answerFor(work: (input: Input) => Promise<Attempts[]>): void {
  const threads = require('node:worker_threads') as typeof import('node:worker_threads');
  void work(threads.workerData as Input).then((results) => {
    threads.parentPort?.postMessage(results);
  });
}

export function withOwn(): void {
  answerFor(inMainThread);
}

export function withInherited(): void {
  answerFor((input) => {
    if (input.patcher) patches[input.patcher.name]();
    return attemptAll(input);
  });
}
