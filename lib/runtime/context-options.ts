/**
 * Which options of a connection its secure context is made from, for those who let connections share contexts: an option
 * that is missing here would be another connection's.
 */

/** With any of these a context belongs to its caller. */
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

/** Everything else a context is made from. */
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

/** A copy with what the options inherit, which Node reads no less than what they own. */
export function copyContextOptions(
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...options };
  for (const name of [...OWN_OPTIONS, ...SHARED_OPTIONS]) {
    if (name in options) copy[name] = options[name];
  }
  return copy;
}
