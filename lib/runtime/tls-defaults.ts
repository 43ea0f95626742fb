/**
 * Knows what this runtime can do with the defaults of `node:tls`; only this file changes them.
 */
import type * as tls from 'node:tls';

import { loadBuiltin } from '../base/builtins.js';
import { withoutPems } from '../certificate/pem-key.js';
import { patchExport } from './patch-export.js';
import type { AnyFunction, Patch } from './patch-export.js';

/** The exports of `node:tls` that this package reads or replaces; some lines of Node lack some of them. */
export interface TlsExports {
  connect: (...args: unknown[]) => tls.TLSSocket;
  createSecureContext: (options?: ContextOptions) => SecureContext;
  checkServerIdentity: typeof tls.checkServerIdentity;
  rootCertificates: readonly string[];
  getCACertificates?: (type?: CertificateListType) => string[];
  setDefaultCACertificates?: (certificates: readonly string[]) => void;
  DEFAULT_MIN_VERSION?: unknown;
  DEFAULT_MAX_VERSION?: unknown;
  DEFAULT_CIPHERS?: unknown;
  DEFAULT_ECDH_CURVE?: unknown;
}

export type CertificateListType = 'default' | 'bundled' | 'system' | 'extra';

/** A secure context with its native part, which `@types/node` does not describe. */
export interface SecureContext {
  context: { addCACert(pem: string): void };
}

/** Options of `createSecureContext`, plus those that `tls.connect` and `tls.Server` pass along with them. */
export type ContextOptions = Record<string, unknown> &
  Omit<tls.SecureContextOptions, 'secureProtocol'> & {
    secureContext?: SecureContext | undefined;
    session?: Buffer | undefined;
    allowPartialTrustChain?: boolean | undefined;
  };

type PatchedName =
  'connect' | 'createSecureContext' | 'getCACertificates' | 'setDefaultCACertificates';

export function tlsExports(): TlsExports {
  return loadBuiltin('node:tls') as unknown as TlsExports;
}

/**
 * Replaces an export of `node:tls` as `patchExport` does.
 *
 * @param wrap - receives the present export and returns its replacement
 */
export function patchTls<Name extends PatchedName>(
  name: Name,
  wrap: (original: NonNullable<TlsExports[Name]>) => NonNullable<TlsExports[Name]>,
): Patch {
  let original: AnyFunction | undefined;
  const patch = patchExport(tlsExports(), name, (current) => {
    original = replaced[name] = current;
    return (wrap as unknown as (original: AnyFunction) => AnyFunction)(current);
  });
  return {
    isOutermost: patch.isOutermost,
    undo: () => {
      if (replaced[name] === original) replaced[name] = undefined;
      patch.undo();
    },
  };
}

/** The functions our replacements stand in front of, so that our own calls do not come back to us. */
const replaced: Partial<Record<PatchedName, AnyFunction | undefined>> = {};

function genuine<Name extends PatchedName>(name: Name): TlsExports[Name] {
  return (replaced[name] ?? tlsExports()[name]) as TlsExports[Name];
}

/** One of the runtime's lists; empty where the runtime cannot list it. */
export function listCertificates(type: CertificateListType): string[] {
  return [...(genuine('getCACertificates')?.(type) ?? [])];
}

/** The list in force for clients that name no `ca`, as the runtime reports it. */
export function readDefaultCertificates(): string[] {
  return listCertificates('default');
}

/** @throws Error of OpenSSL when a certificate does not parse; the former list then stays in force */
export function writeDefaultCertificates(certificates: readonly string[]): void {
  genuine('setDefaultCACertificates')?.(certificates);
}

/**
 * True when `tls.setDefaultCACertificates` loses nothing. Under `--use-openssl-ca` the certificates in force cannot be listed
 * (nodejs/node#64258): the default list is then empty except for NODE_EXTRA_CA_CERTS, and replacing it would drop the others.
 */
export function canSetDefaults(): boolean {
  const { setDefaultCACertificates, getCACertificates, rootCertificates } = tlsExports();
  if (typeof setDefaultCACertificates !== 'function') return false;
  if (typeof getCACertificates !== 'function') return false;
  const inForce = listCertificates('default');
  if (rootCertificates.length === 0 || holdsBundled(inForce)) return true;
  const extra = new Set(listCertificates('extra').map((pem) => pem.trimEnd()));
  return inForce.some((pem) => !extra.has(pem.trimEnd()));
}

/**
 * True when default contexts hold the roots that Node bundles, and not OpenSSL's own store. Where the defaults cannot be
 * listed, OpenSSL's store is assumed if a flag says so or if Node was built with the system's OpenSSL, as distributions do.
 */
export function defaultsHoldBundled(): boolean {
  if (canListCertificates()) return holdsBundled(listCertificates('default'));
  const variables = process.config.variables as { node_shared_openssl?: unknown };
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return !variables.node_shared_openssl && !flags.includes('--use-openssl-ca');
}

/** True when every bundled root is in the list in force. A list that Node itself has made holds the very same strings. */
export function defaultsHoldAllBundled(): boolean {
  const inForce = listCertificates('default');
  const { rootCertificates } = tlsExports();
  if (rootCertificates.every((pem, at) => pem === inForce[at])) return true;
  return withoutPems(rootCertificates, inForce).length === 0;
}

function holdsBundled(inForce: readonly string[]): boolean {
  const [bundled] = tlsExports().rootCertificates;
  return bundled !== undefined && inForce.some((pem) => samePem(pem, bundled));
}

/** True when {@link listCertificates} means anything in this runtime. */
export function canListCertificates(): boolean {
  return typeof tlsExports().getCACertificates === 'function';
}

/** Lists of the same runtime differ only in final newlines. */
function samePem(a: string, b: string): boolean {
  return a.trimEnd() === b.trimEnd();
}
