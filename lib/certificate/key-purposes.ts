/**
 * The object identifiers of extended key usage (RFC 5280 §4.2.1.12), which say what keys may be used for. Pure.
 */
export const KeyPurpose = {
  ANY: '2.5.29.37.0',
  SERVER_AUTH: '1.3.6.1.5.5.7.3.1',
  CLIENT_AUTH: '1.3.6.1.5.5.7.3.2',
  OCSP_SIGNING: '1.3.6.1.5.5.7.3.9',
} as const;

/**
 * A certificate with the extension "MUST only be used for one of the purposes indicated".
 *
 * @param usages - the certificate's; undefined when it has no such extension
 */
export function allowsPurpose(usages: readonly string[] | undefined, purpose: string): boolean {
  return !usages || usages.includes(purpose) || usages.includes(KeyPurpose.ANY);
}
