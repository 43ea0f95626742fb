import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker, WorkerOptions } from 'node:worker_threads';

import type { Truststore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
}

const CLIENT = join(__dirname, '../../../test/inject/fixtures/client.cjs');

type WorkerThreads = typeof import('node:worker_threads');
const threads = (): WorkerThreads => require('node:worker_threads') as WorkerThreads;
const load = (): Truststore => require('../../../dist/index.js') as Truststore;

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

export async function workers({ url, root }: Input): Promise<unknown> {
  const { Worker: Captured } = threads();
  const start = (options: WorkerOptions = {}, file = CLIENT): Promise<unknown> =>
    answerOf(new (threads().Worker)(file, { workerData: url, ...options }));
  const before = await start();
  const injection = load().inject({ userCAs: root });
  const code = readFileSync(CLIENT, 'utf8');
  class Own extends threads().Worker {}
  const results = {
    file: await start(),
    eval: await start({ eval: true }, code),
    'execArgv: []': await start({ execArgv: [] }),
    'env: {}': await start({ env: {} }),
    SHARE_ENV: await start({ env: threads().SHARE_ENV }),
    subclass: await answerOf(new Own(CLIENT, { workerData: url })),
  };
  const instance = new (threads().Worker)(CLIENT, { workerData: url });
  const shapes = {
    own: instance instanceof threads().Worker,
    captured: instance instanceof Captured,
    name: threads().Worker.name,
  };
  await answerOf(instance);
  injection.restore();
  return {
    before,
    results,
    shapes,
    after: await start(),
    restored: threads().Worker === Captured,
    data: threads().getEnvironmentData('os-truststore.options') === undefined,
  };
}

export async function nested({ url, root }: Input): Promise<unknown> {
  load().inject({ userCAs: root });
  const code = `
    const { Worker, parentPort, workerData } = require('node:worker_threads');
    const inner = new Worker(${JSON.stringify(CLIENT)}, { workerData });
    inner.once('message', (message) => parentPort.postMessage(message));
  `;
  return answerOf(new (threads().Worker)(code, { eval: true, workerData: url }));
}

export async function withoutWorkers({ url, root }: Input): Promise<unknown> {
  load().inject({ userCAs: root, workers: false });
  return answerOf(new (threads().Worker)(CLIENT, { workerData: url }));
}

function resultOf(child: import('node:child_process').ChildProcess): Promise<unknown> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve) => {
    child.on('close', () => {
      resolve(JSON.parse(/RESULT (.*)/.exec(text)?.[1] ?? '"nothing"'));
    });
  });
}

export async function children({ url, root }: Input): Promise<unknown> {
  const given = process.env.NODE_OPTIONS;
  const run = {
    spawn: () => resultOf(spawn(process.execPath, [CLIENT, url])),
    fork: () => resultOf(fork(CLIENT, [url], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })),
    copied: () =>
      resultOf(spawn(process.execPath, [CLIENT, url], { env: { ...process.env, MORE: '1' } })),
  };
  const all = async (): Promise<unknown> => ({
    spawn: await run.spawn(),
    fork: await run.fork(),
    copied: await run.copied(),
  });
  const before = await all();
  const injection = load().inject({ userCAs: root, childProcesses: true });
  const during = await all();
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --no-deprecation`;
  const grandchild = await resultOf(
    spawn(process.execPath, [
      '-e',
      `require('node:child_process').spawn(process.execPath, ${JSON.stringify([CLIENT, url])}, { stdio: 'inherit' })`,
    ]),
  );
  injection.restore();
  const left = process.env.NODE_OPTIONS;
  const options = process.env.OS_TRUSTSTORE_OPTIONS;
  return { given, before, during, grandchild, left, options, after: await all() };
}

/** A worker and a child process name all of Node's roots in `ca`. */
export async function rootLists({
  url,
  root,
  rootLists,
}: Input & { rootLists: boolean }): Promise<unknown> {
  load().inject({ userCAs: root, rootLists, childProcesses: true });
  return {
    worker: await answerOf(new (threads().Worker)(CLIENT, { workerData: [url, 'roots'] })),
    child: await resultOf(spawn(process.execPath, [CLIENT, url, 'roots'])),
  };
}

/** A worker that shares the environment injects too, and its end takes nothing back. */
export async function sharedEnvironment({ url, root }: Input): Promise<unknown> {
  const given = process.env.NODE_OPTIONS;
  const injection = load().inject({ userCAs: root, childProcesses: true });
  const inForce = process.env.NODE_OPTIONS;
  const { Worker } = threads();
  const worker = new Worker(CLIENT, { workerData: url, env: threads().SHARE_ENV });
  const answer = await answerOf(worker);
  await worker.terminate();
  const inChild = `process.stdout.write('RESULT ' + JSON.stringify(process.env.NODE_OPTIONS))`;
  const child = await resultOf(spawn(process.execPath, ['-e', inChild]));
  const once = process.env.NODE_OPTIONS === inForce && child === inForce;
  injection.restore();
  return {
    answer,
    once,
    left: [process.env.NODE_OPTIONS === given, process.env.OS_TRUSTSTORE_OPTIONS],
    after: await resultOf(spawn(process.execPath, [CLIENT, url])),
  };
}

/** The options exceed an environment variable: with certificates that can go elsewhere, and with data that cannot. */
export async function largeOptions({
  url,
  root,
  file,
}: Input & { file: string }): Promise<unknown> {
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message.replace(/:.*/, '')));
  const given = process.env.NODE_OPTIONS;
  const truststore = load();
  const start = (): Promise<unknown> => resultOf(spawn(process.execPath, [CLIENT, url]));
  const certificates = Array<string>(400).fill(root);
  const byValue = truststore.inject({ userCAs: certificates, childProcesses: true });
  const values = await start();
  byValue.restore();
  const byFile = truststore.inject({
    userCAs: { certificates, files: [file] },
    childProcesses: true,
  });
  const files = await start();
  const handedOn = JSON.parse(process.env.OS_TRUSTSTORE_OPTIONS ?? '') as object;
  truststore.inject({
    userCAs: { files: [file] },
    exclude: Array.from({ length: 3000 }, (_, i) => i.toString(16).padStart(64, '0')),
    childProcesses: true,
  });
  const excluding = await start();
  const left = [process.env.OS_TRUSTSTORE_OPTIONS, process.env.NODE_OPTIONS === given];
  byFile.restore();
  return { values, files, handedOn, excluding, left, warnings };
}
