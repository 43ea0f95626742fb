/**
 * The public types of trust on first use.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, TLSSocket } from 'node:tls';

import type { TruststoreError } from '../errors.js';
import type { CertificateInput } from '../types.js';

/**
 * What an application says of a client it sees for the first time. `accept` and `block` are remembered; after `refuse` it
 * is asked again the next time.
 */
export type FirstUseDecision = 'accept' | 'refuse' | 'block';

/** A decision with a name of the application's own for the client. */
export interface FirstUseAnswer {
  decision: FirstUseDecision;
  /** At most 200 characters. */
  label?: string | undefined;
}

export interface TrustOnFirstUseOptions {
  /** Where the decisions are kept. Made with the first of them, for its owner alone; several processes may share it. */
  file: string;
  /**
   * Asked once for a client that is in nobody's memory, however many connections it opens meanwhile; they wait, and get
   * nothing, until the answer is there. Anything but an answer, an exception included, refuses.
   */
  decide(
    peer: UnknownPeer,
    context: FirstUseContext,
  ): FirstUseDecision | FirstUseAnswer | Promise<FirstUseDecision | FirstUseAnswer>;
  /** Milliseconds an answer may take; then the client is refused. @defaultValue `60000` */
  decisionMs?: number | undefined;
  /** Connections that may wait for an answer at one time; further ones are refused. @defaultValue `16` */
  maximumPending?: number | undefined;
}

export interface FirstUseContext {
  /** Aborted when the answer is no longer wanted: too late, given elsewhere, or everybody who waited has left. */
  signal: AbortSignal;
}

/** A client's certificate. Names are the client's own words: show them, but decide by the fingerprint. */
export interface PeerCertificate {
  /** What a client is recognised by: SHA-256 of the certificate, as `X509Certificate#fingerprint256`. */
  fingerprint256: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), in the same form. */
  publicKey256: string;
  /** The common name or organisation, with control and direction characters made visible. Not HTML. */
  name: string;
  /** As `X509Certificate#subject`: not made safe. */
  subject: string;
  issuer: string;
  serialNumber: string;
  validFrom: Date;
  validTo: Date;
  pem: string;
}

/** A client the application is asked about. */
export interface UnknownPeer extends PeerCertificate {
  remoteAddress?: string;
  /** Accepted clients with the same key: this is one of them with a new certificate. */
  renews: RememberedPeer[];
  /** Accepted clients with the same name and another key: perhaps somebody who wants to be taken for one of them. */
  namesakes: RememberedPeer[];
}

/** One decision that was remembered. */
export interface RememberedPeer {
  fingerprint256: string;
  state: 'accepted' | 'revoked';
  /** When the decision was made. */
  since: Date;
  label?: string;
  /** Missing when a fingerprint was revoked whose certificate nobody has seen: its key is then not revoked with it. */
  certificate?: PeerCertificate;
}

/** Why a connection was not let in. The first rule that applies, in this order. */
export type RefusalReason =
  /** The client showed none. */
  | 'no-certificate'
  /** The certificate cannot be read. */
  | 'unparsable'
  /** RSA below 2048 bits, a curve below 256 bits, a kind of key nobody knows to be strong, or an encoding nobody can read. */
  | 'weak-key'
  /** Extended key usage that leaves out client authentication (RFC 5280 §4.2.1.12). */
  | 'purpose'
  | 'expired'
  | 'not-yet-valid'
  /** The file with the decisions cannot be used: see the warning. */
  | 'store'
  /** The certificate, or another one with its key, was revoked. */
  | 'revoked'
  /** Too many connections wait for an answer. */
  | 'busy'
  /** The application said no, or nothing that means yes. */
  | 'declined'
  /** The application did not answer in time. */
  | 'deadline';

export interface Refusal {
  reason: RefusalReason;
  certificate?: PeerCertificate;
  remoteAddress?: string;
}

/** Whatever a request or connection is known by in `tls`, `https` and `http2`. */
export type PeerSource =
  TLSSocket | IncomingMessage | Http2ServerRequest | ServerHttp2Stream | Http2Session;

export interface TrustOnFirstUse {
  /**
   * Makes a server ask its clients for a certificate, and holds every connection back, before any listener or handler
   * sees it, until its certificate is accepted. There is no way back. Call it before the first connection.
   *
   * Make the server with `requestCert: true` and without `rejectUnauthorized`: should this call ever be forgotten, it then
   * refuses clients that no CA vouches for, instead of serving them.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`: no TLS server, protected already, or connections are open
   */
  protect<S extends Server>(server: S): S;
  /** Who is at the other end, as accepted. Undefined for anything that did not come through {@link protect}. */
  peerOf(source: PeerSource): RememberedPeer | undefined;
  /** All decisions, as the file has them now. @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` */
  peers(): RememberedPeer[];
  /**
   * Accepts a certificate without waiting for its first use, or while it waits.
   *
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT` for a certificate no connection could be accepted
   * with, or a revoked one; `ERR_TRUSTSTORE_PEER_STORE`, `…_PEER_STORE_LOCKED`, `…_WRITE_FAILED`
   */
  accept(
    certificate: CertificateInput,
    options?: { label?: string | undefined },
  ): Promise<RememberedPeer>;
  /**
   * Never again: the certificate, and any other one with its key, in whatever encoding (compressed points, RSASSA-PSS), is
   * refused from now on, without asking, also when a session is resumed, and open connections of theirs are cut (in other processes within about a second).
   *
   * The key is known of a certificate that is passed here whole, that is in the file, that waits for an answer, or that this
   * process has seen lately. A fingerprint of any other stands for that one certificate (the answer has no `certificate`),
   * until it is shown for the first time; from then on its key is revoked as well.
   *
   * @param client - the certificate, as `accept()` takes it, or its fingerprint
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_PEER_STORE`,
   * `…_PEER_STORE_LOCKED`, `…_WRITE_FAILED`
   */
  revoke(client: CertificateInput): Promise<RememberedPeer>;
  /** Back to unknown, and open connections are cut. False when there was nothing to forget. */
  forget(fingerprint256: string): Promise<boolean>;
  /** The server's own code gets the connection after the listeners, unless one of them destroys the socket or revokes. */
  on(event: 'accepted', listener: (peer: RememberedPeer, socket: TLSSocket) => void): this;
  on(event: 'refused', listener: (refusal: Refusal) => void): this;
  on(event: 'warning', listener: (error: TruststoreError) => void): this;
}
