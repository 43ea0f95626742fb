/**
 * Keeps intermediates that were fetched and led to an anchor: in memory, and on disk under the hash of their bytes. They are
 * only offered as helpers; the code that uses one checks again that it signed the chain.
 */
import { tryReadCertificate } from '../../certificate/certificate.js';
import type { Certificate } from '../../certificate/certificate.js';
import { documentName } from './disk-cache.js';
import type { DiskCache } from './disk-cache.js';

const MAX_INTERMEDIATES = 256;
/** After this time the CA is asked again, because it may have replaced the certificate. */
const KEEP_MS = 30 * 24 * 60 * 60_000;

export class Intermediates {
  readonly #disk: DiskCache | undefined;
  readonly #bySubject = new Map<string, Certificate[]>();
  readonly #names = new Set<string>();
  #loading: Promise<void> | undefined;

  constructor(disk: DiskCache | undefined) {
    this.#disk = disk;
  }

  /** Certificates whose subject is the issuer of `certificate`. */
  async issuersOf({ issuer }: Certificate): Promise<readonly Certificate[]> {
    await (this.#loading ??= this.#load());
    return this.#bySubject.get(issuer) ?? [];
  }

  async remember(certificate: Certificate): Promise<void> {
    const name = documentName(certificate.der);
    if (!this.#add(name, certificate)) return;
    await this.#disk?.write('intermediates', name, certificate.der);
  }

  #add(name: string, certificate: Certificate): boolean {
    if (this.#names.has(name) || this.#names.size >= MAX_INTERMEDIATES) return false;
    if (!certificate.isCA || certificate.selfSigned || certificate.validTo < Date.now()) {
      return false;
    }
    this.#names.add(name);
    const group = this.#bySubject.get(certificate.subject) ?? [];
    this.#bySubject.set(certificate.subject, [...group, certificate]);
    return true;
  }

  async #load(): Promise<void> {
    const disk = this.#disk;
    if (!disk) return;
    for (const name of await disk.names('intermediates')) {
      const der = await disk.read('intermediates', name, KEEP_MS);
      const certificate = der && documentName(der) === name ? tryReadCertificate(der) : undefined;
      if (!certificate || !this.#add(name, certificate)) await disk.remove('intermediates', name);
    }
  }
}
