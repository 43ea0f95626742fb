import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as vm from 'node:vm';

import { viaHttps, viaTls } from '../attempts.js';
import { internalsOf, pause, withStore, writeDefaults } from '../scenario-tools.js';
import type { Truststore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
  otherUrl: string;
  otherRoot: string;
}

interface Tls {
  createSecureContext: (options?: object) => { context: { addCACert(pem: string): void } };
  getCACertificates?: (type?: string) => string[];
  setDefaultCACertificates?: (list: string[]) => void;
  rootCertificates: string[];
}

function loadTls(): Tls {
  const tls: unknown = require('node:tls');
  return tls as Tls;
}

export async function twice({ url, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const first = truststore.inject();
  const second = truststore.inject();
  const during = await viaHttps(url);
  second.restore();
  const after = await viaHttps(url);
  first.restore();
  const third = truststore.inject();
  const again = await viaHttps(url);
  truststore.restore();
  truststore.restore();
  return {
    same: first === second,
    during,
    after,
    fresh: third !== first,
    again,
    end: await viaHttps(url),
  };
}

export async function newOptions({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const first = truststore.inject();
  const before = [await viaHttps(url), await viaHttps(otherUrl)];
  const same = truststore.inject({ userCAs: otherRoot, system: false }) === first;
  await pause(50);
  return { same, before, after: [await viaHttps(url), await viaHttps(otherUrl)] };
}

/** Copies the package, as npm does for a dependency with another version range. */
function secondCopy(directory: string): Truststore {
  const project = join(__dirname, '../../..');
  cpSync(join(project, 'dist'), join(directory, 'dist'), { recursive: true });
  for (const folder of ['node_modules', 'build', 'prebuilds']) {
    symlinkSync(join(project, folder), join(directory, folder));
  }
  return require(join(directory, 'dist/index.js')) as Truststore;
}

export async function twoCopies({
  url,
  root,
  directory,
}: Input & { directory: string }): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const original = loadTls().createSecureContext;
  const injection = truststore.inject();
  const copy = secondCopy(directory);
  const isCopy = copy !== truststore;
  const same = copy.inject() === injection;
  const during = await viaHttps(url);
  copy.restore();
  const restored = loadTls().createSecureContext === original;
  return { isCopy, same, during, restored, after: await viaHttps(url) };
}

export async function patchedAfter({ url, root }: Input): Promise<unknown> {
  const tls = loadTls();
  const original = tls.createSecureContext;
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const ours = tls.createSecureContext;
  let calls = 0;
  const theirs = (options?: object): ReturnType<Tls['createSecureContext']> => {
    calls++;
    return ours(options);
  };
  tls.createSecureContext = theirs;
  const during = [await viaHttps(url), await viaHttps(url)];
  const called = calls;
  injection.restore();
  const kept = tls.createSecureContext === theirs;
  const after = await viaHttps(url);
  tls.createSecureContext = ours;
  return {
    during,
    called,
    kept,
    after,
    passThrough: await viaHttps(url),
    passesOn: original !== ours,
  };
}

/** Patches as libraries do that add CAs to each context. */
export async function patchedBefore({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const tls = loadTls();
  const original = tls.createSecureContext;
  let calls = 0;
  const theirs = (options?: object): ReturnType<Tls['createSecureContext']> => {
    calls++;
    const context = original(options);
    context.context.addCACert(otherRoot);
    return context;
  };
  tls.createSecureContext = theirs;
  const { truststore } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const during = [await viaHttps(url), await viaHttps(otherUrl), await viaHttps(url)];
  injection.restore();
  return {
    during,
    called: calls >= 3,
    restored: tls.createSecureContext === theirs,
    after: [await viaHttps(url), await viaHttps(otherUrl)],
  };
}

export async function userSets({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const tls = loadTls();
  if (!tls.setDefaultCACertificates || !tls.getCACertificates) return 'not there';
  const both = async (): Promise<string[]> => [await viaHttps(url), await viaHttps(otherUrl)];
  const { truststore } = withStore({ anchors: [root] });
  const stock = tls.getCACertificates('default');

  truststore.inject();
  tls.setDefaultCACertificates([otherRoot]);
  const replacedBeforeUse = await both();
  truststore.restore();
  const afterRestore = await both();
  tls.setDefaultCACertificates(stock);

  truststore.inject();
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), otherRoot]);
  const extended = await both();
  await truststore.inject().reload();
  const reloaded = await both();
  truststore.restore();
  const restored = await both();
  tls.setDefaultCACertificates(stock);

  truststore.inject();
  const used = await both();
  writeDefaults();
  tls.setDefaultCACertificates([otherRoot]);
  const replaced = await both();
  truststore.restore();
  return {
    replacedBeforeUse,
    afterRestore,
    extended,
    reloaded,
    restored,
    used,
    replaced,
    kept: await both(),
  };
}

