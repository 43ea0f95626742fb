/**
 * Verifies the TLS connections that a given function opens. Before the verdict, nothing that the program writes is sent, and
 * nothing that the server sends is read.
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

/** The caller's own value, where `rejectUnauthorized: false` is ours. */
export const ASKED = Symbol.for('os-truststore.rejectUnauthorized');

const FOREIGN =
  'Another library makes or takes over connections, as an agent of its own or nock does: they are verified as without ' +
  'fetchIntermediates, revocation and verifier';

export interface ConnectRequest<Returned extends MaybeSocket = MaybeSocket> {
  /** Connections with the same key go to the same place with the same options. */
  key: string;
  options: ConnectOptions;
  open: Open<Returned>;
  /** True when the stream below is given and serves only one handshake. What is learnt in it helps the next connection. */
  once: boolean;
  /** Sessions of the client's earlier connections; undefined where TLS sessions must not be resumed. */
  sessions: SessionMemory | undefined;
  /** Gets a connection that could not be returned at once, as through a proxy. */
  done?: Opened | undefined;
}

/** Either the connection a caller waits for, or one made to find out more. */
interface Opening {
  judge: Judge;
  intermediates: readonly Certificate[];
  isProbe: boolean;
}

/** A connection under way, with the session it may resume and those it leaves. */
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
    // There are two, because they have different limits: what is too large for one may suit the other, and a failed URL is
    // not tried again soon.
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

  /** True when the caller names CAs and does not mean the defaults by them. */
  namesCAs({ ca, pfx }: ConnectOptions): boolean {
    return Boolean(pfx) || (Boolean(ca) && this.#trust.isExplicit({ ca }));
  }

  /** True when the caller's own options leave anything to verify. */
  covers({ secureContext, rejectUnauthorized }: ConnectOptions): boolean {
    if (secureContext || rejectUnauthorized === false) return false;
    return rejectUnauthorized === true || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0';
  }

  /**
   * @returns what `open` returns: the connection, which becomes secure after verification and ends with an error when it is
   * refused, or one to a proxy
   * @throws what `open` throws
   */
  connect<Returned extends MaybeSocket>(request: ConnectRequest<Returned>): Returned {
    this.#keepUp();
    // As in Node, null and '' name no CA.
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
    // Outside the promise, so that errors of Node and the program do not reject it.
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

  /** Makes the connection again, as it would be without us. */
  #leave<Returned extends MaybeSocket>(
    { open, options, done }: ConnectRequest<Returned>,
    attempt: Attempt,
  ): Returned {
    attempt.abandon();
    warn(ErrorCodes.NOT_REACHED, FOREIGN);
    const secureContext = this.#trust.context(options, []);
    return open(secureContext ? { secureContext } : {}, (error, socket) => done?.(error, socket));
  }

  /** The number of the present list of trusted certificates; each list has another. */
  get generation(): number {
    this.#keepUp();
    return this.#generation;
  }

  /** Forgets what was learnt under another list of trusted certificates. */
  #keepUp(): void {
    const generation = this.#trust.refresh();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#intermediates.forget();
  }

  #scope(options: ConnectOptions): string {
    return `${String(this.#generation)} ${scopeOf(options)}`;
  }

  /** True when a connection that OpenSSL refuses may still be accepted. */
  #overrules(request: ConnectRequest, judge: Judge): boolean {
    return judge === this.#platform || this.#intermediates.mayComplete(request);
  }

  #open<Returned extends MaybeSocket>(
    request: ConnectRequest<Returned>,
    { judge, intermediates, isProbe }: Opening,
  ): Front<Returned> {
    const { key, open, options, sessions } = request;
    // The caller's own check needs certificates, and a resumed session shows none. A probe must not resume one either.
    const mayResume = !isProbe && options.checkServerIdentity === undefined;
    const remembered = mayResume ? sessions?.get(key) : undefined;
    const secureContext = this.#trust.context(options, intermediates);
    const overrides: Overrides = {
      session: remembered?.session,
      ...(secureContext ? { secureContext } : {}),
      // The caller already has the connection, so it must survive a fault that may be repaired.
      ...(!isProbe && this.#overrules(request, judge) ? { rejectUnauthorized: false } : {}),
      ...judge.overrides,
    };
    // Also read by another verification below this one, as when an agent is used as the global agent.
    if (overrides.rejectUnauthorized === false) overrides[ASKED] = options.rejectUnauthorized;
    const front: Partial<Front<Returned>> = { remembered };
    const onSocket = (socket: TLSSocket): void => {
      if (mayResume) front.watch = sessions?.watch(socket, key);
    };
    // The platform's verifier shows the chain it used, which is judged then.
    const peerJudge = judge === this.#openSsl ? this.#trust.judge(options) : undefined;
    const attempt = new Attempt({ open, options, overrides, peerJudge, isProbe, onSocket });
    return Object.assign(front, { attempt });
  }

  /** @throws Error (rejects) of the connection, or with the reason of the verdict */
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
      // OpenSSL keeps its refusal in the session, so such a session is not kept.
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
  // In TLS 1.3 a pre-shared key looks like a session. It comes with no certificate.
  if (!remembered && pskCallback) return Date.now();
  // The session did not come from here, so there is no verdict for it.
  if (!remembered) throw new Error('The connection resumed a session that was never verified');
  return remembered.until;
}
