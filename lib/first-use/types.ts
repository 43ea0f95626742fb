/**
 * The public types of trust on first use.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest, Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Server, TLSSocket } from 'node:tls';

import type { TruststoreError } from '../errors.js';
import type { CertificateInput } from '../types.js';

/**
 * The application's decision about a client it sees for the first time. `accept` and `block` are remembered; after `refuse`
 * the application is asked again the next time.
 */
export type FirstUseDecision = 'accept' | 'refuse' | 'block';

/** A decision, with the application's own name for the client. */
export interface FirstUseAnswer {
  decision: FirstUseDecision;
  /** At most 200 characters. */
  label?: string | undefined;
}

export interface TrustOnFirstUseOptions {
  /** Path of the file with the decisions. Made with the first one, for its owner alone; several processes may share it. */
  file: string;
  /**
   * Called once for an unknown client, however many connections it opens meanwhile. The connections wait, and get nothing,
   * until the answer is there. Anything that is not an answer, including an exception, refuses the client.
   */
  decide(
    peer: UnknownPeer,
    context: FirstUseContext,
  ): FirstUseDecision | FirstUseAnswer | Promise<FirstUseDecision | FirstUseAnswer>;
  /** Milliseconds an answer may take; the client is refused after that. @defaultValue `60000` */
  decisionMs?: number | undefined;
  /** Number of connections that may wait for an answer at the same time; further ones are refused. @defaultValue `16` */
  maximumPending?: number | undefined;
}

export interface FirstUseContext {
  /** Aborted when the answer is no longer wanted: it is too late, was given elsewhere, or all waiting clients have left. */
  signal: AbortSignal;
}

/** A client's certificate. The client chooses its names: show them, but decide by the fingerprint. */
export interface PeerCertificate {
  /** SHA-256 of the certificate, as in `X509Certificate#fingerprint256`. Clients are recognised by it. */
  fingerprint256: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), in the same format. */
  publicKey256: string;
  /** The common name or organisation, with control and direction characters made visible. Not escaped for HTML. */
  name: string;
  /** As in `X509Certificate#subject`; control characters are not made visible. */
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
  /** Accepted clients with the same name and another key: the client may be trying to pass for one of them. */
  namesakes: RememberedPeer[];
}

/** One remembered decision. */
export interface RememberedPeer {
  fingerprint256: string;
  state: 'accepted' | 'revoked';
  /** When the decision was made. */
  since: Date;
  label?: string;
  /** Missing when a fingerprint was revoked whose certificate was never seen; its key is then not revoked with it. */
  certificate?: PeerCertificate;
}

/** Why a connection was not let in: the first rule that applies, in this order. */
export type RefusalReason =
  /** The client showed no certificate. */
  | 'no-certificate'
  /** The certificate cannot be read. */
  | 'unparsable'
  /** RSA below 2048 bits, a curve below 256 bits, a kind of key not known to be strong, or an unreadable encoding. */
  | 'weak-key'
  /** The extended key usage does not include client authentication (RFC 5280 §4.2.1.12). */
  | 'purpose'
  | 'expired'
  | 'not-yet-valid'
  /** The file with the decisions cannot be used; a warning says why. */
  | 'store'
  /** The certificate, or another one with its key, was revoked. */
  | 'revoked'
  /** Too many connections are waiting for an answer. */
  | 'busy'
  /** The application said no, or gave an answer that does not mean yes. */
  | 'declined'
  /** The application did not answer in time. */
  | 'deadline';

export interface Refusal {
  reason: RefusalReason;
  certificate?: PeerCertificate;
  remoteAddress?: string;
}

/** Any object that represents a request or connection in `tls`, `https` and `http2`. */
export type PeerSource =
  TLSSocket | IncomingMessage | Http2ServerRequest | ServerHttp2Stream | Http2Session;

export interface TrustOnFirstUse {
  /**
   * Makes a server ask its clients for a certificate. Each connection is held back, unseen by listeners and handlers, until
   * its certificate is accepted. This cannot be undone. Call it before the first connection.
   *
   * Make the server with `requestCert: true` and without `rejectUnauthorized`: if this call is ever forgotten, the server
   * then refuses clients that no CA vouches for, and does not serve them.
   *
   * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`: not a TLS server, already protected, or connections are open
   */
  protect<S extends Server>(server: S): S;
  /** The accepted client at the other end. Undefined for anything that did not come through {@link protect}. */
  peerOf(source: PeerSource): RememberedPeer | undefined;
  /** All decisions, as they are in the file now. @throws TruststoreError `ERR_TRUSTSTORE_PEER_STORE` */
  peers(): RememberedPeer[];
  /**
   * Accepts a certificate before its first use, or while it waits for an answer.
   *
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT` for a certificate with which no connection could be
   * accepted, or a revoked one; `ERR_TRUSTSTORE_PEER_STORE`, `…_PEER_STORE_LOCKED`, `…_WRITE_FAILED`
   */
  accept(
    certificate: CertificateInput,
    options?: { label?: string | undefined },
  ): Promise<RememberedPeer>;
  /**
   * Revokes a client for good. Its certificate, and any other with its key in whatever encoding (compressed points,
   * RSASSA-PSS), is refused from now on without asking, also when a session is resumed. Their open connections are closed (in
   * other processes within about a second).
   *
   * The key is known if the certificate is passed here whole, is in the file, waits for an answer, or was seen by this
   * process lately. Any other fingerprint stands for that one certificate (the answer has no `certificate`) until it is first
   * shown; from then on its key is revoked as well.
   *
   * @param client - the certificate, as `accept()` takes it, or its fingerprint
   * @throws TruststoreError (rejects) `ERR_TRUSTSTORE_INVALID_ARGUMENT`, `ERR_TRUSTSTORE_PEER_STORE`, `…_PEER_STORE_LOCKED`,
   * `…_WRITE_FAILED`
   */
  revoke(client: CertificateInput): Promise<RememberedPeer>;
  /** Makes a client unknown again and closes its open connections. False when there was nothing to forget. */
  forget(fingerprint256: string): Promise<boolean>;
  /** The server's own code gets the connection after the listeners, unless one of them destroys the socket or revokes. */
  on(event: 'accepted', listener: (peer: RememberedPeer, socket: TLSSocket) => void): this;
  on(event: 'refused', listener: (refusal: Refusal) => void): this;
  on(event: 'warning', listener: (error: TruststoreError) => void): this;
}
