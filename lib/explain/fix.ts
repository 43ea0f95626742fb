/**
 * Applies the fix of a diagnosis: saves certificates to the user's directory.
 */
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';

import { shortName } from '../certificate/names.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { writePemFile } from '../files/pem-file.js';
import { userConfigDirectory } from '../files/user-directory.js';
import type { Environment } from '../types.js';
import type { Fix } from './types.js';

/**
 * @returns the paths of the written files
 * @throws TruststoreError `ERR_TRUSTSTORE_WRITE_FAILED`
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` when an intermediate could become an anchor
 */
export function saveFix({ kind, certificates }: Fix, env: Environment): string[] {
  const directory = userConfigDirectory(env);
  const parsed = certificates.map((pem) => ({ pem, x509: new X509Certificate(pem) }));
  // The merge makes an anchor of any self-issued certificate, however it was saved.
  if (kind === 'intermediate' && parsed.some(({ x509 }) => x509.subject === x509.issuer)) {
    throw new TruststoreError(
      ErrorCodes.INVALID_ARGUMENT,
      'A self-signed certificate is never saved as an intermediate',
      { operation: 'save certificate' },
    );
  }
  makeDirectory(
    directory,
    'Make it yourself, or set XDG_CONFIG_HOME to a directory that you may write to.',
  );
  return parsed.map(({ pem, x509 }) => {
    const path = join(directory, fileName(x509));
    writePemFile(path, pem);
    return path;
  });
}

/** The name shows the subject; the fingerprint separates certificates with the same subject. */
function fileName({ subject, fingerprint256 }: X509Certificate): string {
  const name = shortName(subject)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  const suffix = fingerprint256.replaceAll(':', '').slice(0, 8).toLowerCase();
  return `${name === '' ? 'certificate' : name}-${suffix}.pem`;
}
