/**
 * From a way to open TLS connections to sockets that have been verified. Nothing is written to a socket, and nobody else
 * has it, before the verdict is in.
 */
import type { TLSSocket } from 'node:tls';

import { BoundedMap } from '../bounded-map.js';
import type { ChainCertificate } from '../chain/certificate.js';
import { abandon, attempt } from './attempt.js';
import type { Attempt, Open, Overrides, Shown } from './attempt.js';
import { ChainCompletion } from './chain-completion.js';
import { Deadline, unlessAborted } from './deadline.js';
import { DiskCache } from './disk-cache.js';
import { Documents } from './documents.js';
import type { TrustSource } from './host.js';
import { Intermediates } from './intermediates.js';
import { OpenSslJudge, PlatformJudge } from './judges.js';
import type { Judge } from './judges.js';
import type { ResolvedVerification } from './options.js';
import { isUnknownIssuer } from './refusal.js';
import { SessionMemory } from './session-memory.js';
import type { RememberedSession, SessionWatch } from './session-memory.js';
import { Trust, scopeOf } from './trust.js';
import type { ConnectOptions } from './trust.js';

const MAX_HOSTS = 512;
/** How long what was learnt about a host is used before it is learnt again. */
const HOST_MS = 24 * 60 * 60_000;

export interface ConnectRequest {
  /** Connections with the same key go to the same place with the same options. */
  key: string;
  options: ConnectOptions;
  open: Open;
  /** The stream below is given and serves one handshake. What is learnt in it helps the next connection. */
  once: boolean;
  /** Whether TLS sessions may be resumed. */
  resume: boolean;
  signal: AbortSignal;
}

interface Opened extends Attempt {
  watch?: SessionWatch | undefined;
  remembered?: RememberedSession | undefined;
}

export class Verification {
  readonly #options: ResolvedVerification;
  readonly #trust: Trust;
  readonly #completion: ChainCompletion;
  readonly #openSsl: Judge;
  readonly #platform: Judge | undefined;
  readonly #sessions = new SessionMemory();
  #generation = 0;
  /** What hosts that have been connected to need from the start. */
  readonly #hosts = new BoundedMap<readonly ChainCertificate[]>(MAX_HOSTS);

