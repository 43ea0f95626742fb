import type { TLSSocket } from 'node:tls';

import { codeOf, viaAll, viaHttps, viaTls } from '../attempts.js';
import type { Truststore } from '../scenario-tools.js';

export interface Input {
  /** The directory that stands for `/`. */
  root: string;
  urls: Record<string, string>;
}

/** Tries every way over a tree of files, first as the process's first connection. */
export async function everyWay({ root, urls }: Input): Promise<Record<string, string[]>> {
  const truststore = require('../../../dist/index.js') as Truststore;
  const system: object = { root };
  truststore.inject({ system });
  const secureContext = truststore.createSecureContext({ system });
  const agent = truststore.createAgent({ system, cacheDirectory: false });
  const answers: Record<string, string[]> = {};
  for (const [name, url] of Object.entries(urls)) {
    answers[name] = [
      await viaTls(url),
      await viaTls(url),
      await resumed(url),
      ...Object.values(await viaAll(url)),
      await viaTls(url, { secureContext }),
      await viaHttps(url, { agent }),
    ];
  }
  agent.destroy();
  return answers;
}

/** Returns what is said of each server. */
export async function explained({ root, urls }: Input): Promise<Record<string, string[]>> {
  const truststore = require('../../../dist/index.js') as Truststore;
  const system: object = { root };
  const said: Record<string, string[]> = {};
  for (const [name, url] of Object.entries(urls)) {
    const { ok, diagnoses } = await truststore.explain(url, { system, fetchIssuers: false });
    const [first] = diagnoses;
    said[name] = [String(ok), first?.name ?? '', first?.summary ?? '', first?.remedy ?? ''];
  }
  return said;
}

/** Resumes a session that an unverified connection got. */
async function resumed(url: string): Promise<string> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { hostname, port } = new URL(url);
  const target = { host: hostname, port: Number(port), servername: hostname };
  const session = await new Promise<Buffer | string>((resolve) => {
    const socket: TLSSocket = tls.connect({ ...target, rejectUnauthorized: false });
    socket.on('session', (bytes: Buffer) => {
      socket.destroy();
      resolve(bytes);
    });
    socket.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
  return typeof session === 'string' ? session : await viaTls(url, { session });
}
