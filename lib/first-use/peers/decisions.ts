/**
 * Answers which clients the file lets in at this moment, and makes every change to the file.
 */
import { log } from '../../base/log.js';
import type { CertificateInput } from '../../types.js';
import { checkFingerprint } from '../options.js';
import type { PeerCertificate, RefusalReason, RememberedPeer } from '../types.js';
import { findFault } from './peer-certificate.js';
import type { ClientCertificate } from './peer-certificate.js';
import type { PeerRecord, PeerRecords } from './peer-file.js';
import { PeerStore } from './peer-store.js';
import type { PeerState } from './peer-store.js';
import {
  accepting,
  forgetting,
  isRevoked,
  readInput,
  readRevoked,
  revoking,
  toPeer,
} from './remembered.js';

export interface Surroundings {
  /** The certificate with this fingerprint, for one that is not in the file, if this process has seen it. */
  seen(fingerprint256: string): PeerCertificate | undefined;
  /** Called when open connections may have to be closed. */
  narrowed(): void;
  failed(error: unknown): void;
}

export class Decisions {
  readonly #store: PeerStore;
  readonly #surroundings: Surroundings;
  /** Fingerprints whose key is being written to the file. */
  readonly #learning = new Set<string>();

  constructor(file: string, surroundings: Surroundings) {
    this.#store = new PeerStore(file);
    this.#surroundings = surroundings;
  }

  /** @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` */
  read(): PeerState {
    return this.#store.read();
  }

  /** The record that lets the certificate in, the reason that keeps it out, or undefined when the certificate is unknown. */
  judge(certificate: ClientCertificate): PeerRecord | RefusalReason | undefined {
    const fault = findFault(certificate, Date.now());
    try {
      const state = this.#store.read();
      const revoked = isRevoked(state, certificate.facts);
      // An expired certificate counts too, because its key can be certified again.
      if (revoked) this.#learnKey(state, certificate.facts);
      if (fault !== undefined) return fault;
      return revoked ? 'revoked' : state.records.get(certificate.facts.fingerprint256);
    } catch (error) {
      if (fault !== undefined) return fault;
      this.#surroundings.failed(error);
      return 'store';
    }
  }

  async acceptInput(input: CertificateInput, label: string | undefined): Promise<RememberedPeer> {
    return await this.accept(readInput(input, Date.now()).facts, label);
  }

  async accept(facts: PeerCertificate, label: string | undefined): Promise<RememberedPeer> {
    return await this.#remember(facts.fingerprint256, (state) => accepting(state, facts, label));
  }

  async revokeInput(input: CertificateInput): Promise<RememberedPeer> {
    const { fingerprint256, facts } = readRevoked(input);
    return await this.revoke(fingerprint256, facts ?? this.#surroundings.seen(fingerprint256));
  }

  async revoke(
    fingerprint256: string,
    facts: PeerCertificate | undefined,
    label?: string,
  ): Promise<RememberedPeer> {
    const peer = await this.#remember(fingerprint256, (state) =>
      revoking(state, fingerprint256, facts, label),
    );
    this.#surroundings.narrowed();
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
    this.#surroundings.narrowed();
    return known;
  }

  /** Adds the key of a fingerprint that was revoked before its certificate was ever seen. */
  #learnKey({ records }: PeerState, facts: PeerCertificate): void {
    const { fingerprint256 } = facts;
    const record = records.get(fingerprint256);
    if (record?.state !== 'revoked' || record.certificate !== undefined) return;
    if (this.#learning.has(fingerprint256)) return;
    this.#learning.add(fingerprint256);
    void this.#store
      .update((state) =>
        // Leaves the file alone if the fingerprint has been forgotten meanwhile.
        isRevoked(state, facts) ? revoking(state, fingerprint256, facts) : undefined,
      )
      .then(() => {
        this.#surroundings.narrowed();
      })
      .catch((error: unknown) => {
        this.#surroundings.failed(error);
      })
      .finally(() => this.#learning.delete(fingerprint256));
  }

  async #remember(
    fingerprint256: string,
    change: (state: PeerState) => PeerRecords | undefined,
  ): Promise<RememberedPeer> {
    const { records } = await this.#store.update(change);
    const record = records.get(fingerprint256);
    if (record === undefined) throw new Error('the record that was written is not there');
    log('info', `client ${record.state}`, { fingerprint256 });
    return toPeer(record);
  }
}
