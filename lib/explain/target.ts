/**
 * Parses a target as users type it. Pure.
 */
import { CHECK_OPTIONS, ErrorCodes, TruststoreError, invalidArgument } from '../errors.js';
import { startTlsProtocols } from './handshake/protocols.js';
import type { StartTlsProtocol } from './handshake/protocols.js';

export interface Target {
  host: string;
  port: number;
  startTls?: StartTlsProtocol;
}

/** Schemes with their ports. For a protocol that begins in plain text, `startTls` says how it switches to TLS. */
const SCHEMES: Record<string, { port: number; startTls?: StartTlsProtocol }> = {
  https: { port: 443 },
  wss: { port: 443 },
  tls: { port: 443 },
  smtp: { port: 25, startTls: 'smtp' },
  smtps: { port: 465 },
  imap: { port: 143, startTls: 'imap' },
  imaps: { port: 993 },
  pop3: { port: 110, startTls: 'pop3' },
  pop3s: { port: 995 },
  postgres: { port: 5432, startTls: 'postgres' },
  postgresql: { port: 5432, startTls: 'postgres' },
  ldap: { port: 389, startTls: 'ldap' },
  ldaps: { port: 636 },
  amqps: { port: 5671 },
  mqtts: { port: 8883 },
  rediss: { port: 6379 },
};

const PORTS: Partial<Record<number, StartTlsProtocol>> = {
  25: 'smtp',
  587: 'smtp',
  143: 'imap',
  110: 'pop3',
  389: 'ldap',
  5432: 'postgres',
};

/**
 * `https://host[:port]/…`, `host`, `host:port`, `[::1]:port`, `smtp://host`, …
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function parseTarget(
  text: unknown,
  startTls: StartTlsProtocol | 'none' | undefined,
): Target {
  if (typeof text !== 'string' || text.trim() === '') throw badTarget(text);
  if (startTls !== undefined && startTls !== 'none' && !startTlsProtocols.includes(startTls)) {
    throw invalidArgument('startTls', `none, ${startTlsProtocols.join(', ')}`, startTls);
  }
  const target = text.includes('://') ? parseUrl(text.trim()) : parseHostPort(text.trim());
  if (startTls === undefined) return target;
  const { host, port } = target;
  return startTls === 'none' ? { host, port } : { host, port, startTls };
}

function badTarget(text: unknown): Error {
  return invalidArgument('target', 'a URL, host or host:port', text);
}

/** Says what to type instead; without user, path and query, which may hold a password. */
function notTls(scheme: string, rest: string): Error {
  const [, host = ''] = /^(?:[^/?#]*@)?([^/?#]*)/.exec(rest) ?? [];
  const secure = `${scheme}s://${host.replace(/:80$/, '')}`;
  return new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `${scheme}:// has no TLS, so there is no certificate to judge`,
    {
      operation: CHECK_OPTIONS,
      remedy: `If the server has TLS as well: \`npx os-truststore doctor ${secure}\`.`,
    },
  );
}

function parseUrl(text: string): Target {
  const [, name = '', rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const scheme = SCHEMES[name.toLowerCase()];
  if (/^(?:http|ws)$/i.test(name)) throw notTls(name.toLowerCase(), rest);
  if (!scheme) {
    // The text may hold a password, so only the scheme is repeated.
    throw invalidArgument('target', `a ${Object.keys(SCHEMES).join(', ')} URL`, `${name}://…`);
  }
  let url: URL;
  try {
    // The URL standard parses unknown schemes by other rules, so every URL is given a known scheme.
    url = new URL(`https://${rest}`);
  } catch {
    throw badTarget(`${name}://…`);
  }
  // The parser drops https's default port.
  const explicit = url.port !== '' || /^[^/?#]*:443(?:[/?#]|$)/.test(rest);
  const port = url.port !== '' ? Number(url.port) : explicit ? 443 : scheme.port;
  const { startTls } = scheme;
  return { host: bareHost(url.hostname), port, ...(startTls ? { startTls } : {}) };
}

function parseHostPort(text: string): Target {
  const [, bracketed, plain, portText] =
    /^(?:\[([0-9a-f:.%\w]+)\]|([^:/\s@]+|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*))(?::(\d{1,5}))?$/i.exec(
      text,
    ) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? 443 : Number(portText);
  if (host === undefined || port < 1 || port > 65_535) throw badTarget(text);
  const startTls = PORTS[port];
  return {
    host: host.includes(':') ? host : toAscii(host),
    port,
    ...(startTls ? { startTls } : {}),
  };
}

function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Converts international names to the form that certificates and DNS use. */
function toAscii(host: string): string {
  try {
    return new URL(`https://${host}`).hostname;
  } catch {
    throw badTarget(host);
  }
}
