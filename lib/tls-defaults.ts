/**
 * The defaults of `node:tls`: what this runtime can do, and the only place that changes them.
 */
import type * as tls from 'node:tls';

import { loadBuiltin } from './builtins.js';

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

/** A replaced export, as long as it is active. */
export interface Patch {
  /** True when the export still is the replacement: nobody has patched over it. */
  isOutermost: () => boolean;
  /**
   * Takes the replacement back. When somebody has patched over it, it stays below as a pass-through to what it replaced.
   */
  undo: () => void;
}

/**
 * Replaces an export of `node:tls` for CommonJS and, once {@link syncModules} is called, for the live bindings of ES modules.
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

type AnyFunction = (...args: unknown[]) => unknown;

/** {@link patchTls} for the exports of any builtin. */
export function patchExport<Exports extends object>(
  exports: Exports,
  name: keyof Exports & string,
  wrap: (original: AnyFunction) => AnyFunction,
): Patch {
  const present = exports[name] as AnyFunction;
  const original = passedThrough.get(present) ?? present;
  const replacement = wrap(original);
  let active = true;
  const installed = function (this: unknown, ...args: unknown[]): unknown {
    return (active ? replacement : original).apply(this, args);
  };
  copyShape(installed, original);
  return install(exports, name, installed, () => {
    active = false;
    passedThrough.set(installed, original);
  });
}

/** Replacements of ours that are over, which a program may have put back: not to be stacked time after time. */
const passedThrough = new WeakMap<AnyFunction, AnyFunction>();

export type AnyConstructor = new (...args: never[]) => object;

/**
 * {@link patchExport} for a class: `instanceof`, statics and subclasses see the original.
 *
 * @param construct - makes the instance; `create` is `new` of the original with other arguments
 */
export function patchConstructor<Exports extends object>(
  exports: Exports,
  name: keyof Exports & string,
  construct: (args: unknown[], create: (args: unknown[]) => object) => object,
): Patch {
  const original = exports[name] as AnyConstructor;
  let active = true;
  const installed: AnyConstructor = new Proxy(original, {
    construct: (target, args: unknown[], newTarget) => {
      const constructed =
        (newTarget as unknown) === installed ? target : (newTarget as AnyConstructor);
      const create = (changed: unknown[]): object =>
        Reflect.construct(target, changed as never[], constructed);
      return active ? construct(args, create) : create(args);
    },
    // Of a proxy, Function.prototype.toString() knows nothing.
    get: (target, key, receiver) =>
      key === 'toString'
        ? target.toString.bind(target)
        : (Reflect.get(target, key, receiver) as unknown),
  });
  return install(exports, name, installed, () => (active = false));
}

function install(exports: object, name: string, value: unknown, deactivate: () => void): Patch {
  const descriptor = Object.getOwnPropertyDescriptor(exports, name);
  const current = (): unknown => (exports as Record<string, unknown>)[name];
  let installed = true;
  Object.defineProperty(exports, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    ...descriptor,
    value,
  });
  facesAreStale = true;
  return {
    isOutermost: () => current() === value,
    undo: () => {
      if (!installed) return;
      installed = false;
      deactivate();
      if (current() !== value) return;
      // Exports that were frozen since keep it, and it does nothing any more.
      if (descriptor) Reflect.defineProperty(exports, name, descriptor);
      else Reflect.deleteProperty(exports, name);
      facesAreStale = true;
    },
  };
}

/** What callers may look at: name and number of parameters. */
function copyShape(copy: AnyFunction, original: AnyFunction): void {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(copy, key, { value: original[key], configurable: true });
  }
}

let facesAreStale = false;

/**
 * Gives ES modules that have imported a builtin by name what its exports are now. Only for calls of the program that are
 * about injecting: this reads every getter of every builtin that was imported, and while one of those is being loaded, as
 * in one of its own getters, V8 ends the process. A builtin nobody has imported yet needs none of it.
 */
export function syncModules(): void {
  if (!facesAreStale) return;
  facesAreStale = false;
  try {
    loadBuiltin('node:module').syncBuiltinESMExports();
  } catch {
    // Node 18 lets an accessor of the program's own, on any builtin, throw here.
  }
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
