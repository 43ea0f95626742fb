/**
 * Recognises values of `ca` that hold every certificate of `tls.rootCertificates`. Programs write
 * `ca: [...tls.rootCertificates, own]` to say "Node's defaults, and mine", because `ca` replaces the defaults. Since
 * `tls.rootCertificates` is frozen, such a list can only be recognised in use. Without even one root it is an ordinary list.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { log } from '../../base/log.js';
import { isExact } from '../../certificate/exact-list.js';
import { derOf, mapCertificates, mayHoldCertificate } from '../../certificate/pem-blocks.js';
import type { Block } from '../../certificate/pem-blocks.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import { LEAST_LENGTH, MOST_LEVELS, mayBeRootList } from './root-list-size.js';

/** A recognised list. Lists with the same additional certificates share one object. */
export interface RootList {
  /** Differs for different additional certificates. */
  readonly id: number;
  /** The certificates in addition to Node's bundled roots, as texts for OpenSSL. */
  readonly own: readonly string[];
}

/** One element of `ca`, in a form that Node accepts. */
type Text = string | ArrayBufferView;

/** How many different additions are remembered. */
const MOST_LISTS = 32;

/** How many lists are remembered by their content: programs make a new list for each connection, or read a file each time. */
const MOST_RECENT = 4;

/** In characters: the limit of a program's memory that this may keep alive. */
const MOST_LENGTH = 1_000_000;

/**
 * Examines a list once, and remembers the result while its content stays the same.
 *
 * @returns undefined for every other value, which keeps its usual meaning. Never throws.
 */
export function readRootList(ca: unknown): RootList | undefined {
  try {
    if (!mayBeRootList(ca)) return undefined;
    const texts: Text[] = [];
    if (!flatten(ca, MOST_LEVELS, texts)) return undefined;
    return recall(ca, texts).list;
  } catch {
    // A getter or proxy of the program has thrown. Node meets it as well and reports it.
    return undefined;
  }
}

/**
 * The texts without certificates that must not be trusted.
 *
 * @param isRefused - gets DER
 */
export function textsWithout(
  texts: readonly string[],
  isRefused: (der: Buffer) => boolean,
): string[] {
  const check = ({ text, body }: Block): string => (isRefused(derOf(body)) ? '' : text);
  return texts.map((text) => mapCertificates(text, check)).filter(mayHoldCertificate);
}

/** Logs a list; called once for each pair of list and set. */
export function noteRootList({ own }: RootList): void {
  log('info', 'A `ca` that holds every root of Node is taken for the defaults', {
    besides: countCertificates(own),
  });
}

/** The number of certificates in the texts. */
export function countCertificates(texts: readonly string[]): number {
  let count = 0;
  const add = ({ text }: Block): string => {
    count++;
    return text;
  };
  for (const text of texts) mapCertificates(text, add);
  return count;
}

/** @returns false when it contains something that Node refuses, or a list that is meant exactly as it stands */
function flatten(ca: unknown, levels: number, texts: Text[]): boolean {
  if (typeof ca === 'string' || ArrayBuffer.isView(ca)) return texts.push(ca) > 0;
  if (!Array.isArray(ca) || levels === 0 || isExact(ca)) return false;
  return ca.every((one: unknown) => flatten(one, levels - 1, texts));
}

interface Known {
  /** The texts as they were, because bytes can change later. */
  texts: readonly Text[];
  list: RootList | undefined;
}

const knownObjects = new WeakMap<object, Known>();
/** The most recent first. */
let recent: Known[] = [];

function recall(ca: unknown, texts: readonly Text[]): Known {
  const holdsThese = (known: Known): boolean => sameTexts(known.texts, texts);
  const object = typeof ca === 'object' && ca !== null ? ca : undefined;
  const before = object && knownObjects.get(object);
  if (before && holdsThese(before)) return before;
  const known = recent.find(holdsThese) ?? look(texts.map(copyOf));
  if (recent[0] !== known && totalLength(texts) <= MOST_LENGTH) {
    recent = [known, ...recent.filter((one) => one !== known)].slice(0, MOST_RECENT);
  }
  if (object) knownObjects.set(object, known);
  return known;
}

function totalLength(texts: readonly Text[]): number {
  return texts.reduce(
    (sum, text) => sum + (typeof text === 'string' ? text.length : text.byteLength),
    0,
  );
}

/** @param texts - must not change while they are examined */
function look(texts: readonly Text[]): Known {
  return { texts, list: recognise(texts) };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function copyOf(text: Text): Text {
  return typeof text === 'string' ? text : Buffer.from(bytesOf(text));
}

function sameTexts(a: readonly Text[], b: readonly Text[]): boolean {
  return a.length === b.length && a.every((text, index) => sameText(text, b[index]));
}

function sameText(a: Text, b: Text | undefined): boolean {
  if (typeof a === 'string' || typeof b !== 'object') return a === b;
  return bytesOf(a).equals(bytesOf(b));
}

/** Node's roots, by the texts that can stand for them. */
interface Roots {
  readonly list: readonly string[];
  readonly texts: ReadonlySet<string>;
  /** By the trimmed block, and by the base64 in the block. Made only when a text is not one of Node's own strings. */
  byBlock?: ReadonlyMap<string, string>;
}

let roots: Roots | undefined;

function readRoots(): Roots {
  const list = tlsExports().rootCertificates;
  if (roots?.list !== list) roots = { list, texts: new Set(list) };
  return roots;
}

function blocksOf(known: Roots): ReadonlyMap<string, string> {
  return (known.byBlock ??= new Map(
    known.list.flatMap((root) => [[root.trim(), root] as const, [bodyOf(root), root] as const]),
  ));
}

/** Looks for Node's own strings first, and parses only the texts that remain. */
function recognise(texts: readonly Text[]): RootList | undefined {
  const known = readRoots();
  if (known.texts.size === 0) return undefined;
  const missing = new Set(known.texts);
  const others: string[] = [];
  for (const text of texts) {
    if (typeof text === 'string' && known.texts.has(text)) missing.delete(text);
    else others.push(toText(text));
  }
  // Repeated roots are worth finding only if there may be many.
  if (missing.size === 0 && totalLength(others) < LEAST_LENGTH) {
    return intern(others.filter(mayHoldCertificate));
  }
  const blocks = blocksOf(known);
  const take = ({ text, body, isPlain }: Block): string => {
    const root = isPlain ? (blocks.get(text) ?? blocks.get(body.replace(/\s/g, ''))) : undefined;
    if (root === undefined) return text;
    missing.delete(root);
    return '';
  };
  const own = others.map((text) => mapCertificates(text, take));
  return missing.size === 0 ? intern(own.filter(mayHoldCertificate)) : undefined;
}

/** Removes byte order marks. OpenSSL ignores one before the first block only, and a cut may make another block the first. */
function toText(text: Text): string {
  const whole = typeof text === 'string' ? text : bytesOf(text).toString();
  return whole.replace(/\uFEFF(?=-----BEGIN )/g, '');
}

/** The base64 text of a PEM block, on one line. */
function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '');
}

const interned = new BoundedMap<RootList>(MOST_LISTS);
let lastId = 0;

function intern(own: readonly string[]): RootList {
  const key = JSON.stringify(own);
  const known = interned.get(key);
  if (known) return known;
  const list = { id: ++lastId, own };
  interned.set(key, list);
  return list;
}
