/**
 * What keys may be used for: the object identifiers of extended key usage (RFC 5280 §4.2.1.12). Pure.
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
 * @param usages - of the certificate; undefined: it has no such extension
 */
export function allowsPurpose(usages: readonly string[] | undefined, purpose: string): boolean {
  return !usages || usages.includes(purpose) || usages.includes(KeyPurpose.ANY);
}
