/**
 * Warns when @grpc/grpc-js trusts the file of a variable in place of the set in force. It reads the file once, when it is
 * loaded, and passes its bytes as `ca` for each channel that names no roots (tls-helpers.ts, channel-credentials.ts of 1.13).
 */
import { readFileSync } from 'node:fs';

import { startTimer } from '../../base/machine-time.js';
import { quietly } from '../../base/steps.js';
import { tryReadCertificate } from '../../certificate/certificate.js';
import { withoutPems } from '../../certificate/pem-key.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { readDers } from '../../trust/user-cas/certificate-bytes.js';
import type { InjectionView } from './strategy.js';

/** By then the store has answered, so that nothing waits for it. The program has named its CAs and needs no answer. */
const LATER_MS = 100;

export class GrpcRoots {
  readonly #file: string;
  readonly #injection: InjectionView;
  readonly #seen = new WeakSet();

  constructor(file: string, injection: InjectionView) {
    this.#file = file;
    this.#injection = injection;
  }

  /** @param ca - of a context that is being made; grpc-js passes the same object each time */
  see(ca: unknown): void {
    if (!(ca instanceof Uint8Array) || this.#seen.has(ca)) return;
    this.#seen.add(ca);
    startTimer(
      () =>
        quietly(() => {
          this.#compare(ca);
        }),
      LATER_MS,
    ).unref();
  }

  #compare(ca: Uint8Array): void {
    if (Buffer.compare(readFileSync(this.#file), ca) !== 0) return;
    const held = readDers(ca).flatMap((der) => tryReadCertificate(der)?.pem ?? []);
    const missing = withoutPems(this.#injection.current()?.addedAnchors ?? [], held);
    if (missing.length > 0) this.#injection.failed(warningOf(this.#file, missing.length));
  }
}

function warningOf(file: string, missing: number): TruststoreError {
  const more = missing === 1 ? 'one CA' : `${String(missing)} CAs`;
  return new TruststoreError(
    ErrorCodes.NOT_REACHED,
    `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=${file} is in the way: @grpc/grpc-js trusts that file alone, and this machine trusts ${more} more. ` +
      'Unset the variable, or start the program with `os-truststore run -- …`, which sets it to a file with all of them.',
    { operation: 'inject', path: file },
  );
}
