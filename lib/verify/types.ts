/**
 * What verification beyond OpenSSL's own is asked and answers. The verifier of the platform and the connectors share it.
 */
import type { AgentOptions as HttpsAgentOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

import type { TrustOptions } from '../types.js';

/**
 * Whether certificates that their CA has taken back are refused. `soft-fail`: nothing to be had about a certificate is
 * accepted and reported; `require`: it is refused.
 */
export type RevocationMode = 'off' | 'soft-fail' | 'require';

/** What was learnt about revocation. */
export interface RevocationReport {
  /** `unknown`: asked for, and nothing to be had. Only under `soft-fail` does that go with `ok: true`. */
  status: 'not-checked' | 'good' | 'unknown';
  /** Where the answer came from. */
  source?: 'crl' | 'ocsp-staple' | 'platform';
  /** For people: which certificate, and why nothing was to be had. */
  detail?: string;
}

/** The chain is good for this host, now. */
export interface AcceptedChain {
  ok: true;
  /** DER from the server's certificate to the anchor, where the verifier tells. */
  chain?: Buffer[];
  revocation?: RevocationReport;
}

/** The chain is refused. */
export interface RefusedChain {
  ok: false;
  /**
   * Node's code for it, which programs already handle: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`,
   * `CERT_REVOKED`, `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, `UNABLE_TO_GET_CRL`, …
   */
  code: string;
  /** For people; does not repeat the code. */
  reason: string;
  /** The platform's own number or name of it, and its own words. */
  platformCode?: number | string;
  platformText?: string;
}

export type ChainVerdict = AcceptedChain | RefusedChain;

/** What the verifier of the platform is asked beside the chain. */
export interface VerifyChainOptions {
  /** The name or address the program asked for, without brackets and port. */
  host: string;
  /** @defaultValue `'server-auth'` */
  purpose?: 'server-auth' | 'client-auth' | undefined;
  /** @defaultValue `'off'` */
  revocation?: RevocationMode | undefined;
  /** Whether the platform may fetch intermediates that are missing. @defaultValue `false` */
  fetchIntermediates?: boolean | undefined;
  /** Milliseconds until the verdict is `code: 'ERR_TRUSTSTORE_DEADLINE'`. @defaultValue `10000` */
  deadlineMs?: number | undefined;
  /** Anchors beside the machine's own, DER. */
  userCAs?: readonly Buffer[] | undefined;
  /** Gives the verdict up: the promise rejects with its reason; what the platform does is left behind, off-thread. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks the platform about a chain, DER, the server's certificate first, in the order it was sent. Never throws for a bad
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
   * Fetch intermediates a server forgot from where its certificates say they are (RFC 5280 §4.2.2.1), over plain HTTP,
   * and try once more with them. They help to build the chain and never end one.
   *
   * @defaultValue `false`
   */
  fetchIntermediates?: boolean | undefined;
  /**
   * Who judges: `'openssl'`, or `'system'`, the verifier of Windows and macOS with all policies of theirs. On other systems
   * OpenSSL judges either way, and connections that name `ca` are always judged by OpenSSL.
   *
   * @defaultValue `'openssl'`
   */
  verifier?: 'openssl' | 'system' | undefined;
  /**
   * Refuse certificates that their CA has taken back: by stapled OCSP responses and the CRLs the certificates name, or by
   * what the verifier of the platform makes of them. `soft-fail` reports what it could not check to the diagnostics channel
   * and the log.
   *
   * @defaultValue `'off'`
   */
  revocation?: RevocationMode | undefined;
  /**
   * Milliseconds the verification of one connection may take beyond the handshake that is made anyway.
   *
   * @defaultValue `10000`
   */
  verifyDeadlineMs?: number | undefined;
  /**
   * Also fetch from loopback, private and link-local addresses, and have the proxy of the environment look names up, which
   * otherwise is asked for tunnels to checked addresses only. Certificates of strangers then make this program ask hosts
   * of your network, so only where a CA of your own publishes there. @defaultValue `false`
   */
  allowPrivateAddresses?: boolean | undefined;
  /**
   * Where fetched intermediates and CRLs are kept between processes; `false` keeps them in memory.
   *
   * @defaultValue the user's directory for caches
   */
  cacheDirectory?: string | false | undefined;
}

/** TLS options for every connection, and what undici's own connector knows. */
export interface ConnectorOptions extends ConnectionOptions {
  /** Offer HTTP/2. @defaultValue what the dispatcher asks for */
  allowH2?: boolean | undefined;
  /** 0: every connection makes a handshake of its own. */
  maxCachedSessions?: number | undefined;
  /** @defaultValue `true` */
  keepAlive?: boolean | undefined;
  /** @defaultValue `60000` */
  keepAliveInitialDelay?: number | undefined;
  /** Milliseconds until the socket must be there, verdict included; 0 for no limit. @defaultValue `10000` */
  timeout?: number | undefined;
}

/** What is trusted, how it is verified, and Node's own options of `https.Agent`. */
export interface VerifyingAgentOptions extends HttpsAgentOptions, TrustOptions, VerifyOptions {}

/** What is trusted, how it is verified, and the options of undici's own connector. */
export interface VerifyingConnectorOptions extends ConnectorOptions, TrustOptions, VerifyOptions {}
