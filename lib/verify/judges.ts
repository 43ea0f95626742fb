/**
 * Judges whether a completed handshake may be used, in addition to OpenSSL or in its place.
 */
import * as tls from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';

import { Deadline, unlessAborted } from '../base/deadline.js';
import { Certificate, tryReadCertificate } from '../certificate/certificate.js';
import { sha256Of } from '../certificate/fingerprint.js';
import type { DiskCache } from '../chain/completion/disk-cache.js';
import type { Documents } from '../chain/completion/documents.js';
import { ErrorCodes } from '../errors.js';
import type { Completed, Overrides } from './connections/attempt.js';
import type { ResolvedVerification } from './defaults.js';
import { loadPlatformVerifier } from './platform/platform.js';
import { refusalError } from './refusal.js';
import { Revocation } from './revocation/revocation.js';
import { hostOf, scopeOf } from './trust.js';
import type { ConnectOptions, Trust } from './trust.js';
import type { TrustSource } from './trusted-certificates.js';
import type { ChainVerdict } from './types.js';

const DAY_MS = 24 * 60 * 60_000;
/** How long a verdict of the platform holds for resumed sessions. */
const PLATFORM_VERDICT_MS = 10 * 60_000;
/** Extra time in which the platform itself can report that time is over. */
const GRACE_MS = 500;

export interface Question {
  options: ConnectOptions;
  /** Aborted when the connection ends. */
  signal: AbortSignal;
  /** Milliseconds of the deadline that were spent on completing the chain. */
  spentMs: number;
}

export interface Judge {
  /** Options that the handshake needs for this judge. */
  readonly overrides: Overrides;
  /**
   * @returns until when the verdict holds, in milliseconds since the epoch
   * @throws Error (rejects) with the reason when the connection must not be used
   */
  judge(question: Question, completed: Completed): Promise<number>;
}

/** Checks whether a CA has revoked any certificate of a chain that OpenSSL has accepted in the handshake. */
export class OpenSslJudge implements Judge {
  readonly overrides: Overrides;
  readonly #options: ResolvedVerification;
  readonly #trust: Trust;
  readonly #revocation: Revocation | undefined;

  constructor(
    options: ResolvedVerification,
    trust: Trust,
    documents: Documents,
    disk: DiskCache | undefined,
  ) {
    const { revocation } = options;
    this.#options = options;
    this.#trust = trust;
    this.overrides = revocation === 'off' ? {} : { requestOCSP: true };
    this.#revocation =
      revocation === 'off' ? undefined : new Revocation(documents, disk, revocation);
  }

  async judge({ options, signal, spentMs }: Question, completed: Completed): Promise<number> {
    const until = Date.now() + DAY_MS;
    const revocation = this.#revocation;
    if (!revocation) return until;
    const { shown, staple } = completed;
    const host = hostOf(options);
    const subject = {
      chain: shown?.chain ?? [],
      staple,
      generation: this.#trust.refresh(),
      scope: scopeOf(options),
    };
    const verdict =
      revocation.recall(subject) ??
      (await this.#inTime(signal, spentMs, (patience) =>
        revocation.check({
          ...subject,
          host,
          list: this.#trust.list(options),
          allowPartialTrustChain: Boolean(options.allowPartialTrustChain),
          signal: patience,
        }),
      ));
    if (!verdict.ok) throw refusalError(host, verdict);
    return Math.min(until, verdict.until);
  }

  async #inTime<T>(
    signal: AbortSignal,
    spentMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = new Deadline(
      Math.ceil(Math.max(0, this.#options.deadlineMs - spentMs)),
      signal,
    );
    try {
      return await unlessAborted(work(deadline.signal), signal);
    } finally {
      deadline.release();
    }
  }
}

/** The platform accepts 200 certificates in all. */
const MOST_HELPERS = 100;

/**
 * True on macOS, where trustd judges by the settings that our read only lists: what it accepts, it accepts in knowledge of
 * them. But an anchor given to it overrides the settings (SecPathBuilderInit in trust/trustd/SecTrustServer.c), so it never
 * gets what they distrust. It also knows settings only by a certificate's hash (SecTrustSettingsCertHashStrFromCert), so we
 * check other encodings of a denied certificate, which anyone can make.
 */
const appliesSettings = (): boolean => process.platform === 'darwin';

/** The platform's verifier judges after a handshake without a verdict. */
export class PlatformJudge implements Judge {
  readonly overrides: Overrides = { rejectUnauthorized: false };
  readonly #options: ResolvedVerification;
  readonly #source: TrustSource;
  readonly #trust: Trust;

