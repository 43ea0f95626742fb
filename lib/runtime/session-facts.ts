/**
 * Reads facts from a serialised TLS session: OpenSSL's SSL_SESSION, in ASN.1 (ssl/ssl_asn1.c). Pure.
 */
import { DerError, DerReader, Tag, contextTag, readSequence } from '../certificate/der.js';

export interface SessionFacts {
  /** When the session was established, in seconds since the epoch. */
  time?: number;
  /** The server's certificate, in DER. */
  peer?: Buffer;
}

const TIME = contextTag(1, true);
const PEER = contextTag(3, true);

/** Node 22 and later put a name before the session: this prefix, two bytes for the name's length, and the name. */
const NODE_PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

export function isSession(session: unknown): boolean {
  return (typeof session === 'string' && session !== '') || ArrayBuffer.isView(session);
}

/** Returns what it understands and leaves out the rest. @param session - bytes, or the text form that Node accepts */
export function readSession(session: unknown): SessionFacts {
  const bytes =
    typeof session === 'string'
      ? Buffer.from(session, 'latin1')
      : ArrayBuffer.isView(session)
        ? Buffer.from(session.buffer, session.byteOffset, session.byteLength)
        : Buffer.alloc(0);
  const facts: SessionFacts = {};
  try {
    const fields = findSession(bytes);
    while (fields && !fields.isAtEnd) {
      const { tag, content } = fields.any();
      if (tag === TIME) facts.time = readInteger(content);
      else if (tag === PEER) facts.peer = content;
    }
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return facts;
}

/** Finds the first place after the prefix where a SEQUENCE fills the rest exactly. */
function findSession(bytes: Buffer): DerReader | undefined {
  const isNamed = bytes.subarray(0, NODE_PREFIX.length).equals(NODE_PREFIX);
  if (!isNamed) return readSequence(bytes);
  for (let at = NODE_PREFIX.length; at < bytes.length; at++) {
    if (bytes[at] !== Tag.SEQUENCE) continue;
    // A "0" in the name looks like a tag too; an error for each of them would take longer than all the rest.
    const length = bytes[at + 1] ?? 0;
    if (length < 0x80 && at + 2 + length !== bytes.length) continue;
    try {
      return readSequence(bytes.subarray(at));
    } catch {
      // This byte belongs to the name.
    }
  }
  return undefined;
}

function readInteger(bytes: Buffer): number {
  const { content } = new DerReader(bytes).next(Tag.INTEGER);
  if (content.length < 1 || content.length > 6) throw new DerError('no time');
  return content.readUIntBE(0, content.length);
}