  constructor(options: ResolvedVerification, source: TrustSource) {
    const { cacheDirectory, allowPrivate, verifier } = options;
    const disk = cacheDirectory === undefined ? undefined : new DiskCache(cacheDirectory);
    // Two, because they have different limits: what is too large for the one is not for the other, and a URL that failed is
    // not asked again soon.
    const certificates = new Documents(allowPrivate);
    const revocations = new Documents(allowPrivate);
    this.#options = options;
    this.#trust = new Trust(source);
    this.#completion = new ChainCompletion(certificates, new Intermediates(disk), (bytes) =>
      source.parse(bytes),
    );
    this.#openSsl = new OpenSslJudge(options, this.#trust, revocations, disk);
    this.#platform = verifier === 'system' ? new PlatformJudge(options, source) : undefined;
  }

  /** Whether the caller's own options leave anything to verify. */
  covers({ secureContext, rejectUnauthorized }: ConnectOptions): boolean {
    if (secureContext || rejectUnauthorized === false) return false;
    return rejectUnauthorized === true || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0';
  }

  /** @throws Error (rejects) as the connection would have failed, or with the reason of the verdict */
  async connect(request: ConnectRequest): Promise<TLSSocket> {
    this.#keepUp();
    // As Node does: null and '' name no CA.
    const options = { ...request.options };
    // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- '' as well
    if (!options.ca) options.ca = undefined;
    // Agents leave allowPartialTrustChain and an empty list out of their names.
    const scope = `${String(this.#generation)} ${scopeOf(options)}`;
    const keyed = { ...request, options, key: `${scope} ${request.key}` };
    if (this.#platform && options.ca === undefined) {
      return await this.#accept(
        keyed,
        await this.#open(keyed, this.#platform, [], true),
        this.#platform,
      );
    }
    return await this.#connectByOpenSsl(keyed);
  }

  /** What was learnt under another list of trusted certificates is worth nothing. */
  #keepUp(): void {
    const generation = this.#trust.refresh();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#hosts.clear();
    this.#sessions.clear();
    this.#completion.forget();
  }

  async #connectByOpenSsl(request: ConnectRequest): Promise<TLSSocket> {
    const { key, options } = request;
    // With allowPartialTrustChain what was fetched would end chains.
    const known = options.allowPartialTrustChain ? undefined : this.#hosts.get(key);
    // What serves one handshake cannot be looked at a second time, so it is learnt from at once.
    const watchful = known === undefined || request.once;
    const first = await this.#open(request, this.#openSsl, known ?? [], watchful);
    const unknownIssuer = isUnknownIssuer(first.error);
    if (known && unknownIssuer && !request.once) {
      // Its certificate has changed, and with it what is missing.
      this.#hosts.delete(key);
      return await this.#connectByOpenSsl(request);
    }
    if (!unknownIssuer || !this.#mayComplete(request)) {
      return await this.#accept(request, first, this.#openSsl);
    }
    const shown = first.shown ?? (await this.#look(request));
    if (!shown) throw failureOf(first);
    return await this.#completeAndRetry(request, first, shown.chain);
  }

  #mayComplete({ options }: ConnectRequest): boolean {
    // There, a certificate that is added would end chains.
    return this.#options.fetchIntermediates && !options.allowPartialTrustChain;
  }

  /**
   * Node's tunnels through proxies do not show the chain of a handshake that failed. One more is made to look at it, and
   * closed without a byte.
   */
  async #look({ open, options, signal, once }: ConnectRequest): Promise<Shown | undefined> {
    if (once) return undefined;
    const overrides: Overrides = { session: undefined, rejectUnauthorized: false };
    const looked = await attempt({ open, options, overrides, watchful: true, signal });
    if (looked.socket) abandon(looked.socket);
    return looked.shown;
  }

  async #completeAndRetry(
    request: ConnectRequest,
    first: Opened,
    chain: readonly Buffer[],
  ): Promise<TLSSocket> {
    const { options, signal } = request;
    // Of now: what is found after the trusted certificates have changed is nothing to those who come then.
    const scope = `${String(this.#generation)} ${scopeOf(options)}`;
    const deadline = new Deadline(this.#options.deadlineMs, signal);
    try {
      const intermediates = await this.#complete(options, chain, deadline.signal, scope);
      signal.throwIfAborted();
      if (intermediates && request.once) this.#know(request.key, intermediates);
      if (!intermediates || request.once) throw failureOf(first);
      const again = { ...request, signal: deadline.signal };
      const second = await this.#open(again, this.#openSsl, intermediates, false);
      if (second.socket) this.#completion.remember(intermediates);
      else if (isUnknownIssuer(second.error)) this.#completion.disappoint(chain, scope);
      const socket = await this.#accept(again, second, this.#openSsl);
      this.#know(request.key, intermediates);
      return socket;
    } finally {
      deadline.release();
    }
  }

  #know(key: string, intermediates: readonly ChainCertificate[]): void {
    this.#hosts.set(key, intermediates, Date.now() + HOST_MS);
  }

  async #complete(
    options: ConnectOptions,
    chain: readonly Buffer[],
    signal: AbortSignal,
    scope: string,
  ): Promise<ChainCertificate[] | undefined> {
    const work = this.#completion.complete(chain, this.#trust.list(options), signal, scope);
    // Out of time is as good as not found: OpenSSL's own words on the chain stand.
    return await unlessAborted(work, signal).catch(() => undefined);
  }

  async #open(
    { key, open, options, resume, signal }: ConnectRequest,
    judge: Judge,
    intermediates: readonly ChainCertificate[],
    watchful: boolean,
  ): Promise<Opened> {
    // A check of the caller's own is made of certificates, and a resumed session shows none.
    const mayResume = resume && options.checkServerIdentity === undefined;
    const remembered = mayResume ? this.#sessions.get(key) : undefined;
    const secureContext = this.#trust.context(options, intermediates);
    const overrides: Overrides = {
      session: remembered?.session,
      ...(secureContext ? { secureContext } : {}),
      ...judge.overrides,
    };
    let watch: SessionWatch | undefined;
    const adopt = (socket: TLSSocket): void => {
      if (mayResume) watch = this.#sessions.watch(socket, key);
    };
    const result = await attempt({ open, options, overrides, watchful, signal, onSocket: adopt });
    if (!result.socket) this.#sessions.delete(key);
    return { ...result, watch, remembered };
  }

  /** @returns until when the verdict stands */
  async #judge(
    request: ConnectRequest,
    completed: Opened & { socket: TLSSocket },
    judge: Judge,
  ): Promise<number> {
    const { socket, remembered } = completed;
    if (!socket.isSessionReused()) return await judge.judge(request, completed);
    // A session nobody here has given it: there is no verdict to remember.
    if (!remembered) throw new Error('The connection resumed a session that was never verified');
    judge.authorize(socket);
    return remembered.until;
  }

  /** The handshake is complete; hands the socket over when the judge has nothing against it. */
  async #accept(request: ConnectRequest, opened: Opened, judge: Judge): Promise<TLSSocket> {
    const { socket, watch, hold } = opened;
    if (!socket) throw failureOf(opened);
    try {
      const until = await this.#judge(request, { ...opened, socket }, judge);
      hold?.release();
      watch?.keep(until);
    } catch (error) {
      abandon(socket);
      throw error;
    }
    if (!this.#hosts.get(request.key)) this.#know(request.key, []);
    return socket;
  }
}

function failureOf({ error }: Attempt): Error {
  return error ?? new Error('There is neither a connection nor an error');
}
