/**
 * The names of everything that can be the matter, and the exit code each has in the command.
 */
export const diagnosisClasses = {
  ok: { exitCode: 0, meaning: 'trusted, here and by Node alone' },

  dns: { exitCode: 10, meaning: 'the name has no address' },
  refused: { exitCode: 11, meaning: 'nothing listens there' },
  unreachable: { exitCode: 12, meaning: 'no way to the host' },
  timeout: { exitCode: 13, meaning: 'no answer in time' },
  'connection-lost': { exitCode: 14, meaning: 'closed before TLS was set up' },
  'not-tls': { exitCode: 15, meaning: 'the port speaks something else' },
  'no-starttls': { exitCode: 16, meaning: 'the server does not offer STARTTLS' },
  'tls-version': { exitCode: 17, meaning: 'no common version of TLS' },
  'tls-failure': { exitCode: 18, meaning: 'the handshake fails otherwise' },
  'client-certificate': { exitCode: 19, meaning: 'the server wants a certificate of yours' },
  'unknown-server-name': { exitCode: 20, meaning: 'the server does not know the name' },
  'proxy-authentication': { exitCode: 21, meaning: 'the proxy wants credentials' },
  proxy: { exitCode: 22, meaning: 'the proxy fails otherwise' },

  'system-only-root': { exitCode: 30, meaning: 'trusted by the system, not by Node alone' },
  'user-only-root': { exitCode: 31, meaning: 'trusted by you, not by Node alone' },
  'missing-intermediate': { exitCode: 32, meaning: 'the server leaves out an intermediate' },
  expired: { exitCode: 33, meaning: 'a certificate has expired' },
  'not-yet-valid': { exitCode: 34, meaning: 'a certificate is not valid yet' },
  'wrong-host': { exitCode: 35, meaning: 'the certificate is for other names' },
  'self-signed': { exitCode: 36, meaning: 'the server vouches for itself' },
  'untrusted-root': { exitCode: 37, meaning: 'the root is in no list' },
  'unknown-issuer': { exitCode: 38, meaning: 'the issuer is in no list' },
  distrusted: { exitCode: 39, meaning: 'the system distrusts a certificate' },
  'expired-twin': { exitCode: 40, meaning: 'an expired copy shadows a good one' },
  'orphan-cross-sign': { exitCode: 41, meaning: 'a certificate leads away from the root' },
  'same-name-roots': { exitCode: 42, meaning: 'two CAs share a name' },
  'wrong-usage': { exitCode: 43, meaning: 'a certificate is not for servers' },
  'not-a-ca': { exitCode: 44, meaning: 'an issuer may not issue' },
  'weak-key': { exitCode: 45, meaning: 'a key is too short' },
  'weak-signature': { exitCode: 46, meaning: 'a signature uses a broken hash' },
  'empty-ca': { exitCode: 47, meaning: 'ca: [] trusts nobody' },
  'ca-replaces-defaults': { exitCode: 48, meaning: 'the ca option leaves out what is needed' },
  constraint: { exitCode: 49, meaning: 'a CA oversteps its limits' },
  'bad-signature': { exitCode: 50, meaning: 'a signature is false' },
  'partial-chain': { exitCode: 51, meaning: 'an anchor that is not self-signed' },
  incomplete: { exitCode: 52, meaning: 'more than is looked at, or no time left' },
  unexplained: { exitCode: 59, meaning: 'refused for a reason not known here' },

  'expires-soon': { exitCode: 0, meaning: 'valid, but not for long' },
  'root-list': { exitCode: 0, meaning: 'the ca option holds every root of Node' },
  'unneeded-certificates': { exitCode: 0, meaning: 'the server sends more than its chain' },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

export type DiagnosisName = keyof typeof diagnosisClasses;
