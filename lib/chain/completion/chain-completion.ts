/**
 * Finds the intermediates a chain lacks: from earlier fetches, or from the URLs in its certificates.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { log } from '../../base/log.js';
import type { Certificate } from '../../certificate/certificate.js';
import { Budget, readSent } from '../budget.js';
import type { CertificateList } from '../path.js';
import type { PeerJudge } from '../peers/peer-judge.js';
import { completeChain } from './complete.js';
import { documentName } from './disk-cache.js';
import type { DocumentLimits, Documents } from './documents.js';
import type { Intermediates } from './intermediates.js';

const LIMITS: DocumentLimits = { maxBytes: 256 * 1024, timeoutMs: 5000 };
const MAX_FOUND = 64;
const FOUND_MS = 60_000;
const MAX_FAILURES = 256;
const FAILURE_MS = 5 * 60_000;

export class ChainCompletion {
  readonly #documents: Documents;
  readonly #intermediates: Intermediates;
  readonly #parse: (bytes: Uint8Array) => Buffer[];
  /** By server certificate, for connections that fail while the first one is being tried again. */
  readonly #found = new BoundedMap<Certificate[]>(MAX_FOUND);
  /** Server certificates for which nothing was found. */
  readonly #failures = new BoundedMap<true>(MAX_FAILURES);

  constructor(
    documents: Documents,
    intermediates: Intermediates,
    parse: (bytes: Uint8Array) => Buffer[],
  ) {
    this.#documents = documents;
    this.#intermediates = intermediates;
    this.#parse = parse;
  }

  /**
   * @param chain - DER, the server's certificate first
   * @param judge - knows the distrusted certificates, which are no help; undefined when there are none
   * @returns undefined when nothing was found that makes the chain end at a certificate of `list`
   */
  async complete(
    chain: readonly Buffer[],
    list: CertificateList,
    signal: AbortSignal,
    scope: string,
    judge?: Pick<PeerJudge, 'isDistrusted'>,
  ): Promise<Certificate[] | undefined> {
    const budget = new Budget();
    const [leaf, ...sent] = readSent(chain, budget);
    if (!leaf) return undefined;
    const key = keyOf(leaf.der, scope);
    const found = this.#found.get(key);
    if (found || this.#failures.get(key)) return found;
    const { complete, intermediates, attempts } = await completeChain(leaf, sent, list, {
      now: Date.now(),
      parse: this.#parse,
      avoid: judge && ((one) => judge.isDistrusted(one, leaf.validFrom)),
      get: (url) => this.#documents.get(url, LIMITS, signal),
      remembered: (certificate) => this.#intermediates.issuersOf(certificate),
      signal,
      budget,
    });
    log('debug', 'Looked for missing intermediates', {
      subject: leaf.subject,
      complete,
      attempts,
      hasTooMany: budget.isExceeded,
    });
    if (complete && intermediates.length > 0) {
      this.#found.set(key, intermediates, Date.now() + FOUND_MS);
      return intermediates;
    }
    if (!signal.aborted) this.rememberNothingFound(chain, scope);
    return undefined;
  }

  /** Called when OpenSSL has accepted a chain with them. */
  remember(intermediates: readonly Certificate[]): void {
    for (const one of intermediates) void this.#intermediates.remember(one);
  }

  /** Notes that this chain must not be tried again soon. */
  rememberNothingFound([leaf]: readonly Buffer[], scope: string): void {
    if (!leaf) return;
    const key = keyOf(leaf, scope);
    this.#found.delete(key);
    this.#failures.set(key, true, Date.now() + FAILURE_MS);
  }

  /** Called when the trusted set has changed. */
  forget(): void {
    this.#found.clear();
    this.#failures.clear();
  }
}

/** Includes the scope, because the same certificate may be judged by different lists. */
function keyOf(leaf: Buffer, scope: string): string {
  return documentName(leaf) + scope;
}