/** A list the program set earlier is part of the defaults. */
export async function userSetBefore({ url, root, otherUrl, otherRoot }: Input): Promise<unknown> {
  const tls = loadTls();
  if (!tls.setDefaultCACertificates) return 'not there';
  tls.setDefaultCACertificates([otherRoot]);
  const { truststore } = withStore({ anchors: [root] });
  truststore.inject();
  await viaHttps(url);
  await pause(30);
  const during = [await viaHttps(url), await viaHttps(otherUrl)];
  truststore.restore();
  return { during, after: [await viaHttps(url), await viaHttps(otherUrl)] };
}

export async function disposed({ url, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const symbol = (Symbol as { dispose?: symbol }).dispose ?? Symbol.for('Symbol.dispose');
  const injection = truststore.inject() as unknown as Record<symbol, () => void>;
  const during = await viaHttps(url);
  injection[symbol]?.();
  return { during, after: await viaHttps(url) };
}

/**
 * Runs test files as jest does: modules in a context and a registry of their own, core modules shared, `process`
 * copied, and `require` refused once a file is done.
 */
function sandbox(): { truststore: Truststore; tearDown(): void } {
  let done = false;
  const registry = new Map<string, { exports: unknown }>();
  const context = vm.createContext({
    ...{ Buffer, setTimeout, clearTimeout, setImmediate, clearImmediate, setInterval },
    ...{ clearInterval, queueMicrotask, performance, console, Promise, URL },
    process: Object.assign(
      Object.create(Object.getPrototypeOf(process) as object),
      process,
    ) as object,
  });
  const load = (file: string): unknown => {
    const known = registry.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    registry.set(file, module);
    const native = createRequire(file);
    const sandboxed = (name: string): unknown => {
      if (done) {
        throw new Error(
          'You are trying to `import` a file after the environment has been torn down',
        );
      }
      const resolved = native.resolve(name);
      return /[\\/]dist[\\/]/.test(resolved) ? load(resolved) : native(name);
    };
    const code = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
    const run = vm.runInContext(code, context, { filename: file }) as (...args: unknown[]) => void;
    run(
      module.exports,
      Object.assign(sandboxed, { resolve: native.resolve }),
      module,
      file,
      dirname(file),
    );
    return module.exports;
  };
  const truststore = load(join(__dirname, '../../../dist/index.js')) as Truststore;
  return {
    truststore,
    tearDown: () => {
      done = true;
    },
  };
}

export async function testFiles({ url, root }: Input): Promise<unknown> {
  const { createMemoryBinding } =
    require('../../helpers/memory-binding.js') as typeof import('../../helpers/memory-binding.js');
  const results: unknown[] = [];
  const injections = new Set<unknown>();
  for (let file = 0; file < 3; file++) {
    const { truststore, tearDown } = sandbox();
    internalsOf(truststore).setBindingForTests(createMemoryBinding({ anchors: [root] }));
    injections.add(truststore.inject());
    // The first file ends before TLS is used.
    if (file > 0) results.push(await viaHttps(url));
    tearDown();
    results.push(await viaHttps(url));
  }
  const { truststore } = sandbox();
  truststore.restore();
  return { results, injections: injections.size, after: await viaTls(url) };
}

export function arraysOfAnotherRealm({ url, root }: Input): Promise<string> {
  const { truststore } = withStore({});
  const userCAs = vm.runInNewContext('[pem]', { pem: root }) as string[];
  truststore.inject({ userCAs });
  return viaHttps(url);
}
