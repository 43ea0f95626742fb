/**
 * A set of certificates by their exact bytes. A `Set` of PEM texts would do the same, but merging large lists would then
 * spend its time on hashing 2 KB per certificate several times over.
 */

interface Identity {
  /** Equal for equal certificates, and seldom equal for others. Differs between processes. */
  key: number;
  pem: string;
}

export class CertificateSet<Certificate extends Identity> {
  readonly #buckets = new Map<number, Certificate | Certificate[]>();
  readonly #inOrder: Certificate[] = [];

  constructor(certificates: Iterable<Certificate> = []) {
    for (const certificate of certificates) this.add(certificate);
  }

  /** False when an equal certificate is already in the set; that one stays. */
  add(certificate: Certificate): boolean {
    const bucket = this.#buckets.get(certificate.key);
    if (bucket === undefined) {
      this.#buckets.set(certificate.key, certificate);
    } else if (this.has(certificate)) {
      return false;
    } else if (Array.isArray(bucket)) {
      bucket.push(certificate);
    } else {
      this.#buckets.set(certificate.key, [bucket, certificate]);
    }
    this.#inOrder.push(certificate);
    return true;
  }

  has({ key, pem }: Identity): boolean {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return false;
    return Array.isArray(bucket) ? bucket.some((known) => known.pem === pem) : bucket.pem === pem;
  }

  /** The certificates in the order they were added. */
  values(): readonly Certificate[] {
    return this.#inOrder;
  }
}
