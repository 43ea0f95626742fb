/**
 * From a way to open TLS connections to connections that are verified. Nothing of a program is written to one, and nothing
 * of what the server writes is read, before the verdict is in.
 */
import type { TLSSocket } from 'node:tls';

import { warn } from '../../base/log.js';
import type { Certificate } from '../../certificate/certificate.js';
import { ChainCompletion } from '../../chain/completion/chain-completion.js';
import { DiskCache } from '../../chain/completion/disk-cache.js';
import { Documents } from '../../chain/completion/documents.js';
import { Intermediates } from '../../chain/completion/intermediates.js';
import { ErrorCodes } from '../../errors.js';
import type { ResolvedVerification } from '../defaults.js';
import { OpenSslJudge, PlatformJudge, keepCertificate } from '../judges.js';
import type { Judge } from '../judges.js';
import { Trust, scopeOf } from '../trust.js';
import type { ConnectOptions } from '../trust.js';
import type { TrustSource } from '../trusted-certificates.js';
import { Attempt } from './attempt.js';
import type { MaybeSocket, Open, Opened, Overrides } from './attempt.js';
import { HostIntermediates } from './host-intermediates.js';
import type { RememberedSession, SessionMemory, SessionWatch } from './session-memory.js';

/** What a caller asked for in place of `rejectUnauthorized: false`, which is ours. */
export const ASKED = Symbol.for('os-truststore.rejectUnauthorized');

const FOREIGN =
  'Another library makes or takes over connections, as an agent of its own or nock does: they are verified as without ' +
  'fetchIntermediates, revocation and verifier';

export interface ConnectRequest<Returned extends MaybeSocket = MaybeSocket> {
  /** Connections with the same key go to the same place with the same options. */
  key: string;
  options: ConnectOptions;
  open: Open<Returned>;
  /** The stream below is given and serves one handshake. What is learnt in it helps the next connection. */
  once: boolean;
  /** Of earlier connections of the same client; undefined where TLS sessions are not to be resumed. */
  sessions: SessionMemory | undefined;
  /** Gets a connection that could not be returned, as through a proxy, when it is there. */
  done?: Opened | undefined;
}

/** The connection a caller waits for, or one made to find out more. */
interface Opening {
  judge: Judge;
  intermediates: readonly Certificate[];
  isProbe: boolean;
}

/** A connection that was begun, with what it may resume and leave behind. */
interface Front<Returned extends MaybeSocket = MaybeSocket> {
  attempt: Attempt<Returned>;
  watch?: SessionWatch | undefined;
  remembered?: RememberedSession | undefined;
}

export class Verification {
  readonly #trust: Trust;
  readonly #intermediates: HostIntermediates;
  readonly #openSsl: Judge;
  readonly #platform: Judge | undefined;
  #generation = 0;

  constructor(options: ResolvedVerification, source: TrustSource) {
    const { cacheDirectory, allowPrivate, verifier } = options;
    const disk = cacheDirectory === undefined ? undefined : new DiskCache(cacheDirectory);
    // Two, because they have different limits: what is too large for the one is not for the other, and a URL that failed is
    // not asked again soon.
    const certificates = new Documents(allowPrivate);
    const revocations = new Documents(allowPrivate);
    this.#trust = new Trust(source);
    const completion = new ChainCompletion(certificates, new Intermediates(disk), (bytes) =>
      source.parse(bytes),
    );
    this.#intermediates = new HostIntermediates(options, this.#trust, completion);
    this.#openSsl = new OpenSslJudge(options, this.#trust, revocations, disk);
    this.#platform =
      verifier === 'system' ? new PlatformJudge(options, source, this.#trust) : undefined;
  }

  /** Whether the caller names CAs, and does not mean the defaults by them. */
  namesCAs({ ca, pfx }: ConnectOptions): boolean {
    return Boolean(pfx) || (Boolean(ca) && this.#trust.isExplicit({ ca }));
  }

  /** Whether the caller's own options leave anything to verify. */
  covers({ secureContext, rejectUnauthorized }: ConnectOptions): boolean {
    if (secureContext || rejectUnauthorized === false) return false;
    return rejectUnauthorized === true || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0';
  }

  /**
   * @returns what `open` does: the connection, which says that it is secure when it has been verified and ends with an
   * error when it is refused, or one to a proxy
   * @throws what `open` throws
   */
  connect<Returned extends MaybeSocket>(request: ConnectRequest<Returned>): Returned {
    this.#keepUp();
    // As Node does: null and '' name no CA.
    const options = { ...request.options };
    // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- '' as well
    if (!options.ca) options.ca = undefined;
    // Agents leave allowPartialTrustChain and an empty list out of their names.
    const keyed = { ...request, options, key: `${this.#scope(options)} ${request.key}` };
    const judge = (this.#trust.isExplicit(options) ? undefined : this.#platform) ?? this.#openSsl;
    const known = judge === this.#openSsl ? this.#intermediates.known(keyed) : undefined;
    const front = this.#open(keyed, { judge, intermediates: known ?? [], isProbe: false });
    const { attempt } = front;
    if (attempt.isForeign) return this.#leave(keyed, attempt);
    // Out of the promise: what Node and the program do then is no rejection of it.
    this.#verify(keyed, judge, front).then(
      (socket) => {
        process.nextTick(() => {
          attempt.release();
          if (attempt.isForeign) this.#leave(keyed, attempt);
          else if (attempt.isLate) request.done?.(socket.errored, socket);
        });
      },
      (error: unknown) => {
        process.nextTick(() => {
          attempt.refuse(error as Error);
          if (attempt.isLate) request.done?.(error as Error);
        });
      },
    );
    return attempt.returned;
  }

  /** Makes the connection once more, as it would be made without us. */
  #leave<Returned extends MaybeSocket>(
    { open, options, done }: ConnectRequest<Returned>,
    attempt: Attempt,
  ): Returned {
    attempt.abandon();
    warn(ErrorCodes.NOT_REACHED, FOREIGN);
    const secureContext = this.#trust.context(options, []);
    return open(secureContext ? { secureContext } : {}, (error, socket) => done?.(error, socket));
  }

  /** Of the list of trusted certificates: another number, another list. */
  get generation(): number {
    this.#keepUp();
    return this.#generation;
  }

  /** What was learnt under another list of trusted certificates is worth nothing. */
  #keepUp(): void {
    const generation = this.#trust.refresh();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#intermediates.forget();
  }

