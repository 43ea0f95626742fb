import { viaAll, viaHttps, viaTls } from './attempts.js';
import { writeDefaults } from './scenario-tools.js';
import type { Truststore } from './scenario-tools.js';

interface Input {
  urls: Record<string, string>;
  late?: { file: string };
  inject?: object;
}

const load = (): Truststore => require('../../dist/index.js') as Truststore;

/** Tells which servers are reached before injecting, first, once settled, and afterwards. */
export async function reach({ urls, late, inject }: Input): Promise<unknown> {
  const all = async (): Promise<Record<string, string>> => {
    const results: Record<string, string> = {};
    for (const [name, url] of Object.entries(urls)) results[name] = await viaHttps(url);
    return results;
  };
  const before = await all();
  if (late) process.env.NODE_EXTRA_CA_CERTS = late.file;
  const injection = load().inject(inject);
  const first = await all();
  writeDefaults();
  const settled = await all();
  // A key of its own gives the connection a context of its own.
  const own: Record<string, string> = {};
  for (const [name, url] of Object.entries(urls)) {
    own[name] = await viaTls(url, { maxVersion: 'TLSv1.2' });
  }
  const { strategy } = injection;
  injection.restore();
  return { before, first, settled, own, strategy, after: await all() };
}

/** Runs in a locked-down process. */
export async function lockedDown({ urls }: Input): Promise<unknown> {
  try {
    const { ready } = load().inject({ userCAs: { env: false } });
    const { errors, strategy } = await ready;
    return { strategy, errors: errors.length > 0, reached: await viaAll(urls.system ?? '') };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}
