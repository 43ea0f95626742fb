/**
 * Gets CRLs by URL: from memory, from disk until they expire, or from the network. A list that does not come from memory is
 * checked against its issuer each time.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import type { Certificate } from '../../certificate/certificate.js';
import { documentName } from '../../chain/completion/disk-cache.js';
import type { DiskCache } from '../../chain/completion/disk-cache.js';
import type { DocumentLimits, Documents } from '../../chain/completion/documents.js';
import { findFault, isAbout, readCrl } from './crl.js';
import type { Crl } from './crl.js';

export const CRL_LIMITS: DocumentLimits = { maxBytes: 10 * 1024 * 1024, timeoutMs: 8000 };
const MAX_LISTS = 16;
/** Larger lists are read from disk each time they are needed. */
const MAX_BYTES_IN_MEMORY = 2 * 1024 * 1024;

export type CrlAnswer = { crl: Crl } | { reason: string };

export class CrlStore {
  readonly #documents: Documents;
  readonly #disk: DiskCache | undefined;
  /** Verified lists, by issuer and URL. */
  readonly #lists = new BoundedMap<Crl>(MAX_LISTS);

  constructor(documents: Documents, disk: DiskCache | undefined) {
    this.#documents = documents;
    this.#disk = disk;
  }

  /** The first usable list for `certificate`, or the reason why there is none. */
  async find(
    certificate: Certificate,
    issuer: Certificate,
    signal: AbortSignal,
  ): Promise<CrlAnswer> {
    const { crlUrls } = certificate.parts;
    const reasons: string[] = [];
    for (const url of crlUrls) {
      const answer = await this.#get(url, certificate, issuer, signal);
      if ('crl' in answer) return answer;
      reasons.push(`${url}: ${answer.reason}`);
    }
    return { reason: reasons.join('; ') || 'it names no CRL that is to be had by http' };
  }

  async #get(
    url: string,
    certificate: Certificate,
    issuer: Certificate,
    signal: AbortSignal,
  ): Promise<CrlAnswer> {
    const key = `${issuer.x509.fingerprint256} ${url}`;
    const known = this.#lists.get(key);
    if (known) return this.#answer(known, certificate);
    const name = documentName(url);
    const kept = await this.#disk?.read('crls', name);
    if (kept) {
      const answer = await this.#check(kept, key, issuer);
      if ('crl' in answer) return this.#answer(answer.crl, certificate);
      // This happens too when another issuer has a different list at the same URL; then each fetches its own again.
      await this.#disk?.remove('crls', name);
    }
    let bytes: Buffer;
    try {
      bytes = await this.#documents.get(url, CRL_LIMITS, signal);
    } catch (error) {
      return { reason: (error as Error).message };
    }
    const answer = await this.#check(bytes, key, issuer);
    if (!('crl' in answer)) {
      this.#documents.rememberFailure(url, answer.reason);
      return answer;
    }
    void this.#disk?.write('crls', name, bytes);
    return this.#answer(answer.crl, certificate);
  }

  #answer(crl: Crl, { parts }: Certificate): CrlAnswer {
    return isAbout(crl, parts) ? { crl } : { reason: 'the CRL is for other certificates' };
  }

  async #check(bytes: Buffer, key: string, issuer: Certificate): Promise<CrlAnswer> {
    try {
      const crl = readCrl(bytes);
      const reason = await findFault(crl, issuer, Date.now());
      if (reason !== undefined) return { reason };
      if (bytes.length <= MAX_BYTES_IN_MEMORY) this.#lists.set(key, crl, crl.nextUpdate);
      return { crl };
    } catch (error) {
      return { reason: `no usable CRL: ${(error as Error).message}` };
    }
  }
}
