/**
 * Explains handshakes that fail for a known reason, by OpenSSL's name for it. Pure.
 */
import type { DiagnosisName } from '../classes.js';

interface Words {
  name: DiagnosisName;
  summary: string;
  remedy: string;
}

interface HandshakeFault extends Words {
  /** Matches Node's error code: ERR_SSL_ and OpenSSL's reason. */
  pattern: RegExp;
}

const ASK_SERVER = 'Ask the server’s owner to ';

const FAULTS: readonly HandshakeFault[] = [
  {
    pattern: /UNSAFE_LEGACY_RENEGOTIATION/,
    name: 'legacy-renegotiation',
    summary:
      'The server does not know secure renegotiation (RFC 5746), so an attacker on the way could insert data before yours.',
    remedy:
      `${ASK_SERVER}update it, or what inspects TLS in front of it. Until then, for this one connection alone: ` +
      '`secureOptions: crypto.constants.SSL_OP_LEGACY_SERVER_CONNECT`.',
  },
  {
    pattern: /DH_KEY_TOO_SMALL|BAD_DH_VALUE/,
    name: 'weak-key-exchange',
    summary: 'The Diffie-Hellman parameters of the server are too short.',
    remedy:
      `${ASK_SERVER}use ECDHE, or parameters of 2048 bits or more. Until then, for this one connection alone, ` +
      "leave them out: `ciphers: 'DEFAULT:!DHE'`.",
  },
  {
    pattern: /ALERT_HANDSHAKE_FAILURE|ALERT_INSUFFICIENT_SECURITY/,
    name: 'tls-failure',
    summary: 'The server has no cipher, curve or signature algorithm in common with this runtime.',
    remedy:
      'Ask the server’s owner to compare the ciphers, curves and signature algorithms of both sides; its log says ' +
      'which it misses. A server that wants a client certificate may answer the same.',
  },
  {
    pattern: /SIGNATURE_TYPE|SIGNATURE_ALGORITHM|WRONG_CURVE|BAD_ECPOINT|UNSUPPORTED_ELLIPTIC/,
    name: 'tls-failure',
    summary: 'The server chose a curve or signature algorithm that this runtime did not offer.',
    remedy: `${ASK_SERVER}update it, and compare the curves and signature algorithms of both sides.`,
  },
  {
    pattern: /ALERT_INTERNAL_ERROR/,
    name: 'tls-failure',
    summary: 'The server reports a fault of its own before it has sent a certificate.',
    remedy:
      'Check the name that is asked for (`--servername`): many servers answer so when they have no ' +
      'certificate for it. The server’s owner sees more in its log.',
  },
  {
    pattern: /EXCESSIVE_MESSAGE_SIZE/,
    name: 'tls-failure',
    summary: 'The server sends more certificates than OpenSSL reads (100 KB).',
    remedy:
      'Ask the server’s owner to send its own certificate and its intermediates, and nothing else.',
  },
];

export function handshakeFault(code: string): Words | undefined {
  const fault = FAULTS.find(({ pattern }) => pattern.test(code));
  return fault && { name: fault.name, summary: fault.summary, remedy: fault.remedy };
}
