/**
 * What the servers of a host forget to send: found with one connection, and known to those after it from the start.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { Deadline, unlessAborted } from '../../base/deadline.js';
import type { Certificate } from '../../certificate/certificate.js';
import type { ChainCompletion } from '../../chain/completion/chain-completion.js';
import type { ResolvedVerification } from '../defaults.js';
import { isUnknownIssuer } from '../refusal.js';
import type { ConnectOptions, Trust } from '../trust.js';
import { resetError } from './attempt.js';
import type { Attempt, Completed, Shown } from './attempt.js';

const MAX_HOSTS = 512;
/** How long what was learnt about a host is used before it is learnt again. */
const HOST_MS = 24 * 60 * 60_000;
/** Where several servers with certificates of their own share a name. */
const MAX_PROBES = 3;

/** Of a connection that is asked for. */
interface Request {
  key: string;
  options: ConnectOptions;
  once: boolean;
}

/** Opens a second connection, which knows `intermediates` and is judged by OpenSSL. */
type Probe = (intermediates: readonly Certificate[]) => Attempt;

export class HostIntermediates {
  readonly #options: ResolvedVerification;
  readonly #trust: Trust;
  readonly #completion: ChainCompletion;
  readonly #hosts = new BoundedMap<readonly Certificate[]>(MAX_HOSTS);

  constructor(options: ResolvedVerification, trust: Trust, completion: ChainCompletion) {
    this.#options = options;
    this.#trust = trust;
    this.#completion = completion;
  }

  /** What was learnt under another list of trusted certificates is worth nothing. */
  forget(): void {
    this.#hosts.clear();
    this.#completion.forget();
  }

  known({ key, options }: Request): readonly Certificate[] | undefined {
    // With allowPartialTrustChain what was fetched would end chains.
    return options.allowPartialTrustChain ? undefined : this.#hosts.get(key);
  }

  #know(key: string, intermediates: readonly Certificate[]): void {
    this.#hosts.set(key, intermediates, Date.now() + HOST_MS);
  }

  mayComplete({ options }: Request): boolean {
    // There, a certificate that is added would end chains.
    return this.#options.fetchIntermediates && !options.allowPartialTrustChain;
  }

  /**
   * Finds what is missing.
   *
   * @param scope - of now: what is found after the trusted certificates have changed is nothing to those who come then
   * @returns `refused` as it would be had the server sent it
   * @throws Error (rejects) why the connection is refused all the same
   */
  async complete(
    { scope, ...request }: Request & { scope: string },
    front: Attempt,
    refused: Completed,
    probe: Probe,
  ): Promise<Completed> {
    const { key, options, once } = request;
    const { shown } = refused;
    const error = refused.error ?? resetError();
    // Its certificate has changed, and with it what is missing.
    this.#hosts.delete(key);
    if (!shown || !isUnknownIssuer(error) || !this.mayComplete(request)) throw error;
    const deadline = new Deadline(this.#options.deadlineMs, front.signal);
    try {
      const list = this.#trust.list(options);
      const judge = this.#trust.judge(options);
      const work = this.#completion.complete(shown.chain, list, deadline.signal, scope, judge);
      // Whatever goes wrong is as good as not found: OpenSSL's own words on the chain stand.
      const intermediates = await unlessAborted(work, deadline.signal).catch(() => undefined);
      if (intermediates && once) this.#know(key, intermediates);
      if (!intermediates || once) throw error;
      const probed = await probeUntil(shown, () => probe(intermediates), deadline.signal).catch(
        (reason: unknown) => {
          if (isUnknownIssuer(reason)) this.#completion.rememberNothingFound(shown.chain, scope);
          throw reason;
        },
      );
      this.#completion.remember(intermediates);
      this.#know(key, intermediates);
      // Another server of the same name answers. The next connection has from the start what was found.
      if (!isOf(shown, probed)) throw error;
      return { ...refused, error: undefined, shown: probed.shown };
    } catch (reason) {
      throw deadline.signal.aborted ? error : reason;
    } finally {
      deadline.release();
    }
  }
}

/**
 * OpenSSL judges the certificate once more, in a second connection that is closed without a byte. That the server of the
 * first one has the key of it, the handshake has shown.
 *
 * @throws Error (rejects) why it is refused
 */
async function probeUntil(
  first: Shown,
  open: () => Attempt,
  signal: AbortSignal,
): Promise<Completed> {
  let completed: Completed;
  let tries = 0;
  do {
    const attempt = open();
    try {
      completed = await unlessAborted(attempt.completed, signal);
    } finally {
      attempt.abandon();
    }
  } while (!isOf(first, completed) && ++tries < MAX_PROBES);
  return completed;
}

function isOf({ chain: [leaf] }: Shown, { shown }: Completed): boolean {
  const [other] = shown?.chain ?? [];
  return leaf !== undefined && other !== undefined && leaf.equals(other);
}
