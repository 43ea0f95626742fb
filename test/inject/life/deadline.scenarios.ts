import { X509Certificate } from 'node:crypto';

import { viaFetch, viaHttps, viaTls } from '../attempts.js';
import { pause, withStore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
  userUrl: string;
  userRoot: string;
}

function blockedFor(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

/** A read takes three seconds: inject returns, and the first context waits for the rest. */
export async function slowStore({ url, root }: Input): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { truststore, binding } = withStore({ anchors: [root] });
  binding.setDelay(3000);
  const started = performance.now();
  const injecting = blockedFor(() => truststore.inject({ deadlineMs: 30_000 }));
  await pause(1500);
  const waiting = blockedFor(() => tls.createSecureContext());
  const total = performance.now() - started;
  return { injecting, waiting, total, attempt: await viaTls(url), reads: binding.reads };
}

export async function hangingStore({ url, root, userUrl, userRoot }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  const warnings: string[] = [];
  process.on('warning', (warning) => warnings.push(String((warning as { code?: unknown }).code)));
  binding.setDelay(Infinity);
  const injection = truststore.inject({ deadlineMs: 150, userCAs: userRoot });
  const events: string[] = [];
  const changes: number[] = [];
  injection.on('warning', ({ code }) => events.push(code));
  injection.on('change', ({ added }) => changes.push(added.length));
  const report = await injection.ready;
  const before = { system: await viaHttps(url), user: await viaHttps(userUrl) };
  const bundled = injection.certificates.length;
  const answered = new Promise((resolve) => injection.on('change', resolve));
  binding.answer();
  await answered;
  return {
    late: report.late,
    before,
    bundled,
    after: {
      system: await viaHttps(url),
      user: await viaHttps(userUrl),
      fetch: await viaFetch(url),
    },
    certificates: injection.certificates.length,
    events,
    warnings,
    changes,
    stillLate: (await injection.ready).late,
  };
}

interface Late extends Input {
  /** A server whose root the store distrusts. */
  evilUrl: string;
  evil: string;
  /** A CA whose issuer does not exist. */
  orphan: string;
}

/** Adds CAs while the store has not answered yet. */
export async function addWhileHanging(input: Late): Promise<unknown> {
  const { url, root, userUrl, userRoot, evilUrl, evil, orphan } = input;
  const { truststore, binding } = withStore({ anchors: [root], distrusted: [evil] });
  binding.setDelay(Infinity);
  const injection = truststore.inject({ deadlineMs: 2000 });
  const warnings: string[] = [];
  injection.on('warning', ({ message }) => warnings.push(message.replace(/:.*/, '')));
  await injection.ready;
  const blocked = blockedFor(() => {
    for (const ca of [userRoot, orphan, evil]) injection.add(ca);
  });
  const all = async (): Promise<string[]> => [
    await viaHttps(url),
    await viaHttps(userUrl),
    await viaHttps(evilUrl),
  ];
  const before = await all();
  const { late } = await injection.ready;
  const stillLate = injection.certificates.includes(orphan);
  const diff = await new Promise<unknown>((resolve) => {
    injection.on('change', ({ added, removed }) => {
      resolve({ added: added.length, removed: removed.map(({ pem }) => pem === evil) });
    });
    binding.answer();
  });
  const holdsOrphan = stillLate || injection.certificates.includes(orphan);
  return { blocked, late, before, diff, after: await all(), holdsOrphan, warnings };
}

/** Adds CAs while the store does not answer again. */
export async function addAfterAnswer(input: Late): Promise<unknown> {
  const { url, root, userUrl, userRoot, evilUrl, evil } = input;
  const { truststore, binding } = withStore({ anchors: [root], distrusted: [evil] });
  const injection = truststore.inject({ deadlineMs: 2000 });
  const first = await viaHttps(url);
  const warnings: string[] = [];
  injection.on('warning', ({ message }) => warnings.push(message.replace(/:.*/, '')));
  binding.setDelay(Infinity);
  injection.add(evil);
  const blocked = blockedFor(() => {
    injection.add(userRoot);
  });
  const after = [await viaHttps(url), await viaHttps(userUrl), await viaHttps(evilUrl)];
  injection.remove(new X509Certificate(root).fingerprint256);
  return { first, blocked, after, removed: await viaHttps(url), warnings };
}

/** TLS is not loaded, and nothing keeps the process alive. */
export async function idle({ root }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  binding.setDelay(Infinity);
  truststore.inject({ watch: true, deadlineMs: 50_000 });
  await pause(50);
  const list = (process as unknown as { moduleLoadList: string[] }).moduleLoadList;
  return ['tls', 'https', 'worker_threads'].filter((name) => list.includes(`NativeModule ${name}`));
}

export async function emptyStore({ url, root }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({});
  const tls = require('node:tls') as typeof import('node:tls');
  const injection = truststore.inject({ bundled: false, userCAs: { env: false } });
  const codes: string[] = [];
  injection.on('warning', ({ code }) => codes.push(code));
  tls.createSecureContext();
  const nothing = await viaHttps(url);
  const reloading = await injection.reload().then(
    () => 'reloaded',
    (error: unknown) => (error as { code?: string }).code,
  );
  binding.setStore({ anchors: [root] });
  await injection.reload();
  const filled = await viaHttps(url);
  binding.setStore({});
  const emptied = await injection.reload().then(
    () => 'reloaded',
    (error: unknown) => (error as { code?: string }).code,
  );
  return {
    codes: [...new Set(codes)],
    nothing,
    reloading,
    filled,
    emptied,
    kept: await viaHttps(url),
  };
}

/** A source fails while the set is in use: what was trusted stays trusted. */
export async function failingSource({ url, root }: Input): Promise<unknown> {
  const { truststore, binding } = withStore({ anchors: [root] });
  const injection = truststore.inject();
  const before = await viaHttps(url);
  binding.setStore({ error: 'gone' });
  const reload = await injection.reload().then(
    () => 'reloaded',
    (error: unknown) => (error as { code?: string }).code,
  );
  return {
    before,
    reload,
    after: await viaHttps(url),
    certificates: injection.certificates.length,
  };
}

export async function failingAtStart({ url }: Input): Promise<unknown> {
  const { truststore } = withStore({ error: 'permission denied' });
  const injection = truststore.inject();
  const { errors, certificates, warnings } = await injection.ready;
  return {
    codes: errors.map(({ code }) => code),
    certificates,
    warnings: warnings.length,
    url: await viaHttps(url),
  };
}
