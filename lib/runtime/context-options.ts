/**
 * The options of a connection that its secure context is made from. Connections that share a context must agree on all of
 * them: if one were missing here, a connection could get a context made with another connection's option.
 */

/** A context made with any of these options belongs to its caller alone. */
const OWN_OPTIONS = [
  'cert',
  'key',
  'pfx',
  'passphrase',
  'crl',
  'dhparam',
  'ticketKeys',
  'clientCertEngine',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'sessionIdContext',
] as const;

/** All other options that a context is made from. */
export const SHARED_OPTIONS = [
  'ciphers',
  'sigalgs',
  'ecdhCurve',
  'minVersion',
  'maxVersion',
  'secureProtocol',
  'secureOptions',
  'honorCipherOrder',
  'sessionTimeout',
  'allowPartialTrustChain',
  'certificateCompression',
] as const;

export function hasOwnOptions(options: Readonly<Record<string, unknown>>): boolean {
  return OWN_OPTIONS.some((name) => Boolean(options[name]));
}

/** Copies the options, including inherited ones, because Node reads those as well. */
export function copyContextOptions(
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...options };
  for (const name of [...OWN_OPTIONS, ...SHARED_OPTIONS]) {
    if (name in options) copy[name] = options[name];
  }
  return copy;
}