  constructor(options: ResolvedVerification, source: TrustSource, trust: Trust) {
    this.#options = options;
    this.#source = source;
    this.#trust = trust;
  }

  async judge({ options, signal }: Question, { shown }: Completed): Promise<number> {
    const { revocation, fetchIntermediates, deadlineMs } = this.#options;
    const { userCAs, helpers, excluded } = this.#source.current();
    const own = this.#trust.judge(options);
    const leavesIt = appliesSettings();
    const isDenied = (der: Buffer): boolean =>
      leavesIt && own?.isDistrusted(new Certificate(der)) === true;
    const besides = this.#besides(options);
    const host = hostOf(options);
    if (!shown) {
      throw refusalError(host, { ok: false, code: 'ERR_SSL_NO_CERT', reason: 'no certificate' });
    }
    const { leaf, chain } = shown;
    const question = loadPlatformVerifier()([...chain, ...helpers.slice(0, MOST_HELPERS)], {
      host,
      purpose: 'server-auth',
      revocation,
      fetchIntermediates,
      deadlineMs,
      userCAs: [...userCAs, ...besides].filter((der) => !isDenied(der)),
      signal,
    });
    const verdict = await this.#inTime(question, host, signal);
    if (!verdict.ok) throw refusalError(host, verdict);
    const used = verdict.chain ?? chain;
    refuseExcluded(host, used, excluded);
    const isJudged = !leavesIt || used.some((der) => own?.isDistrustedTwin(new Certificate(der)));
    const refusal = isJudged ? own?.refusal({ linked: used, sent: () => chain }) : undefined;
    if (refusal) throw refusal;
    // Node skips this check after a failure of its own, and that failure is about to be overruled.
    const mismatch = (options.checkServerIdentity ?? tls.checkServerIdentity)(host, leaf());
    if (mismatch) throw mismatch;
    return Date.now() + PLATFORM_VERDICT_MS;
  }

  /** Only self-signed certificates, because on macOS any anchor ends a chain. */
  #besides({ ca }: ConnectOptions): Buffer[] {
    const besides = this.#source.besides(ca);
    if (!besides) return [];
    return this.#source
      .parse(Buffer.from(besides.own.join('\n')))
      .filter((der) => tryReadCertificate(der)?.selfSigned);
  }

  /** Rejects if the platform does not enforce the time limit itself. */
  async #inTime(
    question: Promise<ChainVerdict>,
    host: string,
    signal: AbortSignal,
  ): Promise<ChainVerdict> {
    const deadline = new Deadline(this.#options.deadlineMs + GRACE_MS, signal);
    try {
      return await unlessAborted(question, deadline.signal);
    } catch (error) {
      if (!deadline.signal.aborted || signal.aborted) throw error;
      const reason = `the system did not judge the chain within ${this.#options.deadlineMs} ms`;
      throw refusalError(host, { ok: false, code: ErrorCodes.DEADLINE, reason });
    } finally {
      deadline.release();
    }
  }
}

/** Applies the program's own exclusions, which the platform does not know. */
function refuseExcluded(
  host: string,
  chain: readonly Buffer[],
  excluded: ReadonlySet<string>,
): void {
  const found = chain.map(sha256Of).find((sha256) => excluded.has(sha256));
  if (found === undefined) return;
  const reason = `a certificate of the chain is excluded: SHA-256 ${found}`;
  throw refusalError(host, { ok: false, code: 'CERT_REJECTED', reason });
}

/**
 * Ends a connection whose server shows another certificate in a renegotiation of TLS 1.2, since that one was never judged.
 * Node's disableRenegotiation() is for servers, and those that request a client certificate late renegotiate with the same
 * certificate. Active from before the verdict, which may take a while.
 *
 * @param judged - undefined for a resumed session, which shows none
 * @param overrules - true when OpenSSL's verdict is overruled; its next one is then overruled too
 */
export function keepCertificate(
  socket: TLSSocket,
  judged: Buffer | undefined,
  overrules: boolean,
): void {
  socket.on('secure', () => {
    // A renegotiation that resumes the session shows no certificate either.
    const isSame =
      socket.isSessionReused() || (judged !== undefined && certificateOf(socket)?.equals(judged));
    if (!isSame) socket.destroy();
    else if (overrules) Object.assign(socket, { authorized: true, authorizationError: null });
  });
}

function certificateOf(socket: TLSSocket): Buffer | undefined {
  return (socket.getPeerCertificate() as Partial<PeerCertificate> | null)?.raw;
}
