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
