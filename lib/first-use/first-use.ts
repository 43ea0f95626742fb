/**
 * Trust on first use: a connection is let in when the store remembers its certificate as accepted, at this moment, by this
 * certificate. Nothing else lets anybody in: no chain that verifies, no resumed session, no earlier answer.
 *
 * A client is recognised by its whole certificate, not by its key alone: name and validity are part of what was accepted,
 * and with the key alone its holder could change both without anybody being asked. Revocation covers the key as well,
 * because a certificate is revoked when its key is in the wrong hands, and whoever has it can make another certificate.
 */
import { EventEmitter } from 'node:events';
import type { Server, TLSSocket } from 'node:tls';

import { ErrorCodes, TruststoreError } from '../errors.js';
import { log, warn } from '../log.js';
import type { CertificateInput } from '../types.js';
import { AcceptedMark } from './accepted-peer.js';
import { Connections } from './connections.js';
import { gate } from './gate.js';
import { checkFingerprint, checkRuntime, resolveOptions } from './options.js';
import type { ResolvedOptions } from './options.js';
import { CertificateReader, findFault } from './peer-certificate.js';
import type { ReadCertificate } from './peer-certificate.js';
import type { PeerRecord } from './peer-file.js';
import { PeerStore } from './peer-store.js';
import type { PeerState } from './peer-store.js';
import { Pending } from './pending.js';
import type { Outcome } from './pending.js';
import {
  accepting,
  forgetting,
  isRevoked,
  mayStay,
  readInput,
  revoking,
  toPeer,
} from './remembered.js';
import type {
  PeerSource,
  Refusal,
  RefusalReason,
  RememberedPeer,
  TrustOnFirstUse,
  TrustOnFirstUseOptions,
  UnknownPeer,
} from './types.js';

const RECHECK_MS = 1000;

export function createTrustOnFirstUse(options: TrustOnFirstUseOptions): TrustOnFirstUse {
  checkRuntime(process.versions);
  return new FirstUse(resolveOptions(options));
}

