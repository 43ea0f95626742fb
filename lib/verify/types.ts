/**
 * Questions and answers of verification beyond OpenSSL's own, shared by the platform's verifier and the connectors.
 */
import type { AgentOptions as HttpsAgentOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

import type { TrustOptions } from '../types.js';

/**
 * Whether certificates that their CA has revoked are refused. If nothing can be learnt about a certificate, `soft-fail`
 * accepts and reports it, and `require` refuses it.
 */
export type RevocationMode = 'off' | 'soft-fail' | 'require';

/** What was learnt about revocation. */
export interface RevocationReport {
  /** `unknown`: the check was requested, but there was no answer. Only under `soft-fail` can this come with `ok: true`. */
  status: 'not-checked' | 'good' | 'unknown';
  /** Where the answer came from. */
  source?: 'crl' | 'ocsp-staple' | 'platform';
  /** Text for people: which certificate, and why there was no answer. */
  detail?: string;
}

/** The chain is valid for this host now. */
export interface AcceptedChain {
  ok: true;
  /** DER, from the server's certificate to the anchor, if the verifier tells. */
  chain?: Buffer[];
  revocation?: RevocationReport;
}

/** The chain is refused. */
export interface RefusedChain {
  ok: false;
  /**
   * A code of Node's that programs already handle: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, `CERT_REVOKED`,
   * `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, `UNABLE_TO_GET_CRL`, …
   */
  code: string;
  /** Text for people; does not repeat the code. */
  reason: string;
  /** The platform's own number or name for the reason, and its own text. */
  platformCode?: number | string;
  platformText?: string;
}

export type ChainVerdict = AcceptedChain | RefusedChain;

/** What the platform's verifier is told in addition to the chain. */
export interface VerifyChainOptions {
  /** The name or address the program asked for, without brackets or port. */
  host: string;
  /** @defaultValue `'server-auth'` */
  purpose?: 'server-auth' | 'client-auth' | undefined;
  /** @defaultValue `'off'` */
  revocation?: RevocationMode | undefined;
  /** Allows the platform to fetch missing intermediates. @defaultValue `false` */
  fetchIntermediates?: boolean | undefined;
  /** Milliseconds after which the verdict is `code: 'ERR_TRUSTSTORE_DEADLINE'`. @defaultValue `10000` */
  deadlineMs?: number | undefined;
  /** Anchors in addition to the machine's own, in DER. */
  userCAs?: readonly Buffer[] | undefined;
  /** Gives up the verdict: the promise rejects with the signal's reason; the platform's work goes on unused in its thread. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks the platform about a chain: DER, the server's certificate first, in the order it was sent. Never throws for a bad
 * chain, only for wrong arguments, an aborted signal, and where there is no such verifier
 * (`ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM`).
 */
export type VerifyChain = (
  chain: readonly Buffer[],
  options: VerifyChainOptions,
) => Promise<ChainVerdict>;

/** How connections are verified, beyond what Node does. */
export interface VerifyOptions {
  /**
   * Fetches intermediates that a server left out, over plain HTTP from the URLs in its certificates (RFC 5280 §4.2.2.1), and
   * tries once more with them. They help to build the chain and never end one.
   *
   * @defaultValue `false`
   */
  fetchIntermediates?: boolean | undefined;
  /**
   * The verifier: `'openssl'`, or `'system'` for the verifier of Windows and macOS with all its policies. On other systems
   * `'system'` is the error `ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM`, since OpenSSL has less to say than was asked for.
   * OpenSSL always judges connections that name `ca`.
   * @defaultValue `'openssl'`
   */
  verifier?: 'openssl' | 'system' | undefined;
  /**
   * Refuses certificates that their CA has revoked, by stapled OCSP responses and the CRLs that certificates name, or by the
   * judgement of the platform's verifier. `soft-fail` reports what it could not check to the diagnostics channel and the log.
   *
   * @defaultValue `'off'`
   */
  revocation?: RevocationMode | undefined;
  /**
   * Milliseconds that the verification of one connection may take in addition to the handshake.
   *
   * @defaultValue `10000`
   */
  verifyDeadlineMs?: number | undefined;
  /**
   * Also fetches from loopback, private and link-local addresses, and lets the environment's proxy look up names; otherwise
   * the proxy is only asked for tunnels to checked addresses. Certificates of unknown servers can then make this program
   * contact hosts of your network, so use it only if a CA of your own publishes there. @defaultValue `false`
   */
  allowPrivateAddresses?: boolean | undefined;
  /**
   * Directory in which fetched intermediates and CRLs are kept between processes; `false` keeps them in memory.
   *
   * @defaultValue the user's directory for caches
   */
  cacheDirectory?: string | false | undefined;
}

/** TLS options for every connection, and the options of undici's own connector. */
export interface ConnectorOptions extends ConnectionOptions {
  /** Offers HTTP/2. @defaultValue what the dispatcher asks for */
  allowH2?: boolean | undefined;
  /** With 0, every connection makes a full handshake. */
  maxCachedSessions?: number | undefined;
  /** @defaultValue `true` */
  keepAlive?: boolean | undefined;
  /** @defaultValue `60000` */
  keepAliveInitialDelay?: number | undefined;
  /** Milliseconds until the socket must be ready, verdict included; 0 for no limit. @defaultValue `10000` */
  timeout?: number | undefined;
}

/** What is trusted, how it is verified, and Node's own options of `https.Agent`. */
export interface VerifyingAgentOptions extends HttpsAgentOptions, TrustOptions, VerifyOptions {}

/** What is trusted, how it is verified, and the options of undici's own connector. */
export interface VerifyingConnectorOptions extends ConnectorOptions, TrustOptions, VerifyOptions {}
