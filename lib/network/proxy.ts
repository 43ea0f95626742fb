/**
 * Finds the proxy for a host in the environment. Pure.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

import { ErrorCodes, TruststoreError } from '../errors.js';
import type { Environment } from '../types.js';

/** Holds credentials, so it must never be logged or printed; use {@link describeProxy} for that. */
export interface Proxy {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  credentials?: { user: string; password: string };
}

/** Host and port without credentials. */
export function describeProxy({ protocol, host, port }: Proxy): string {
  return `${protocol}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`, which does not repeat the text, since it may hold a password */
export function parseProxy(text: string, name: string): Proxy {
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    throw unusable(name, 'is not a URL');
  }
  const protocol = url.protocol.replace(/:$/, '');
  if (protocol !== 'http' && protocol !== 'https') {
    throw unusable(name, `names a ${protocol} proxy; only http and https proxies are known here`);
  }
  const fallback = protocol === 'https' ? 443 : 80;
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? fallback : Number(url.port),
    ...(url.username === ''
      ? {}
      : { credentials: { user: decode(url.username), password: decode(url.password) } }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unusable(name: string, why: string): TruststoreError {
  return new TruststoreError(ErrorCodes.INVALID_ARGUMENT, `${name} ${why}`, {
    operation: 'read proxy settings',
    remedy: 'Give it as http://[user:password@]host:port.',
  });
}

/** Basic authentication (RFC 7617). */
export function proxyAuthorization({ credentials }: Proxy): Record<string, string> {
  if (!credentials) return {};
  const token = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
  return { 'Proxy-Authorization': `Basic ${token}` };
}

/**
 * The proxy that curl and most other programs would use. Lower-case names win. HTTP_PROXY in capitals is ignored, because a
 * CGI program gets it from its client's headers (CVE-2016-5385).
 */
export function proxyFromEnvironment(
  scheme: 'http' | 'https',
  host: string,
  port: number,
  env: Environment,
): Proxy | undefined {
  const names =
    scheme === 'https'
      ? ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
      : ['http_proxy', 'all_proxy', 'ALL_PROXY'];
  const name = names.find((candidate) => (env[candidate] ?? '') !== '');
  if (name === undefined) return undefined;
  if (bypassesProxy(host, port, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  return parseProxy(env[name] ?? '', name);
}

/** Reads NO_PROXY: names, which cover their subdomains with or without a leading dot; `*`, ports, addresses, CIDR blocks. */
export function bypassesProxy(host: string, port: number, list: string): boolean {
  const name = host.toLowerCase().replace(/\.$|^\[|\]$/g, '');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matchesEntry(name, port, entry));
}

function matchesEntry(host: string, port: number, entry: string): boolean {
  // The last group of an IPv6 address is not a port, and the address can be written in several ways.
  const block = isIP(entry) === 0 ? entry : `${entry}/${isIPv6(entry) ? 128 : 32}`;
  if (isIP(host) !== 0 && block.includes('/')) return isInBlock(host, block);
  const [, bracketed, plain, entryPort] =
    /^(?:\[([^\]]+)\]|([^:]+|[^:]*:[^:]*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && Number(entryPort) !== port) return false;
  const pattern = (bracketed ?? plain ?? '').replace(/^\*?\./, '');
  if (pattern === '') return false;
  return host === pattern || (isIP(host) === 0 && host.endsWith(`.${pattern}`));
}

function isInBlock(address: string, block: string): boolean {
  const [network = '', prefix = ''] = block.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(address) !== isIP(network) || !/^\d+$/.test(prefix)) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), family);
  } catch {
    return false;
  }
  return list.check(address, family);
}
