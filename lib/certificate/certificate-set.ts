/**
 * A set of certificates by their exact bytes. PEM texts as keys of a `Set` would do the same, but hashing 2 KB a
 * certificate several times over is what merging large lists would then spend its time on.
 */

interface Identity {
  /** Equal for equal certificates, and seldom for others. Differs between processes. */
  key: number;
  pem: string;
}

export class CertificateSet<Certificate extends Identity> {
  readonly #buckets = new Map<number, Certificate | Certificate[]>();
  readonly #inOrder: Certificate[] = [];

  constructor(certificates: Iterable<Certificate> = []) {
    for (const certificate of certificates) this.add(certificate);
  }

  /** False when an equal certificate is in the set already, which then stays. */
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

  /** In the order they were added. */
  values(): readonly Certificate[] {
    return this.#inOrder;
  }
}
