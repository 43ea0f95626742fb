/**
 * What programs keep of connections that were accepted only because of an injection.
 */
import type { Agent } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

import { codeOf } from '../attempts.js';
import { pause, withStore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
}

type Client = (url: string) => Promise<string>;

function viaAgent(agent: Agent): Client {
  const https = require('node:https') as typeof import('node:https');
  return (url) =>
    new Promise((resolve) => {
      https
        .get(url, { agent }, (response) => {
          response.resume().on('end', () => {
            // The session of TLS 1.3 comes after the handshake.
            setTimeout(resolve, 50, 'ok');
          });
        })
        .on('error', (error) => {
          resolve(codeOf(error));
        });
    });
}

/** Behaves like a program that keeps the session itself. */
function viaKeptSession(): Client {
  const tls = require('node:tls') as typeof import('node:tls');
  let session: Buffer | undefined;
  return (url) =>
    new Promise((resolve) => {
      const { port } = new URL(url);
      const options = { host: 'localhost', port: Number(port), servername: 'localhost', session };
      const socket: TLSSocket = tls.connect(options, () => {
        socket.end('GET / HTTP/1.0\r\n\r\n');
      });
      socket.on('session', (kept: Buffer) => (session = kept));
      socket.resume().on('end', () => {
        resolve('ok');
      });
      socket.on('error', (error) => {
        resolve(codeOf(error));
      });
    });
}

/** Uses a dispatcher of the program's own, whose connections are closed after each answer. */
function viaOwnDispatcher(): Client {
  const undici = require('undici') as typeof import('undici');
  const dispatcher = new undici.Agent({ pipelining: 0 });
  return (url) =>
    undici.request(url, { dispatcher, reset: true }).then(
      ({ body }) => body.text(),
      (error: unknown) => codeOf(error),
    );
}

/**
 * Tries each client twice during an injection and once after it; the second injection of a process must end like the
 * first.
 */
export async function kept({ url, root }: Input): Promise<Record<string, string[]>> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore } = withStore({ anchors: [root] });
  const clients: Record<string, Client> = {
    agent: viaAgent(new https.Agent()),
    'agent that keeps sockets': viaAgent(new https.Agent({ keepAlive: true })),
    'global agent': viaAgent(https.globalAgent),
    'session of its own': viaKeptSession(),
    'dispatcher of its own': viaOwnDispatcher(),
    fetch: (address) => fetch(address).then((response) => response.text(), codeOf),
  };
  const results: Record<string, string[]> = {};
  for (let round = 0; round < 2; round++) {
    const injection = truststore.inject();
    for (const [name, client] of Object.entries(clients)) {
      (results[name] ??= []).push(await client(url), await client(url));
    }
    injection.restore();
    for (const [name, client] of Object.entries(clients)) results[name]?.push(await client(url));
  }
  return results;
}

/** A request that is under way when the injection ends is finished, and its socket is not reused. */
export async function underWay({ url, root }: Input): Promise<string[]> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore } = withStore({ anchors: [root] });
  const agent = new https.Agent({ keepAlive: true });
  const injection = truststore.inject();
  const first = await new Promise<string>((resolve) => {
    https.get(url, { agent }, (response) => {
      injection.restore();
      response.resume().on('end', () => {
        setTimeout(resolve, 50, 'ok');
      });
    });
  });
  return [first, await viaAgent(agent)(url)];
}

/** A listener ends the injection at its first event, in the middle of other work. */
export async function endedByListener({
  url,
  root,
  other,
}: Input & { other: string }): Promise<unknown> {
  const { truststore } = withStore({ anchors: [root] });
  const https = require('node:https') as typeof import('node:https');
  const tls = require('node:tls') as typeof import('node:tls');
  const look = (): unknown[] => [
    tls.getCACertificates?.('default').length,
    process.env['NODE_OPTIONS'],
  ];
  const before = look();
  const restored: boolean[] = [];
  const end = (injection: { restore(): void }) => (): void => {
    injection.restore();
    restored.push(true);
  };
  const warned = truststore.inject({ userCAs: { files: ['/does not exist.pem'] } });
  warned.on('warning', end(warned));
  await viaAgent(new https.Agent())(url);
  await pause(50);
  const changed = truststore.inject({ childProcesses: true });
  changed.on('change', end(changed));
  tls.createSecureContext();
  changed.add(other);
  await pause(50);
  return {
    restored,
    answer: await viaAgent(new https.Agent())(url),
    isAsBefore: isDeepStrictEqual(before, look()),
  };
}
