/**
 * Values of `ca` that hold every certificate of `tls.rootCertificates`. Programs write `ca: [...tls.rootCertificates, own]`
 * to say "Node's defaults, and mine", because `ca` replaces the defaults. `tls.rootCertificates` itself is frozen, so such
 * a list can only be recognised when it is used. One bundled root missing, and it is a list like any other.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { log } from '../../base/log.js';
import { isExact } from '../../certificate/exact-list.js';
import { derOf, mapCertificates, mayHoldCertificate } from '../../certificate/pem-blocks.js';
import type { Block } from '../../certificate/pem-blocks.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import { LEAST_LENGTH, MOST_LEVELS, mayBeRootList } from './root-list-size.js';

/** A list that was recognised. The same object for every list with the same certificates besides. */
export interface RootList {
  /** Different for different certificates. */
  readonly id: number;
  /** What it names beside Node's bundled roots, as texts for OpenSSL. */
  readonly own: readonly string[];
}

/** One element of `ca`, as Node takes it. */
type Text = string | ArrayBufferView;

/** How many different additions are remembered. */
const MOST_LISTS = 32;

/** How many lists are remembered by what they hold: programs make theirs for each connection, or read a file for each. */
const MOST_RECENT = 4;

/** In characters: so much of a program's memory may be kept by that. */
const MOST_LENGTH = 1_000_000;

/**
 * Looks at a list once and remembers what it is, for as long as it holds the same.
 *
 * @returns undefined for every other value, which means what it says. Never throws.
 */
export function readRootList(ca: unknown): RootList | undefined {
  try {
    if (!mayBeRootList(ca)) return undefined;
    const texts: Text[] = [];
    if (!flatten(ca, MOST_LEVELS, texts)) return undefined;
    return recall(ca, texts).list;
  } catch {
    // A getter or a proxy of the program's. Node meets it as well and says so.
    return undefined;
  }
}

/**
 * What is left of texts without certificates that are not to be trusted.
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

/** For who reads the log: once for each list and set. */
export function noteRootList({ own }: RootList): void {
  log('info', 'A `ca` that holds every root of Node is taken for the defaults', {
    besides: countCertificates(own),
  });
}

/** How many certificates texts hold. */
export function countCertificates(texts: readonly string[]): number {
  let count = 0;
  const add = ({ text }: Block): string => {
    count++;
    return text;
  };
  for (const text of texts) mapCertificates(text, add);
  return count;
}

/** @returns false when there is something in it that Node refuses, or that is meant as it stands */
function flatten(ca: unknown, levels: number, texts: Text[]): boolean {
  if (typeof ca === 'string' || ArrayBuffer.isView(ca)) return texts.push(ca) > 0;
  if (!Array.isArray(ca) || levels === 0 || isExact(ca)) return false;
  return ca.every((one: unknown) => flatten(one, levels - 1, texts));
}

interface Known {
  /** As they were; bytes can change. */
  texts: readonly Text[];
  list: RootList | undefined;
}

const knownObjects = new WeakMap<object, Known>();
/** The latest first. */
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

/** @param texts - of which nobody else can change a byte meanwhile */
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

/** Node's roots by what can stand for them. */
interface Roots {
  readonly list: readonly string[];
  readonly texts: ReadonlySet<string>;
  /** By the block without what is around it, and by what is in the block. Made when a text is not Node's very own. */
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

/** The very strings of Node first; the text of each certificate only of what is left. */
function recognise(texts: readonly Text[]): RootList | undefined {
  const known = readRoots();
  if (known.texts.size === 0) return undefined;
  const missing = new Set(known.texts);
  const others: string[] = [];
  for (const text of texts) {
    if (typeof text === 'string' && known.texts.has(text)) missing.delete(text);
    else others.push(toText(text));
  }
  // Roots written once more are worth finding where there may be many.
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

/** OpenSSL passes over an editor's mark before what it reads first, which after a cut may be something else. */
function toText(text: Text): string {
  const whole = typeof text === 'string' ? text : bytesOf(text).toString();
  return whole.replace(/\uFEFF(?=-----BEGIN )/g, '');
}

/** The base64 text of a PEM block, in one line. */
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
