import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

import { viaAll, viaFetch, viaHttp2, viaHttps, viaTls } from '../attempts.js';
import { withStore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
}

export async function everyWay({ url, root }: Input): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const before = await viaAll(url);
  const injection = truststore.inject();
  const during = await viaAll(url);
  injection.restore();
  return { before, during, after: await viaAll(url), strategy: injection.strategy };
}

/** Each way is the very first use of TLS in the process. */
export function httpsFirst({ url, root }: Input): Promise<string> {
  withStore({ anchors: [root] }).truststore.inject();
  return viaHttps(url);
}
export function tlsFirst({ url, root }: Input): Promise<string> {
  withStore({ anchors: [root] }).truststore.inject();
  return viaTls(url);
}
export function http2First({ url, root }: Input): Promise<string> {
  withStore({ anchors: [root] }).truststore.inject();
  return viaHttp2(url);
}
export function fetchFirst({ url, root }: Input): Promise<string> {
  const held = globalThis.fetch;
  withStore({ anchors: [root] }).truststore.inject();
  return held(url).then(
    (response) => response.text(),
    (error: unknown) => String((error as { cause?: { code?: unknown } }).cause?.code),
  );
}
export function captured({ url, root }: Input): Promise<string[]> {
  const { connect } = require('node:tls') as typeof import('node:tls');
  const { get } = require('node:https') as typeof import('node:https');
  withStore({ anchors: [root] }).truststore.inject();
  const { port } = new URL(url);
  return Promise.all([
    new Promise<string>((resolve) => {
      const socket = connect({ host: 'localhost', port: Number(port) }, () => {
        socket.destroy();
        resolve('ok');
      });
      socket.on('error', (error) => {
        resolve((error as NodeJS.ErrnoException).code ?? '');
      });
    }),
    new Promise<string>((resolve) => {
      get(url, { agent: false }, (response) => {
        response.resume().on('end', () => {
          resolve('ok');
        });
      }).on('error', (error) => {
        resolve((error as NodeJS.ErrnoException).code ?? '');
      });
    }),
  ]);
}

interface Client {
  attempt(url: string): Promise<Record<string, string>>;
}

/** Uses named imports of ES modules, bound before and after injecting. */
export async function esModules({ url, root }: Input): Promise<unknown> {
  const file = path.join(__dirname, '../../../test/inject/fixtures/es-module-client.mjs');
  const load = async (specifier: string): Promise<Client> => (await import(specifier)) as Client;
  const early = await load(`${pathToFileURL(file).href}?early`);
  withStore({ anchors: [root] }).truststore.inject();
  const late = await load(`${pathToFileURL(file).href}?late`);
  return { early: await early.attempt(url), late: await late.attempt(url) };
}

export async function ownAgents({ url, root }: Input): Promise<string[]> {
  const https = require('node:https') as typeof import('node:https');
  const early = new https.Agent({ keepAlive: true });
  withStore({ anchors: [root] }).truststore.inject();
  const late = new https.Agent({ keepAlive: true });
  const results = [
    await viaHttps(url, { agent: early }),
    await viaHttps(url, { agent: late }),
    await viaHttps(url, { agent: https.globalAgent }),
  ];
  early.destroy();
  late.destroy();
  https.globalAgent.destroy();
  return results;
}

/** Makes a TLS session over an existing socket, and uses a context of the caller's own. */
export async function lowLevel({ url, root }: Input): Promise<string[]> {
  withStore({ anchors: [root] }).truststore.inject();
  const net = require('node:net') as typeof import('node:net');
  const tls = require('node:tls') as typeof import('node:tls');
  const { port } = new URL(url);
  const socket = net.connect(Number(port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return [
    await viaTls(url, { socket }),
    await viaTls(url, { secureContext: tls.createSecureContext() }),
  ];
}

/** Injecting must not change how an agent's pools and sessions look. */
export async function agentInternals({ url, root }: Input): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const look = async (): Promise<unknown> => {
    const agent = new https.Agent({ keepAlive: true });
    const seen: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      seen.push(
        await new Promise((resolve, reject) => {
          const request = https.get(url, { agent, rejectUnauthorized: false }, (response) => {
            const socket = request.socket as import('node:tls').TLSSocket;
            response.resume().on('end', () => {
              resolve([request.reusedSocket, socket.alpnProtocol, socket.getProtocol()]);
            });
          });
          request.on('error', reject);
        }),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    const names = Object.keys(agent.freeSockets);
    agent.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const resumed = await new Promise((resolve, reject) => {
      const request = https.get(url, { agent, rejectUnauthorized: false }, (response) => {
        const socket = request.socket as import('node:tls').TLSSocket;
        const reused = socket.isSessionReused();
        response.resume().on('end', () => {
          resolve(reused);
        });
      });
      request.on('error', reject);
    });
    agent.destroy();
    return { seen, names, resumed };
  };
  const stock = await look();
  const { truststore } = withStore({ anchors: [root] });
  truststore.inject();
  return { stock, injected: await look() };
}

export async function viaFetchAfterUse({ url, root }: Input): Promise<string[]> {
  const before = await viaFetch(url);
  withStore({ anchors: [root] }).truststore.inject();
  return [before, await viaFetch(url)];
}
