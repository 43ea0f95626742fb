import type { ErrorExplanation, InjectOptions } from '../../dist/inject/types.js';
import type { MemoryStore } from '../helpers/memory-binding.js';
import { withStore } from './scenario-tools.js';
import type { Truststore } from './scenario-tools.js';

interface Input {
  /** By name. */
  urls: Record<string, string>;
  /** Undefined for this machine's. */
  store?: MemoryStore;
  inject?: InjectOptions;
  /** Names another CA for connections. */
  ca?: string;
  /** The code of an error of the program's own `checkServerIdentity`. */
  own?: string;
}

export interface Seen {
  code?: string;
  message: string;
  explanation?: ErrorExplanation;
  /** What a program prints that ends with the error. */
  stack: string;
  keys: string[];
}

function describe(error: unknown): Seen {
  const { code, message, stack, explanation, cause } = error as Seen & { cause?: unknown };
  if (cause !== undefined) return describe(cause);
  return {
    ...(code === undefined ? {} : { code }),
    message,
    ...(explanation === undefined ? {} : { explanation }),
    stack,
    keys: Object.keys(error as object),
  };
}

/** One connection; `ok` when it is accepted. */
type Way = (url: string, ca: string | undefined, own?: string) => Promise<Seen | 'ok'>;

const viaTls: Way = (url, ca, own) => {
  const tls = require('node:tls') as typeof import('node:tls');
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port: Number(port),
      servername: hostname,
      ...(ca === undefined ? {} : { ca }),
      ...(own === undefined
        ? {}
        : { checkServerIdentity: () => Object.assign(new Error('not our pin'), { code: own }) }),
    });
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve('ok');
    });
    socket.on('error', (error) => {
      resolve(describe(error));
    });
  });
};

const viaHttps: Way = (url) => {
  const https = require('node:https') as typeof import('node:https');
  return new Promise((resolve) => {
    https
      .get(url, (response) => {
        response.resume().on('end', () => {
          resolve('ok');
        });
      })
      .on('error', (error) => {
        resolve(describe(error));
      });
  });
};

const viaHttp2: Way = (url) => {
  const http2 = require('node:http2') as typeof import('node:http2');
  return new Promise((resolve) => {
    const session = http2.connect(url);
    session.on('connect', () => {
      session.destroy();
      resolve('ok');
    });
    session.on('error', (error) => {
      resolve(describe(error));
    });
  });
};

const viaFetch: Way = (url) =>
  fetch(url).then(
    (response) => response.text().then(() => 'ok' as const),
    (error: unknown) => describe(error),
  );

function start({ store, inject }: Input): Truststore {
  const truststore = store
    ? withStore(store).truststore
    : (require('../../dist/index.js') as Truststore);
  truststore.inject(inject);
  return truststore;
}

/** One connection to each address. */
export async function eachUrl(input: Input): Promise<Record<string, Seen | 'ok'>> {
  start(input);
  const seen: Record<string, Seen | 'ok'> = {};
  for (const [name, url] of Object.entries(input.urls)) {
    seen[name] = await viaTls(url, input.ca, input.own);
  }
  return seen;
}

/** Each way to the first address, and `tls` again when the injection has ended. */
export async function eachWay(input: Input): Promise<Record<string, Seen | 'ok'>> {
  const truststore = start(input);
  const [url = ''] = Object.values(input.urls);
  const seen = {
    fetch: await viaFetch(url, undefined),
    https: await viaHttps(url, undefined),
    http2: await viaHttp2(url, undefined),
    tls: await viaTls(url, undefined),
  };
  truststore.restore();
  return { ...seen, after: await viaTls(url, undefined) };
}
