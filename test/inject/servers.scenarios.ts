import { viaHttps } from './attempts.js';
import { withStore } from './scenario-tools.js';

interface Input {
  root: string;
  cert: string;
  key: string;
}

interface Message {
  level: string;
  fields: { code?: string };
}

/** `how` is the way the first server that deserves a warning is made. */
export function warnings({ root, cert, key, how }: Input & { how: string }): unknown {
  const https = require('node:https') as typeof import('node:https');
  const http2 = require('node:http2') as typeof import('node:http2');
  const tls = require('node:tls') as typeof import('node:tls');
  const { subscribe } = require('node:diagnostics_channel') as {
    subscribe(name: string, listener: (message: unknown) => void): void;
  };
  const seen: string[] = [];
  subscribe('os-truststore', (message) => {
    const { level, fields } = message as Message;
    if (level === 'warn') seen.push(String(fields.code));
  });
  const { truststore } = withStore({ anchors: [root] });
  const own = { cert, key };
  const count = (create: () => unknown): number => {
    const before = seen.length;
    create();
    return seen.length - before;
  };
  const early = count(() => https.createServer({ ...own, requestCert: true }));
  const injection = truststore.inject();
  const plain = count(() => https.createServer(own));
  const withCa = count(() => https.createServer({ ...own, requestCert: true, ca: root }));
  const asking = { ...own, requestCert: true };
  const ways: Record<string, () => unknown> = {
    'tls.createServer': () => tls.createServer(asking),
    'new tls.Server': () => new tls.Server(asking),
    'https.createServer': () => https.createServer(asking),
    'new https.Server': () => new https.Server(asking),
    'http2.createSecureServer': () => http2.createSecureServer(asking),
  };
  const first = count(() => ways[how]?.());
  const second = count(() => tls.createServer({ ...own, requestCert: true }));
  injection.restore();
  return { early, plain, withCa, first, second, codes: seen };
}

/** What a server with `requestCert` and no `ca` makes of a client whose root is in the store. */
export async function clientOfStore(
  input: Input & { url: string; clientCert: string; clientKey: string },
): Promise<unknown> {
  const https = require('node:https') as typeof import('node:https');
  const { truststore } = withStore({ anchors: [input.root] });
  truststore.inject();
  await viaHttps(input.url);
  await new Promise((resolve) => setTimeout(resolve, 30));
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
  const { createRoot } = require('./harness.js') as typeof import('./harness.js');
  return {
    withoutCa: await attempt(undefined),
    withOtherCa: await attempt((await createRoot()).pem),
    withCa: await attempt(input.root),
  };
}
