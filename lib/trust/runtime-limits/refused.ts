/**
 * Handles certificates that the TLS library of this runtime refuses. Libraries and their versions differ in what they accept.
 * Only the refused certificate is left out, and named; the rest of the list is used.
 */
import { wholePolicy } from '../../addon/load-binding.js';
import type { ListedCertificate, NativeStore } from '../../addon/native-binding.js';
import { warn } from '../../base/log.js';
import { part } from '../../base/part.js';
import { exactly } from '../../certificate/exact-list.js';
import { pemKey } from '../../certificate/pem-key.js';
import { ErrorCodes, TruststoreError } from '../../errors.js';
import { refusals } from './refusals.js';

const loadCertificate = part(
  () =>
    require('../../certificate/certificate.js') as typeof import('../../certificate/certificate.js'),
);

/** A limit, because a store may be of any size. */
const MOST_REFUSALS = 10_000;

/** Certificates known to be accepted, so that they are not tried again. On most machines this is all of them. */
const taken = new Set<string>();
const MOST_TAKEN = 1000;

/**
 * No line of Node refuses what our reader keeps, as test/differential shows, and trying one certificate takes up to 0.1 ms.
 * So Node tries them only when a caller wants to know, and at most {@link MOST_TAKEN}. Bun and Deno do refuse some.
 */
export const IS_STRICTER =
  process.versions['bun'] !== undefined || process.versions['deno'] !== undefined;

/**
 * Gives the runtime a list. If the runtime refuses it, each certificate is tried alone. Refused ones are remembered, and the
 * list is made again without them: see {@link LeftOut}.
 *
 * @returns the error, if no single certificate caused it
 * @throws Error of the runtime when it refuses the list again
 */
export function handOver(
  list: readonly string[],
  give: (list: readonly string[]) => void,
  makeAnew: () => readonly string[],
): unknown {
  try {
    give(list);
    return undefined;
  } catch (error) {
    const found = refusedBy(list, (pem) => {
      give([pem]);
    });
    // If everything is refused, the cause is not a certificate.
    const isAboutSome = found.size > 0 && found.size < list.length;
    if (isAboutSome) remember(found);
    give(isAboutSome ? makeAnew() : list);
    return isAboutSome ? undefined : error;
  }
}

/**
 * Tries certificates where the runtime silently drops what it cannot read, or gets the list from other code.
 *
 * @returns true when some are refused
 */
export function findRefused(pems: readonly string[]): boolean {
  const asked = pems.filter((pem) => !taken.has(pem));
  if (!IS_STRICTER && asked.length > MOST_TAKEN) return false;
  const suspects = refusedBy(asked, tryToRead);
  // A failure for another reason does not happen twice.
  const found = refusedBy([...suspects.keys()], tryToRead);
  remember(found);
  for (const [pem, reason] of suspects) {
    if (!found.has(pem)) {
      warn(ErrorCodes.READ_FAILED, `A certificate was read at the second try: ${reason}`);
    }
  }
  for (const pem of asked) {
    if (!found.has(pem) && taken.size < MOST_TAKEN) taken.add(pem);
  }
  return found.size > 0;
}

interface DenoNamespace {
  createHttpClient?: (options: { caCerts: string[] }) => { close(): void };
}

/** In Deno `X509Certificate` has another parser than TLS. Making a client tries the right one. */
function tryToRead(pem: string): void {
  const { Deno } = globalThis as { Deno?: DenoNamespace };
  if (Deno?.createHttpClient) Deno.createHttpClient({ caCerts: exactly([pem]) }).close();
  else loadCertificate().parseX509(pem);
}

function refusedBy(
  pems: readonly string[],
  give: (pem: string) => unknown,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pem of pems) {
    try {
      give(pem);
    } catch (error) {
      found.set(pem, error instanceof Error ? error.message : String(error));
    }
  }
  return found;
}

function remember(found: ReadonlyMap<string, string>): void {
  for (const [pem, reason] of found) {
    if (refusals.size < MOST_REFUSALS) refusals.set(pemKey(pem), reason);
  }
}

/** The most certificates that one warning names. */
const MOST_NAMED = 8;

/** Removes refused certificates from the lists that a set is made of. */
export class LeftOut {
  readonly #certificates = new Set<ListedCertificate>();

  without(certificates: ListedCertificate[]): ListedCertificate[] {
    return certificates.filter((certificate) => {
      if (!refusals.has(pemKey(certificate.pem))) return true;
      this.#certificates.add(certificate);
      return false;
    });
  }

  /** @param paths - the files of certificates the user has named */
  warnings(
    store: NativeStore | undefined,
    paths: ReadonlyMap<ListedCertificate, string>,
  ): TruststoreError[] {
    if (this.#certificates.size === 0) return [];
    const stored = new Map(
      store
        ?.certificates(wholePolicy())
        .map(({ pem, sources }) => [pem, sources[0]?.location ?? 'the system store']),
    );
    const texts = new Set<string>();
    for (const certificate of this.#certificates) {
      const { pem } = certificate;
      const place = paths.get(certificate) ?? stored.get(pem) ?? 'your options or the runtime';
      texts.add(
        `SHA-256 ${loadCertificate().certificateOf(certificate).sha256} of ${place} (${refusals.get(pemKey(pem)) ?? ''})`,
      );
    }
    const named = [...texts].slice(0, MOST_NAMED).join('; ');
    const more = texts.size > MOST_NAMED ? ` and ${String(texts.size - MOST_NAMED)} more` : '';
    return [
      new TruststoreError(
        ErrorCodes.BAD_CERTIFICATE,
        `Left out, because the TLS library of this runtime refuses to read them: ${named}${more}`,
        {
          operation: 'hand certificates to the runtime',
          remedy:
            'Ask the operators of these CAs for certificates that are encoded as RFC 5280 says.',
        },
      ),
    ];
  }
}