class FirstUse implements TrustOnFirstUse {
  readonly #options: ResolvedOptions;
  readonly #store: PeerStore;
  readonly #pending: Pending;
  readonly #connections = new Connections();
  readonly #events = new EventEmitter();
  readonly #certificates = new CertificateReader();
  readonly #mark = new AcceptedMark();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#store = new PeerStore(options.file);
    this.#pending = new Pending(options, (error) => {
      this.#warn(error);
    });
    // Better told now than at the first client.
    this.#store.read();
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
    return [...this.#store.read().records.values()].map(toPeer);
  }

  async accept(
    certificate: CertificateInput,
    options: { label?: string | undefined } = {},
  ): Promise<RememberedPeer> {
    const input = readInput(certificate, Date.now());
    const peer = await this.#remember(input.facts.fingerprint256, (state) =>
      accepting(state, input.facts, options.label),
    );
    this.#pending.end(peer.fingerprint256, { decision: 'settled' });
    return peer;
  }

  async revoke(fingerprint256: string): Promise<RememberedPeer> {
    const wanted = checkFingerprint(fingerprint256);
    const seen = this.#certificates.seen(wanted)?.facts;
    const peer = await this.#remember(wanted, (state) => revoking(state, wanted, seen));
    this.#recheck();
    return peer;
  }

  async forget(fingerprint256: string): Promise<boolean> {
    const wanted = checkFingerprint(fingerprint256);
    let known = false;
    await this.#store.update((state) => {
      const rest = forgetting(state, wanted);
      known = rest !== undefined;
      return rest;
    });
    this.#recheck();
    return known;
  }

  on(event: string, listener: (...values: never[]) => void): this {
    this.#events.on(event, listener as (...values: unknown[]) => void);
    return this;
  }

  /** Once the handshake is done, and before anybody else learns of the connection. */
  #hold(socket: TLSSocket, release: () => void): void {
    // A second handshake (TLS 1.2) could show another certificate after this one was accepted. Node's own
    // disableRenegotiation() only emits an error, and goes on with the new certificate.
    socket.on('secure', () => socket.destroy());
    const certificate = this.#certificateOf(socket);
    if (typeof certificate === 'string') {
      this.#refuse(socket, certificate);
      return;
    }
    const verdict = this.#judge(certificate);
    if (verdict !== undefined && typeof verdict !== 'string') {
      this.#admit(socket, verdict, release);
    } else if (verdict !== undefined) {
      this.#refuse(socket, verdict, certificate);
    } else if (this.#pending.isFull) {
      this.#refuse(socket, 'busy', certificate);
    } else {
      void this.#ask(socket, certificate, release);
    }
  }

  #certificateOf(socket: TLSSocket): ReadCertificate | 'no-certificate' | 'unparsable' {
    let der: Buffer | undefined;
    try {
      // Also there when a session is resumed: the session carries it. Without one, nobody has proved anything.
      ({ raw: der } = (socket.getPeerCertificate() as { raw?: Buffer } | null) ?? {});
    } catch {
      return 'unparsable';
    }
    return der === undefined ? 'no-certificate' : (this.#certificates.read(der) ?? 'unparsable');
  }

  /** The record that lets the certificate in, the reason that keeps it out, or undefined when nobody knows it. */
  #judge(certificate: ReadCertificate): PeerRecord | RefusalReason | undefined {
    const fault = findFault(certificate, Date.now());
    if (fault !== undefined) return fault;
    try {
      const state = this.#store.read();
      if (isRevoked(state, certificate.facts)) return 'revoked';
      return state.records.get(certificate.facts.fingerprint256);
    } catch (error) {
      this.#warn(error);
      return 'store';
    }
  }

  async #ask(socket: TLSSocket, certificate: ReadCertificate, release: () => void): Promise<void> {
    const { facts } = certificate;
    const { remoteAddress } = socket;
    this.#watch();
    const outcome = await this.#pending.wait(
      facts.fingerprint256,
      socket,
      (context) => this.#options.decide(this.#introduce(certificate, remoteAddress), context),
      (answer) => this.#settle(certificate, answer),
    );
    const verdict = 'refused' in outcome ? outcome.refused : this.#judge(certificate);
    if (verdict === undefined || typeof verdict === 'string') {
      this.#refuse(socket, verdict ?? 'declined', certificate, remoteAddress);
      return;
    }
    // What a listener of the server throws is the program's, not this promise's.
    process.nextTick(() => {
      // Judged again, now that nothing comes in between: a client may have been revoked since.
      const record = this.#judge(certificate);
      if (record === undefined || typeof record === 'string') {
        this.#refuse(socket, record ?? 'declined', certificate, remoteAddress);
        return;
      }
      this.#admit(socket, record, release);
    });
  }

  #introduce({ facts }: ReadCertificate, remoteAddress: string | undefined): UnknownPeer {
    const accepted = this.peers().filter(({ state }) => state === 'accepted');
    const sameKey = ({ certificate }: RememberedPeer): boolean =>
      certificate?.publicKey256 === facts.publicKey256;
    return {
      ...facts,
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
      renews: accepted.filter(sameKey),
      namesakes: accepted.filter((peer) => peer.certificate?.name === facts.name && !sameKey(peer)),
    };
  }

  /** Writes an answer down. What cannot be remembered is not let in. */
  async #settle({ facts }: ReadCertificate, outcome: Outcome): Promise<Outcome> {
    if (!('decision' in outcome) || outcome.decision === 'settled') return outcome;
    const { decision, label } = outcome;
    try {
      await this.#remember(facts.fingerprint256, (state) =>
        decision === 'accept'
          ? accepting(state, facts, label)
          : revoking(state, facts.fingerprint256, facts, label),
      );
      if (decision === 'accept') return outcome;
      this.#recheck();
      return { refused: 'declined' };
    } catch (error) {
      if ((error as TruststoreError).code === ErrorCodes.INVALID_ARGUMENT) {
        return { refused: 'revoked' };
      }
      this.#warn(error);
      return { refused: 'store' };
    }
  }

  async #remember(
    fingerprint256: string,
    change: (state: PeerState) => ReadonlyMap<string, PeerRecord> | undefined,
  ): Promise<RememberedPeer> {
    const { records } = await this.#store.update(change);
    const record = records.get(fingerprint256);
    if (record === undefined) throw new Error('the record that was written is not there');
    log('info', `client ${record.state}`, { fingerprint256 });
    return toPeer(record);
  }

  #admit(socket: TLSSocket, record: PeerRecord, release: () => void): void {
    if (socket.destroyed) return;
    const peer = toPeer(record);
    this.#mark.put(socket, peer);
    this.#connections.add(record.fingerprint256, socket);
    this.#watch();
    this.#events.emit('accepted', peer, socket);
    release();
  }

  #refuse(
    socket: TLSSocket,
    reason: RefusalReason,
    certificate?: ReadCertificate,
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

  /** Another process may revoke, and time goes on. Runs while there is somebody to cut, and keeps no process alive. */
  #watch(): void {
    this.#timer ??= setInterval(() => {
      if (this.#connections.size > 0 || this.#pending.fingerprints.length > 0) {
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
      state = this.#store.read();
    } catch (error) {
      // Nobody new gets in. Who is in was accepted by a file that could be read, and nothing says otherwise.
      this.#warn(error);
      return;
    }
    const now = Date.now();
    this.#connections.cut((fingerprint256) => {
      const record = state.records.get(fingerprint256);
      return record !== undefined && mayStay(state, record, now);
    });
    for (const fingerprint256 of this.#pending.fingerprints) {
      const read = this.#certificates.seen(fingerprint256);
      if (read && isRevoked(state, read.facts)) {
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
