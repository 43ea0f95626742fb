/**
 * Trust on first use: lets a connection in only if the store remembers its exact certificate as accepted at this moment. A
 * chain that verifies, a resumed session or an earlier answer lets no connection in.
 *
 * A client is recognised by its whole certificate, not by its key alone: name and validity are part of what was accepted, and
 * with the key alone its holder could change both without a new question. Revocation also covers the key, if it is known: a
 * certificate is revoked because its key is in the wrong hands, and the holder of the key can make another certificate.
 */
import { EventEmitter } from 'node:events';
import type { Server, TLSSocket } from 'node:tls';

import { log, warn } from '../base/log.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import type { CertificateInput } from '../types.js';
import { AcceptedMark } from './accepted-peer.js';
import { Connections } from './connections.js';
import { gate } from './gate.js';
import { checkRuntime, resolveOptions } from './options.js';
import type { ResolvedOptions } from './options.js';
import { Decisions } from './peers/decisions.js';
import { CertificateReader } from './peers/peer-certificate.js';
import type { ClientCertificate } from './peers/peer-certificate.js';
import type { PeerRecord } from './peers/peer-file.js';
import type { PeerState } from './peers/peer-store.js';
import { introduce, isRevoked, mayStay, toPeer } from './peers/remembered.js';
import { Pending } from './pending.js';
import type { Outcome } from './pending.js';
import type {
  PeerSource,
  Refusal,
  RefusalReason,
  RememberedPeer,
  TrustOnFirstUse,
  TrustOnFirstUseOptions,
} from './types.js';

const RECHECK_MS = 1000;

/** See api.ts. */
export function trustOnFirstUse(options: TrustOnFirstUseOptions): TrustOnFirstUse {
  checkRuntime(process.versions);
  return new FirstUse(resolveOptions(options));
}

