/**
 * The trust set as the default list of the runtime, by `tls.setDefaultCACertificates`.
 */
import {
  listCertificates,
  readDefaultCertificates,
  tlsExports,
  writeDefaultCertificates,
} from '../tls-defaults.js';
import { pemKey, withoutPems } from './pem-key.js';
import { pemToDer, refusalBy, sameList } from './source.js';
import type { TrustSet } from './source.js';

/** The default list before us and what we made of it. */
export class DefaultList {
  #before: readonly string[] | undefined;
  #written: readonly string[] = [];
  /** The list in force when it was last looked at; asked about with every connection. */
  #looked: { at: readonly string[]; isReplaced: boolean } | undefined;

  /** True once the list has been written. */
  get isWritten(): boolean {
    return this.#before !== undefined;
  }

  /** True when the program has put another list in place of ours. */
  isReplaced(): boolean {
    if (!this.isWritten) return false;
    const at = readDefaultCertificates();
    if (!this.#looked || !sameList(at, this.#looked.at)) {
      this.#looked = { at, isReplaced: addedTo(this.#written, at) === undefined };
    }
    return this.#looked.isReplaced;
  }

  /**
   * Makes `set` the default. A program that has extended the list since keeps what it added; one that has replaced it
   * keeps its list.
   *
   * @returns false when the program has replaced the list
   */
  write(set: TrustSet): boolean {
    const inForce = readDefaultCertificates();
    if (!this.#before) {
      this.#put(set, programsOwn(inForce, set));
      this.#before = inForce;
      return true;
    }
    const more = addedTo(this.#written, inForce);
    if (!more) return false;
    this.#put(set, more);
    return true;
  }

  restore(): void {
    const before = this.#before;
    this.#before = undefined;
    if (!before) return;
    const more = addedTo(this.#written, readDefaultCertificates());
    if (more) writeDefaultCertificates([...before, ...more]);
  }

  #put(set: TrustSet, more: readonly string[]): void {
    writeDefaultCertificates([...set.certificates, ...more]);
    this.#written = set.certificates;
    this.#looked = undefined;
  }
}

/** What `list` holds beyond `base`; undefined when part of `base` is missing. */
function addedTo(base: readonly string[], list: readonly string[]): string[] | undefined {
  const present = new Map(list.map((pem) => [pemKey(pem), pem]));
  for (const pem of base) if (!present.delete(pemKey(pem))) return undefined;
  return [...present.values()];
}

/**
 * What the program itself had set before us: neither Node's own lists nor anything the set refuses. Node's system list
 * is asked for only when something is left over, since Node reads the store for it.
 */
function programsOwn(inForce: readonly string[], set: TrustSet): string[] {
  const { rootCertificates } = tlsExports();
  const known = [...rootCertificates, ...listCertificates('extra')];
  const sameText = new Set(known);
  const left = inForce.filter((pem) => !sameText.has(pem));
  if (left.length === 0) return left;
  const isRefused = refusalBy(set);
  const own = withoutPems(left, [...known, ...set.certificates]).filter(
    (pem) => !isRefused(pemToDer(pem.trimEnd())),
  );
  return own.length === 0 ? own : withoutPems(own, listCertificates('system'));
}
