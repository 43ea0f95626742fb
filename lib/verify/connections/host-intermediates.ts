/**
 * Finds intermediates that a host's servers leave out: one connection finds them, and later ones know them from the start.
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
/** How long what was learnt about a host is used. */
const HOST_MS = 24 * 60 * 60_000;
/** For names that several servers with different certificates share. */
const MAX_PROBES = 3;

/** The parts of a connection request that are needed here. */
interface Request {
  key: string;
  options: ConnectOptions;
  once: boolean;
}

/** Opens a second connection with `intermediates`, which OpenSSL judges. */
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

  /** Forgets what was learnt under another list of trusted certificates. */
  forget(): void {
    this.#hosts.clear();
    this.#completion.forget();
  }

  known({ key, options }: Request): readonly Certificate[] | undefined {
    // With allowPartialTrustChain, fetched certificates would end chains.
    return options.allowPartialTrustChain ? undefined : this.#hosts.get(key);
  }

  #know(key: string, intermediates: readonly Certificate[]): void {
    this.#hosts.set(key, intermediates, Date.now() + HOST_MS);
  }

  mayComplete({ options }: Request): boolean {
    // With allowPartialTrustChain, added certificates would end chains.
    return this.#options.fetchIntermediates && !options.allowPartialTrustChain;
  }

  /**
   * Finds what is missing.
   *
   * @param scope - the present one: results are useless to later connections if the trusted certificates change meanwhile
   * @returns `refused` as it would be if the server had sent everything
   * @throws Error (rejects) with the reason if the connection is still refused
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
    // The server's certificate has changed, and so may what is missing.
    this.#hosts.delete(key);
    if (!shown || !isUnknownIssuer(error) || !this.mayComplete(request)) throw error;
    const deadline = new Deadline(this.#options.deadlineMs, front.signal);
    try {
      const list = this.#trust.list(options);
      const judge = this.#trust.judge(options);
      const work = this.#completion.complete(shown.chain, list, deadline.signal, scope, judge);
      // Any failure counts as not found, so that OpenSSL's verdict stands.
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
      // Another server with the same name has answered. The next connection starts with what was found.
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
 * Lets OpenSSL judge the certificate again, in a second connection that is closed without sending data. The first handshake
 * has shown that its server has the key.
 *
 * @throws Error (rejects) with the reason of the refusal
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