  #scope(options: ConnectOptions): string {
    return `${String(this.#generation)} ${scopeOf(options)}`;
  }

  /** Whether a connection that OpenSSL refuses may yet be accepted. */
  #overrules(request: ConnectRequest, judge: Judge): boolean {
    return judge === this.#platform || this.#intermediates.mayComplete(request);
  }

  #open<Returned extends MaybeSocket>(
    request: ConnectRequest<Returned>,
    { judge, intermediates, isProbe }: Opening,
  ): Front<Returned> {
    const { key, open, options, sessions } = request;
    // A check of the caller's own is made of certificates, and a resumed session shows none. Nor may a probe resume one.
    const mayResume = !isProbe && options.checkServerIdentity === undefined;
    const remembered = mayResume ? sessions?.get(key) : undefined;
    const secureContext = this.#trust.context(options, intermediates);
    const overrides: Overrides = {
      session: remembered?.session,
      ...(secureContext ? { secureContext } : {}),
      // The caller has the connection already, so it has to outlive what may be mended.
      ...(!isProbe && this.#overrules(request, judge) ? { rejectUnauthorized: false } : {}),
      ...judge.overrides,
    };
    // Also another verification below this one, of an agent that is used as the global one.
    if (overrides.rejectUnauthorized === false) overrides[ASKED] = options.rejectUnauthorized;
    const front: Partial<Front<Returned>> = { remembered };
    const onSocket = (socket: TLSSocket): void => {
      if (mayResume) front.watch = sessions?.watch(socket, key);
    };
    // The verifier of the platform shows the chain it has used, which is looked at then.
    const peerJudge = judge === this.#openSsl ? this.#trust.judge(options) : undefined;
    const attempt = new Attempt({ open, options, overrides, peerJudge, isProbe, onSocket });
    return Object.assign(front, { attempt });
  }

  /** @throws Error (rejects) as the connection has failed, or with the reason of the verdict */
  async #verify(request: ConnectRequest, judge: Judge, front: Front): Promise<TLSSocket> {
    const { key, options, sessions } = request;
    const { attempt, remembered } = front;
    try {
      const completed = await attempt.completed;
      const { socket, shown, error } = completed;
      if (attempt.isForeign) return socket;
      keepCertificate(socket, shown?.chain[0], this.#overrules(request, judge));
      const refused = judge === this.#openSsl ? error : undefined;
      const began = performance.now();
      const probe = (intermediates: readonly Certificate[]): Attempt =>
        this.#open(request, { judge: this.#openSsl, intermediates, isProbe: true }).attempt;
      const accepted = refused
        ? await this.#intermediates.complete(
            { ...request, scope: this.#scope(options) },
            attempt,
            completed,
            probe,
          )
        : completed;
      // A resumed session has the verdict it was remembered with.
      const until = socket.isSessionReused()
        ? expiryOf(remembered, options)
        : await judge.judge(
            { options, signal: attempt.signal, spentMs: performance.now() - began },
            accepted,
          );
      // OpenSSL keeps its refusal in the session.
      if (!refused) front.watch?.keep(until);
      return socket;
    } catch (error) {
      sessions?.delete(key);
      throw error;
    }
  }
}

function expiryOf(
  remembered: RememberedSession | undefined,
  { pskCallback }: ConnectOptions,
): number {
  // A key that was agreed upon before looks like a session in TLS 1.3. It goes with no certificate.
  if (!remembered && pskCallback) return Date.now();
  // A session nobody here has given it: there is no verdict to remember.
  if (!remembered) throw new Error('The connection resumed a session that was never verified');
  return remembered.until;
}
