/**
 * Makes secure contexts that trust a plan's set, in place of Node's own `createSecureContext`. Connections with no
 * certificates or keys of their own share one context for each combination of parameters.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { quietly } from '../../base/steps.js';
import {
  SHARED_OPTIONS,
  copyContextOptions,
  hasOwnOptions,
} from '../../runtime/context-options.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import type { ContextOptions, SecureContext, TlsExports } from '../../runtime/tls-defaults.js';
import type { RootList } from '../../trust/root-lists/root-lists.js';
import type { ContextChange, ContextPlan } from './context-plan.js';

type CreateContext = TlsExports['createSecureContext'];

/** Programs may assign these at run time. */
const SHARED_DEFAULTS = [
  'DEFAULT_MIN_VERSION',
  'DEFAULT_MAX_VERSION',
  'DEFAULT_CIPHERS',
  'DEFAULT_ECDH_CURVE',
] as const;

/** Programs use only a few combinations; a context with additions takes about 200 KB. */
const MAX_CONTEXTS = 32;

interface Circumstances {
  /** False while other code has also replaced `createSecureContext`, because it expects to be called each time. */
  mayShare: boolean;
  own: RootList | undefined;
}

export class ContextFactory {
  readonly #contexts = new BoundedMap<SecureContext>(MAX_CONTEXTS);
  readonly #failed: (error: unknown) => void;
  /** How many certificates have been added to contexts one at a time. */
  added = 0;

  /** @param failed - receives errors about what the runtime does not accept */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** For clients that name no `ca`, or a recognised one. */
  create(
    original: CreateContext,
    options: ContextOptions | undefined,
    plan: ContextPlan,
    { mayShare, own }: Circumstances,
  ): SecureContext {
    const given = own ? { ...copyContextOptions(options ?? {}), ca: undefined } : (options ?? {});
    if (mayShare && isFromConnect(given) && !hasOwnOptions(given)) {
      const key = sharingKey(given, plan, own);
      // Node 26 closes a single-use context with its first socket.
      const shared = { ...given, singleUse: undefined };
      if (key !== undefined) {
        return this.#share(key, () => this.#build(original, shared, plan, own));
      }
    }
    return this.#build(original, given, plan, own);
  }

  /** Adds each certificate on its own: in one text, OpenSSL silently ignores everything after what it cannot read. */
  #build(
    original: CreateContext,
    options: ContextOptions,
    plan: ContextPlan,
    own: RootList | undefined,
  ): SecureContext {
    const change = options.allowPartialTrustChain ? plan.partialChain : plan.usual;
    const made = original(withRoots(options, change));
    for (const pem of 'add' in change ? change.add : []) {
      this.added++;
      try {
        made.context.addCACert(pem);
      } catch (error) {
        this.#failed(error);
        // A failure for another reason does not happen twice.
        quietly(() => {
          made.context.addCACert(pem);
        });
      }
    }
    for (const text of own?.own ?? []) made.context.addCACert(text);
    return made;
  }

  /** Forgets contexts of former plans, which must not be used again. */
  clear(): void {
    this.#contexts.clear();
  }

  #share(key: string, make: () => SecureContext): SecureContext {
    const known = this.#contexts.get(key);
    if (known) return known;
    const context = make();
    this.#contexts.set(key, context);
    return context;
  }
}

/**
 * True for contexts of `tls.connect`, which always sets these three options; no other code does. Only these are shared,
 * because other callers hold their context and may change it.
 */
export function isFromConnect(options: ContextOptions): boolean {
  return (
    Object.hasOwn(options, 'checkServerIdentity') &&
    Object.hasOwn(options, 'minDHSize') &&
    Object.hasOwn(options, 'rejectUnauthorized')
  );
}

/** True for a server, whose default trust decides which clients it lets in. A client's trust must not change that. */
export function isServer(options: ContextOptions): boolean {
  return (
    options['isServer'] === true ||
    (Object.hasOwn(options, 'ticketKeys') &&
      Object.hasOwn(options, 'sessionIdContext') &&
      Object.hasOwn(options, 'honorCipherOrder'))
  );
}

function sharingKey(
  options: ContextOptions,
  plan: ContextPlan,
  own: RootList | undefined,
): string | undefined {
  const defaults = tlsExports();
  const parts: unknown[] = [plan.generation, own?.id];
  for (const name of SHARED_OPTIONS) parts.push(options[name]);
  for (const name of SHARED_DEFAULTS) parts.push(defaults[name]);
  try {
    return JSON.stringify(parts);
  } catch {
    return undefined;
  }
}

function withRoots(options: ContextOptions, change: ContextChange): ContextOptions {
  return 'replace' in change ? { ...copyContextOptions(options), ca: change.replace } : options;
}
