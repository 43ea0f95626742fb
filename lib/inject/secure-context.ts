/**
 * Makes secure contexts for code that manages its own.
 */
import type {
  SecureContext,
  SecureContextOptions as TlsOptions,
  checkServerIdentity,
} from 'node:tls';

import { BoundedMap } from '../base/bounded-map.js';
import { loadBuiltin } from '../base/builtins.js';
import { checkNames } from '../base/option-names.js';
import { checkFlag, checkObject, definedOnly } from '../base/options.js';
import { exactly } from '../certificate/exact-list.js';
import { identityCheck } from '../chain/peers/peer-guard.js';
import { PeerJudges } from '../chain/peers/peer-judge.js';
import { tlsExports } from '../runtime/tls-defaults.js';
import { resolveTrustOptions } from '../trust/options/options.js';
import { TRUST_OPTIONS } from '../trust/options/trust-option-checks.js';
import { denoAnchors } from '../trust/runtime-limits/deno-anchors.js';
import { emptySetError } from '../trust/trust-set.js';
import type { TrustSet } from '../trust/trust-set.js';
import { readSetOf, withoutRefused } from '../trust/trusted-cas.js';
import type { TrustOptions } from '../types.js';
import { judgeContext, watchContexts } from './connections/judged-connections.js';

/** Node's own options, and the options of what is trusted. */
export interface SecureContextOptions
  extends Omit<TlsOptions, 'ca' | 'secureContext'>, TrustOptions {
  /** Lets every anchor end a chain, including one that is not self-signed. Intermediates are then left out. */
  allowPartialTrustChain?: boolean | undefined;
}

/** A context with the machine's anchors, and the check that a context cannot hold. */
export interface TrustedSecureContext extends SecureContext {
  /**
   * Checks names as Node does, and that some chain avoids what the machine distrusts. Pass it as the option of the same name
   * when connections are not made through the exports of `node:tls` and `node:https`: with a `tls.connect` taken out of the
   * module before the context was made, and in Bun and Deno. Everywhere else it is called automatically.
   *
   * On Node it sees one certificate per issuer, so a server that sends two versions of one, the distrusted one first, is
   * refused. Clients of Bun that are not built on `node:tls` show it only the server's certificate.
   */
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/** A context takes about a megabyte. */
const MAX_CONTEXTS = 16;

const contexts = new BoundedMap<TrustedSecureContext>(MAX_CONTEXTS);

/** See `createSecureContext` in inject.ts. */
export function makeSecureContext(options: SecureContextOptions = {}): TrustedSecureContext {
  checkObject('options', options);
  const { bundled, system, userCAs, exclude, ...own } = options;
  checkNames('options', own, [...TRUST_OPTIONS, 'allowPartialTrustChain'], { others: true });
  const trust = resolveTrustOptions(definedOnly({ bundled, system, userCAs, exclude }));
  const partial = checkFlag('options.allowPartialTrustChain', own.allowPartialTrustChain);
  const set = withoutRefused(readSetOf(trust));
  const roots = selectRoots(set, partial ?? false);
  // Distrusted certificates are not in the list, but they make it a different context.
  const distrusted = set.distrusted.map(({ pem }) => pem);
  const key = contextKey([...roots, ...distrusted, ...set.distrustedNames], own);
  const known = contexts.get(key);
  if (known) return known;
  // Marked so that an injection does not treat the list as the defaults.
  const context = tlsExports().createSecureContext({ ...own, ca: exactly([...roots]) });
  const judge = new PeerJudges(set).for(own);
  if (judge) {
    judgeContext(context, () => judge);
    watchContexts();
  }
  const value = judge ? identityCheck(judge) : tlsExports().checkServerIdentity;
  const trusted = Object.defineProperty(context, 'checkServerIdentity', { value });
  contexts.set(key, trusted as unknown as TrustedSecureContext);
  return trusted as unknown as TrustedSecureContext;
}

function selectRoots(set: TrustSet, partialChain: boolean): readonly string[] {
  const [error] = set.userErrors;
  if (error) throw error;
  const roots =
    process.versions['deno'] !== undefined
      ? denoAnchors(set)
      : partialChain
        ? [...set.anchors, ...set.partialChainAnchors]
        : set.certificates;
  if (roots.length === 0) throw emptySetError(set.errors);
  return roots;
}

/** The key includes private keys and certificates, so it is hashed to keep no secrets in memory. */
function contextKey(trust: readonly string[], own: object): string {
  return loadBuiltin('node:crypto')
    .createHash('sha256')
    .update(trust.join('\n'))
    .update(JSON.stringify(own))
    .digest('base64');
}
