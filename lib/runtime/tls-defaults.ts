/**
 * The defaults of `node:tls`: what this runtime can do, and the only place that changes them.
 */
import type * as tls from 'node:tls';

import { loadBuiltin } from '../base/builtins.js';
import { withoutPems } from '../certificate/pem-key.js';
import { patchExport } from './patch-export.js';
import type { AnyFunction, Patch } from './patch-export.js';

/** The exports of `node:tls` this package reads or replaces; some are missing on some lines of Node. */
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

/** A secure context with the native part, which `@types/node` leaves open. */
export interface SecureContext {
  context: { addCACert(pem: string): void };
}

/** Options of `createSecureContext`, plus what `tls.connect` and `tls.Server` put beside them. */
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
 * @param wrap - gets the present export and gives its replacement
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

/** What our replacements stand before, so that our own questions do not come back to us. */
const replaced: Partial<Record<PatchedName, AnyFunction | undefined>> = {};

function genuine<Name extends PatchedName>(name: Name): TlsExports[Name] {
  return (replaced[name] ?? tlsExports()[name]) as TlsExports[Name];
}

/** One of the runtime's lists; empty where it cannot be asked for. */
export function listCertificates(type: CertificateListType): string[] {
  return [...(genuine('getCACertificates')?.(type) ?? [])];
}

/** The list in force for clients that name no `ca`, as the runtime tells it. */
export function readDefaultCertificates(): string[] {
  return listCertificates('default');
}

/** @throws Error of OpenSSL when a certificate does not parse; the former list then stays */
export function writeDefaultCertificates(certificates: readonly string[]): void {
  genuine('setDefaultCACertificates')?.(certificates);
}

/**
 * Whether `tls.setDefaultCACertificates` can be used without loss. Under `--use-openssl-ca` the certificates in force
 * cannot be listed (nodejs/node#64258), so replacing the list would drop them: the default list then is empty but for
 * NODE_EXTRA_CA_CERTS.
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
 * Whether contexts with the defaults hold the roots Node bundles, rather than OpenSSL's own store. Where the defaults cannot
 * be listed, a flag says so or Node was built with an OpenSSL of the system, which distributions do to have that store.
 */
export function defaultsHoldBundled(): boolean {
  if (canListCertificates()) return holdsBundled(listCertificates('default'));
  const variables = process.config.variables as { node_shared_openssl?: unknown };
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return !variables.node_shared_openssl && !flags.includes('--use-openssl-ca');
}

/** Whether every one of them is in the list in force. What Node has made of them itself is the very same strings. */
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

/** Whether the lists of {@link listCertificates} mean anything here. */
export function canListCertificates(): boolean {
  return typeof tlsExports().getCACertificates === 'function';
}

/** The lists of one runtime differ in final newlines and nothing else. */
function samePem(a: string, b: string): boolean {
  return a.trimEnd() === b.trimEnd();
}