class FirstUse implements TrustOnFirstUse {
  readonly #options: ResolvedOptions;
  readonly #decisions: Decisions;
  readonly #pending: Pending;
  readonly #connections = new Connections();
  readonly #events = new EventEmitter();
  readonly #certificates = new CertificateReader();
  readonly #mark = new AcceptedMark();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#decisions = new Decisions(options.file, {
      seen: (fingerprint256) =>
        this.#pending.certificate(fingerprint256) ?? this.#certificates.seen(fingerprint256)?.facts,
      narrowed: () => {
        this.#recheck();
      },
      failed: (error) => {
        this.#warn(error);
      },
    });
    this.#pending = new Pending(options, (error) => {
      this.#warn(error);
    });
    // Reports a broken file now and not at the first client.
    this.#decisions.read();
  }

  protect<S extends Server>(server: S): S {
    gate(server, (socket, release) => {
      this.#hold(socket, release);
    });
    return server;
  }

  peerOf(source: PeerSource): RememberedPeer | undefined {
    return this.#mark.find(source);
  }

  peers(): RememberedPeer[] {
    return [...this.#decisions.read().records.values()].map(toPeer);
  }

  async accept(
    certificate: CertificateInput,
    options: { label?: string | undefined } = {},
  ): Promise<RememberedPeer> {
    const peer = await this.#decisions.acceptInput(certificate, options.label);
    this.#pending.end(peer.fingerprint256, { decision: 'settled' });
    return peer;
  }

  revoke(client: CertificateInput): Promise<RememberedPeer> {
    return this.#decisions.revokeInput(client);
  }

  forget(fingerprint256: string): Promise<boolean> {
    return this.#decisions.forget(fingerprint256);
  }

  on(event: string, listener: (...values: never[]) => void): this {
    this.#events.on(event, listener as (...values: unknown[]) => void);
    return this;
  }

  /** Runs when the handshake is done, before any other code learns of the connection. */
  #hold(socket: TLSSocket, release: () => void): void {
    // A second handshake (TLS 1.2) could show another certificate after this one was accepted. Node's own
    // disableRenegotiation() only emits an error, and goes on with the new certificate.
    socket.on('secure', () => socket.destroy());
    const certificate = this.#certificateOf(socket);
    if (typeof certificate === 'string') {
      this.#refuse(socket, certificate);
      return;
    }
    const verdict = this.#decisions.judge(certificate);
    if (verdict !== undefined && typeof verdict !== 'string') {
      this.#admit(socket, certificate, verdict, release);
    } else if (verdict !== undefined) {
      this.#refuse(socket, verdict, certificate);
    } else if (this.#pending.isFull) {
      this.#refuse(socket, 'busy', certificate);
    } else {
      void this.#ask(socket, certificate, release);
    }
  }

  #certificateOf(socket: TLSSocket): ClientCertificate | 'no-certificate' | 'unparsable' {
    let der: Buffer | undefined;
    try {
      // A resumed session carries the certificate too. Without a certificate the client has proved nothing. This avoids
      // getPeerCertificate(), which ends Node 24 and 26 at a curve without a NIST name (secp256k1, brainpool).
      der = socket.getPeerX509Certificate()?.raw;
    } catch {
      return 'unparsable';
    }
    return der === undefined ? 'no-certificate' : (this.#certificates.read(der) ?? 'unparsable');
  }

  async #ask(
    socket: TLSSocket,
    certificate: ClientCertificate,
    release: () => void,
  ): Promise<void> {
    const { facts } = certificate;
    const { remoteAddress } = socket;
    this.#watch();
    const outcome = await this.#pending.wait(
      facts,
      socket,
      async (context) => {
        const state = this.#decisions.read();
        const peer = await introduce(state, facts, remoteAddress, context.signal);
        return this.#options.decide(peer, context);
      },
      (answer) => this.#settle(certificate, answer),
    );
    const verdict = 'refused' in outcome ? outcome.refused : this.#decisions.judge(certificate);
    if (verdict === undefined || typeof verdict === 'string') {
      this.#refuse(socket, verdict ?? 'declined', certificate, remoteAddress);
      return;
    }
    // An error thrown by the server's listeners belongs to the program, so it must not reject this promise.
    process.nextTick(() => {
      // Judged again, now that nothing can come in between: the client may have been revoked since.
      const record = this.#decisions.judge(certificate);
      if (record === undefined || typeof record === 'string') {
        this.#refuse(socket, record ?? 'declined', certificate, remoteAddress);
        return;
      }
      this.#admit(socket, certificate, record, release);
    });
  }

  /** Writes an answer to the file. A client that cannot be remembered is not let in. */
  async #settle({ facts }: ClientCertificate, outcome: Outcome): Promise<Outcome> {
    if (!('decision' in outcome) || outcome.decision === 'settled') return outcome;
    const { decision, label } = outcome;
    try {
      if (decision === 'accept') {
        await this.#decisions.accept(facts, label);
        return outcome;
      }
      await this.#decisions.revoke(facts.fingerprint256, facts, label);
      return { refused: 'declined' };
    } catch (error) {
      if ((error as TruststoreError).code === ErrorCodes.INVALID_ARGUMENT) {
        return { refused: 'revoked' };
      }
      this.#warn(error);
      return { refused: 'store' };
    }
  }

  #admit(
    socket: TLSSocket,
    certificate: ClientCertificate,
    record: PeerRecord,
    release: () => void,
  ): void {
    if (socket.destroyed) return;
    const peer = toPeer(record);
    this.#mark.put(socket, peer);
    this.#connections.add(record.fingerprint256, socket);
    this.#watch();
    this.#events.emit('accepted', peer, socket);
    // A listener may have destroyed the socket.
    if (socket.destroyed) return;
    const verdict = this.#decisions.judge(certificate);
    if (verdict === undefined || typeof verdict === 'string') {
      this.#refuse(socket, verdict ?? 'declined', certificate);
    } else {
      release();
    }
  }

  #refuse(
    socket: TLSSocket,
    reason: RefusalReason,
    certificate?: ClientCertificate,
    remoteAddress = socket.remoteAddress,
  ): void {
    socket.destroy();
    const refusal: Refusal = {
      reason,
      ...(certificate === undefined ? {} : { certificate: certificate.facts }),
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
    };
    log('info', `client refused: ${reason}`, {
      fingerprint256: certificate?.facts.fingerprint256,
      remoteAddress,
    });
    this.#events.emit('refused', refusal);
  }

  /** Checks at intervals, since others may revoke and time goes on. Runs only while needed, and keeps no process alive. */
  #watch(): void {
    this.#timer ??= setInterval(() => {
      if (this.#connections.size > 0 || this.#pending.certificates.length > 0) {
        this.#recheck();
        return;
      }
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, RECHECK_MS).unref();
  }

  #recheck(): void {
    let state: PeerState;
    try {
      state = this.#decisions.read();
    } catch (error) {
      // No new client gets in. Open connections stay: a readable file accepted them, and nothing says otherwise.
      this.#warn(error);
      return;
    }
    const now = Date.now();
    this.#connections.cut((fingerprint256) => {
      const record = state.records.get(fingerprint256);
      return record !== undefined && mayStay(state, record, now);
    });
    for (const certificate of this.#pending.certificates) {
      const { fingerprint256 } = certificate;
      if (isRevoked(state, certificate)) {
        this.#pending.end(fingerprint256, { refused: 'revoked' });
      } else if (state.records.has(fingerprint256)) {
        this.#pending.end(fingerprint256, { decision: 'settled' });
      }
    }
  }

  #warn(error: unknown): void {
    const known =
      error instanceof TruststoreError
        ? error
        : new TruststoreError(ErrorCodes.PEER_STORE, String(error), {
            operation: 'trustOnFirstUse',
            cause: error,
          });
    warn(known.code, known.message, known.path === undefined ? {} : { path: known.path });
    this.#events.emit('warning', known);
  }
}
