/**
 * Ways to reach a server. Each answers `ok` or the code of the failure, on its own connection unless it is given an
 * agent. Modules are loaded when they are used.
 */
import type { SecureClientSessionOptions } from 'node:http2';
import type { AgentOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

export function codeOf(error: unknown): string {
  const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: string };
  if (typeof code === 'string') return code;
  return cause === undefined ? String(message) : codeOf(cause);
}

export function viaHttps(
  url: string,
  options: AgentOptions & { agent?: unknown } = {},
): Promise<string> {
  const https = require('node:https') as typeof import('node:https');
  return new Promise((resolve) => {
    https
      .get(url, { agent: false, ...options } as object, (response) => {
        response.resume();
        response.on('end', () => {
          resolve('ok');
        });
      })
      .on('error', (error) => {
        resolve(codeOf(error));
      });
  });
}

export function viaTls(url: string, options: ConnectionOptions = {}): Promise<string> {
  const tls = require('node:tls') as typeof import('node:tls');
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = tls.connect({
      host: hostname,
      port: Number(port),
      servername: hostname,
      ...options,
    });
    socket.on('secureConnect', () => {
      socket.destroy();
      resolve(socket.authorized || options.rejectUnauthorized === false ? 'ok' : 'unauthorized');
    });
    socket.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
}

export function viaHttp2(url: string, options: SecureClientSessionOptions = {}): Promise<string> {
  const http2 = require('node:http2') as typeof import('node:http2');
  return new Promise((resolve) => {
    const session = http2.connect(url, options);
    session.on('error', (error) => {
      resolve(codeOf(error));
    });
    session.on('connect', () => {
      session.destroy();
      resolve('ok');
    });
  });
}

export async function viaFetch(url: string): Promise<string> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' } });
    return await response.text();
  } catch (error) {
    return codeOf(error);
  }
}

export const ways = { https: viaHttps, tls: viaTls, http2: viaHttp2, fetch: viaFetch };

export async function viaAll(url: string): Promise<Record<keyof typeof ways, string>> {
  return {
    https: await viaHttps(url),
    tls: await viaTls(url),
    http2: await viaHttp2(url),
    fetch: await viaFetch(url),
  };
}
