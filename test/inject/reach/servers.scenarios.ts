import { viaHttps } from '../attempts.js';
import { pause, withStore, writeDefaults } from '../scenario-tools.js';

interface Input {
  root: string;
  cert: string;
  key: string;
}

/** `how` is the way the first server that deserves a warning is made, or the context of one that names `ca` itself. */
export async function warnings({
  root,
  cert,
  key,
  how,
  file,
}: Input & { how: string; file: string }): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const http2 = require('node:http2') as typeof import('node:http2');
  const tls = require('node:tls') as typeof import('node:tls');
  const codes: unknown[] = [];
  process.on('warning', (warning) => codes.push((warning as { code?: string }).code));
  const { truststore } = withStore({ anchors: [root] });
  const own = { cert, key };
  const asking = { ...own, requestCert: true };
  const withCa = { ...asking, ca: root };
  const before = tls.createServer(withCa);
  const count = async (create: () => unknown): Promise<number> => {
    const had = codes.length;
    create();
    await pause(20);
    return codes.length - had;
  };
  const early = await count(() => https.createServer(asking));
  const injection = truststore.inject();
  const events: string[] = [];
  injection.on('warning', ({ code }) => events.push(code));
  const quiet = await count(() => {
    https.createServer(own).addContext('name', own);
    const server = tls.createServer(withCa);
    server.addContext('name', { ...own, ca: root });
    server.addContext('name', tls.createSecureContext(own));
    server.setSecureContext({ ...own, ca: root });
    const trust = truststore.trustOnFirstUse({ file, decide: () => 'refuse' });
    trust.protect(tls.createServer(asking)).addContext('name', own);
  });
  const ways: Record<string, () => unknown> = {
    'tls.createServer': () => tls.createServer(asking),
    'new tls.Server': () => new tls.Server(asking),
    'https.createServer': () => https.createServer(asking),
    'new https.Server': () => new https.Server(asking),
    'http2.createSecureServer': () => http2.createSecureServer(asking),
    'addContext()': () => {
      tls.createServer(withCa).addContext('name', own);
    },
    'addContext() of an HTTP/2 server': () => {
      http2.createSecureServer(withCa).addContext('name', own);
    },
    'addContext() of a server made before': () => {
      before.addContext('name', own);
    },
    'setSecureContext()': () => {
      before.setSecureContext(own);
    },
  };
  const first = await count(() => ways[how]?.());
  const second = await count(() => {
    tls.createServer(asking).addContext('name', own);
  });
  const { strategy } = injection;
  injection.restore();
  const after = await count(() => {
    tls.createServer(asking).addContext('name', own);
  });
  return { strategy, early, quiet, first, second, after, codes, events };
}

/**
 * Tells which clients, with roots in the store, the contexts of a server with `requestCert` and no `ca` accept after
 * the process was a client itself.
 */
export async function contextsOfStore(
  input: Input & { url: string; clientCert: string; clientKey: string; how: string },
): Promise<unknown> {
  const tls = require('node:tls') as typeof import('node:tls');
  const https = require('node:https') as typeof import('node:https');
  const http2 = require('node:http2') as typeof import('node:http2');
  const own = { cert: input.cert, key: input.key };
  const options = { ...own, requestCert: true, rejectUnauthorized: false };
  const make = (): import('node:tls').Server => {
    if (input.how === 'http2') return http2.createSecureServer({ ...options, allowHTTP1: true });
    return input.how === 'https' ? https.createServer(options) : tls.createServer(options);
  };
  const listen = async (): Promise<import('node:tls').Server> => {
    const server = make();
    server.addContext('before', own);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.addContext('after', own);
    return server;
  };
  const early = await listen();
  const { truststore } = withStore({ anchors: [input.root] });
  const { strategy } = truststore.inject();
  await viaHttps(input.url);
  writeDefaults();
  const letIn = (server: import('node:tls').Server, servername: string): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const { port } = server.address() as { port: number };
      const given = { cert: input.clientCert, key: input.clientKey, rejectUnauthorized: false };
      const client = tls.connect({ ...given, host: '127.0.0.1', port, servername });
      client.on('error', reject);
      server.once('secureConnection', (socket) => {
        resolve(socket.authorized);
        socket.on('error', () => undefined);
        client.destroy();
        socket.destroy();
      });
    });
  const ask = async (server: import('node:tls').Server): Promise<object> => {
    const answers = {
      main: await letIn(server, 'main'),
      before: await letIn(server, 'before'),
      after: await letIn(server, 'after'),
    };
    server.setSecureContext(own);
    return { ...answers, renewed: await letIn(server, 'main') };
  };
  const late = await listen();
  const result = { strategy, early: await ask(early), late: await ask(late) };
  early.close();
  late.close();
  return result;
}

/** Tells how a server with `requestCert` and no `ca` treats a client whose root is in the store. */
export async function clientOfStore(
  input: Input & { url: string; clientCert: string; clientKey: string },
): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore } = withStore({ anchors: [input.root] });
  truststore.inject();
  await viaHttps(input.url);
  writeDefaults();
  const attempt = (ca: string | undefined): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const server = https.createServer(
        {
          ...{ cert: input.cert, key: input.key, requestCert: true, rejectUnauthorized: false },
          ...(ca === undefined ? {} : { ca }),
        },
        (request, response) => {
          const { authorized } = request.socket as { authorized?: boolean };
          resolve(authorized === true);
          response.end();
        },
      );
      server.listen(0, () => {
        const { port } = server.address() as { port: number };
        const options = {
          port,
          rejectUnauthorized: false,
          cert: input.clientCert,
          key: input.clientKey,
        };
        https
          .get({ ...options, agent: false }, (response) => {
            response.resume();
            server.close();
          })
          .on('error', reject);
      });
    });
  const { createRoot } = require('../harness.js') as typeof import('../harness.js');
  return {
    withoutCa: await attempt(undefined),
    withOtherCa: await attempt((await createRoot()).pem),
    withCa: await attempt(input.root),
  };
}
