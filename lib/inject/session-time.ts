/**
 * When a TLS session was established, from its serialised form. Pure.
 */

/** OpenSSL's SSL_SESSION, in ASN.1: see ssl/ssl_asn1.c; `time` is `[1] EXPLICIT INTEGER`, seconds since the epoch. */
const TIME_TAG = 0xa1;
const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Node 22 and later put a name before the session: this, two bytes of its length, the name. */
const NODE_PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

interface Element {
  tag: number;
  start: number;
  end: number;
}

/** Seconds since the epoch; undefined when the bytes are not understood. */
export function sessionTime(session: Uint8Array): number | undefined {
  const bytes = Buffer.from(session.buffer, session.byteOffset, session.byteLength);
  const start = sessionStart(bytes);
  const whole = start === undefined ? undefined : readElement(bytes, start, bytes.length);
  if (whole?.tag !== SEQUENCE) return undefined;
  for (let at = whole.start; at < whole.end;) {
    const element = readElement(bytes, at, whole.end);
    if (!element) return undefined;
    if (element.tag === TIME_TAG) return readInteger(bytes, element);
    at = element.end;
  }
  return undefined;
}

/** The first place after the prefix where a SEQUENCE fills the rest exactly. */
function sessionStart(bytes: Buffer): number | undefined {
  if (!bytes.subarray(0, NODE_PREFIX.length).equals(NODE_PREFIX)) return 0;
  for (let at = NODE_PREFIX.length; at < bytes.length; at++) {
    if (bytes[at] !== SEQUENCE) continue;
    if (readElement(bytes, at, bytes.length)?.end === bytes.length) return at;
  }
  return undefined;
}

function readElement(bytes: Buffer, at: number, limit: number): Element | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || at + 2 + lengthBytes > limit) return undefined;
  const length = lengthBytes === 0 ? first & 0x7f : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  return start + length > limit ? undefined : { tag, start, end: start + length };
}

function readInteger(bytes: Buffer, wrapper: Element): number | undefined {
  const element = readElement(bytes, wrapper.start, wrapper.end);
  if (element?.tag !== INTEGER) return undefined;
  const length = element.end - element.start;
  return length >= 1 && length <= 6 ? bytes.readUIntBE(element.start, length) : undefined;
}
