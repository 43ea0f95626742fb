/**
 * A bounded reader of DER (X.690): only definite lengths within the given bytes. It reads what OpenSSL has no JavaScript API
 * for; OpenSSL alone decides whether a signature is good.
 */
export interface Element {
  /** The identifier octet: class, constructed bit, number. */
  tag: number;
  /** The element with identifier and length. */
  whole: Buffer;
  content: Buffer;
}

export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
} as const;

/** The tag `[number]`, constructed or primitive. */
export function contextTag(number: number, constructed: boolean): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

export class DerError extends Error {}

const MAX_LENGTH_OCTETS = 4;

/** Reads the elements of one value in order. */
export class DerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** @throws DerError when the next element has another tag */
  next(tag: number): Element {
    const element = this.any();
    if (element.tag !== tag) {
      throw new DerError(`expected tag ${tag}, found ${element.tag}`);
    }
    return element;
  }

  optional(tag: number): Element | undefined {
    return this.nextTag === tag ? this.any() : undefined;
  }

  /** @throws DerError */
  any(): Element {
    const bytes = this.#bytes;
    const start = this.#at;
    const tag = bytes[start];
    const first = bytes[start + 1];
    if (tag === undefined || first === undefined) throw new DerError('the bytes end too early');
    if ((tag & 0x1f) === 0x1f) throw new DerError('tag numbers above 30 do not occur here');
    let begin = start + 2;
    let length = first;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      if (octets === 0 || octets > MAX_LENGTH_OCTETS || begin + octets > bytes.length) {
        throw new DerError('a length that is indefinite or too long');
      }
      length = bytes.readUIntBE(begin, octets);
      begin += octets;
    }
    const end = begin + length;
    if (end > bytes.length) throw new DerError('an element reaches beyond the bytes');
    this.#at = end;
    return { tag, whole: bytes.subarray(start, end), content: bytes.subarray(begin, end) };
  }

  /** @throws DerError when anything is left */
  end(): void {
    if (!this.isAtEnd) throw new DerError('there is more than there should be');
  }
}

/** A reader of the elements inside the only element of `bytes`, a SEQUENCE. */
export function readSequence(bytes: Buffer): DerReader {
  const outer = new DerReader(bytes);
  const { content } = outer.next(Tag.SEQUENCE);
  outer.end();
  return new DerReader(content);
}

/** The content in hexadecimal, which identifies an OID as well as its dotted form. */
export function oidHex({ content }: Element): string {
  return content.toString('hex');
}

/** @throws DerError unless it is a whole number of octets */
export function bitStringBytes({ content }: Element): Buffer {
  if (content[0] !== 0) throw new DerError('a bit string with unused bits');
  return content.subarray(1);
}

/**
 * The time of a UTCTime or GeneralizedTime in milliseconds since the epoch. Accepts only the form of RFC 5280 §4.1.2.5.
 *
 * @throws DerError
 */
export function readTime({ tag, content }: Element): number {
  const text = content.toString('latin1');
  const isUtc = tag === Tag.UTC_TIME;
  const match = (
    isUtc ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
  ).exec(text);
  if (!match || (!isUtc && tag !== Tag.GENERALIZED_TIME)) throw new DerError('no time');
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number);
  const [day = 0, hour = 0, minute = 0, second = 0] = rest;
  const century = isUtc ? (year < 50 ? 2000 : 1900) : 0;
  const time = Date.UTC(century + year, month - 1, day, hour, minute, second);
  // Otherwise a thirteenth month would be read as January.
  const digits = new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
  if (!digits.endsWith(text.slice(0, -1))) throw new DerError('no time');
  return time;
}

export interface Extension {
  critical: boolean;
  value: Buffer;
}

/** More than is ever needed. */
const MOST_EXTENSIONS = 64;

/**
 * Extensions by OID, from the SEQUENCE that holds them.
 *
 * @throws DerError also when an extension occurs twice (RFC 5280 §4.2)
 */
export function readExtensions(sequence: Buffer): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  const reader = readSequence(sequence);
  while (!reader.isAtEnd) {
    const fields = new DerReader(reader.next(Tag.SEQUENCE).content);
    const oid = oidHex(fields.next(Tag.OID));
    const critical = (fields.optional(Tag.BOOLEAN)?.content[0] ?? 0) !== 0;
    const value = fields.next(Tag.OCTET_STRING).content;
    fields.end();
    if (extensions.size >= MOST_EXTENSIONS) throw new DerError('too many extensions');
    if (extensions.has(oid)) throw new DerError('an extension occurs twice');
    extensions.set(oid, { critical, value });
  }
  return extensions;
}
