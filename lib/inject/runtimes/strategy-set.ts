/**
 * Makes the trust set the runtime's default list by `tls.setDefaultCACertificates`.
 */
import { quietly } from '../../base/steps.js';
import { pemKey, withoutPems } from '../../certificate/pem-key.js';
import {
  listCertificates,
  readDefaultCertificates,
  tlsExports,
  writeDefaultCertificates,
} from '../../runtime/tls-defaults.js';
import { handOver } from '../../trust/runtime-limits/refused.js';
import type { TrustSet } from '../../trust/trust-set.js';
import { isReadable, refusalBy, sameList } from '../../trust/trust-sets.js';
import type { InjectionView } from './strategy.js';

/** The default list before us, and what we made of it. */
export class DefaultList {
  readonly #injection: InjectionView;
  readonly #listOf: (set: TrustSet) => readonly string[];
  #before: readonly string[] | undefined;
  #written: readonly string[] = [];
  /** The list in force when it was last checked; it is checked for every connection. */
  #looked: { at: readonly string[]; isReplaced: boolean } | undefined;

  /** @param listOf - the list that the runtime gets for a set */
  constructor(
    injection: InjectionView,
    listOf: (set: TrustSet) => readonly string[] = ({ certificates }) => certificates,
  ) {
    this.#injection = injection;
    this.#listOf = listOf;
  }

  /** True once the list has been written. */
  get isWritten(): boolean {
    return this.#before !== undefined;
  }

  /** True when the program has replaced our list by another. */
  isReplaced(): boolean {
    if (!this.isWritten) return false;
    const at = readDefaultCertificates();
    if (!this.#looked || !sameList(at, this.#looked.at)) {
      this.#looked = { at, isReplaced: addedTo(this.#written, at) === undefined };
    }
    return this.#looked.isReplaced;
  }

  /**
   * Makes `set` the default. A program that has extended the list since keeps its additions; one that has replaced it keeps
   * its list.
   *
   * @returns the default now: the set without what the runtime refuses; undefined when the program has replaced it
   * @throws Error of the runtime; the former list is then in force again
   */
  write(set: TrustSet): TrustSet | undefined {
    const inForce = readDefaultCertificates();
    const more = this.#before ? addedTo(this.#written, inForce) : programsOwn(inForce, set);
    if (!more) return undefined;
    let taken: TrustSet;
    try {
      const listOf = (one: TrustSet): string[] => [...this.#listOf(one), ...more];
      taken = giveSet(set, this.#injection, listOf, writeDefaultCertificates);
    } catch (error) {
      quietly(() => {
        writeDefaultCertificates(inForce);
      });
      throw error;
    }
    this.#before ??= inForce;
    this.#written = this.#listOf(taken);
    this.#looked = undefined;
    return taken;
  }

  restore(): void {
    const before = this.#before;
    this.#before = undefined;
    if (!before) return;
    const more = addedTo(this.#written, readDefaultCertificates());
    if (more) writeDefaultCertificates([...before, ...more]);
  }
}

/**
 * Gives the runtime the list that `listOf` makes of a set.
 *
 * @returns the set without what the runtime refuses of it
 * @throws Error of the runtime when it refuses that as well
 */
export function giveSet(
  set: TrustSet,
  injection: InjectionView,
  listOf: (set: TrustSet) => readonly string[],
  give: (list: readonly string[]) => void,
): TrustSet {
  let taken = set;
  const error = handOver(listOf(set), give, () =>
    listOf((taken = injection.withoutRefused() ?? set)),
  );
  if (error !== undefined) injection.failed(error);
  return taken;
}

/** The certificates of `list` that are not in `base`; undefined when part of `base` is missing. */
function addedTo(base: readonly string[], list: readonly string[]): string[] | undefined {
  const present = new Map(list.map((pem) => [pemKey(pem), pem]));
  for (const pem of base) if (!present.delete(pemKey(pem))) return undefined;
  return [...present.values()];
}

/**
 * Certificates the program itself had set before us: neither from Node's own lists nor refused by the set. Node's system list
 * is only requested when something is left over, because Node reads the store for it.
 */
function programsOwn(inForce: readonly string[], set: TrustSet): string[] {
  const { rootCertificates } = tlsExports();
  // Certificates of NODE_EXTRA_CA_CERTS that Node reads but our reader does not are kept too.
  const extra = listCertificates('extra').filter(isReadable);
  const known = [...rootCertificates, ...extra];
  const sameText = new Set(known);
  const left = inForce.filter((pem) => !sameText.has(pem));
  if (left.length === 0) return left;
  const isRefused = refusalBy(set);
  const own = withoutPems(left, [...known, ...set.certificates]).filter((pem) => !isRefused(pem));
  return own.length === 0 ? own : withoutPems(own, listCertificates('system'));
}
