/**
 * Reads what a server says in its handshake from the bytes of the connection, because the runtime shows only the chain it
 * built, not the certificates that were sent.
 */
import { createDecipheriv, createHmac } from 'node:crypto';
import type { CipherGCMTypes } from 'node:crypto';

/** RFC 8446 §5.1 and §4, appendix B. */
export const Content = { ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23 } as const;
const Message = { SERVER_HELLO: 2, CERTIFICATE: 11, CERTIFICATE_REQUEST: 13 } as const;
const MAX_RECORD_BYTES = 16 * 1024 + 2048;
/** Limits the records of a handshake, since each may be tiny. */
const MAX_RECORDS = 512;
/** Limits the certificates in one message; OpenSSL accepts 100 KB of them. */
const MAX_CERTIFICATES = 512;

export interface ServerMessages {
  /** DER, in the order they were sent. */
  certificates: Buffer[];
  /** True when the server asked for a client certificate. */
  wantsClientCertificate: boolean;
  /** The protocol version as in ServerHello: 0x0303 for TLS 1.2, 0x0304 for TLS 1.3. */
  version?: number;
  /** The description of the last unencrypted alert (RFC 8446 §6). */
  alert?: number;
  /** The first bytes, if they do not look like TLS. */
  plainText?: string;
}

interface Cipher {
  name: CipherGCMTypes | 'chacha20-poly1305';
  keyLength: number;
  hash: 'sha256' | 'sha384';
}

const CIPHERS: Partial<Record<number, Cipher>> = {
  0x1301: { name: 'aes-128-gcm', keyLength: 16, hash: 'sha256' },
  0x1302: { name: 'aes-256-gcm', keyLength: 32, hash: 'sha384' },
  0x1303: { name: 'chacha20-poly1305', keyLength: 32, hash: 'sha256' },
};

interface Record_ {
  header: Buffer;
  type: number;
  body: Buffer;
}

/**
 * @param received - every byte the server sent
 * @param secret - the connection's SERVER_HANDSHAKE_TRAFFIC_SECRET; without it, TLS 1.3 hides the certificates
 */
export function readServerMessages(received: Buffer, secret: Buffer | undefined): ServerMessages {
  const messages: ServerMessages = { certificates: [], wantsClientCertificate: false };
  if (received.length > 0 && !looksLikeTls(received)) {
    messages.plainText = received.toString('latin1', 0, 200);
    return messages;
  }
  const state = { suite: 0, sequence: 0 };
  let handshake: Buffer = Buffer.alloc(0);
  for (const record of records(received)) {
    const plain = open(record, state, secret);
    if (!plain) break;
    if (plain.type === Content.ALERT && plain.body.length >= 2) messages.alert = plain.body[1] ?? 0;
    if (plain.type !== Content.HANDSHAKE) continue;
    handshake = Buffer.concat([handshake, plain.body]);
    handshake = takeMessages(handshake, messages, state);
  }
  return messages;
}

/** Checks the record type and the major version. */
export function looksLikeTls(bytes: Buffer): boolean {
  const [type = 0, major = 3] = bytes;
  return type >= 20 && type <= 24 && major === 3;
}

export const RECORD_HEADER = 5;

/** The length of a record, header included. */
export function recordLength(bytes: Buffer, at = 0): number {
  return RECORD_HEADER + bytes.readUInt16BE(at + 3);
}

function* records(bytes: Buffer): Generator<Record_> {
  let at = 0;
  for (let count = 0; count < MAX_RECORDS && at + RECORD_HEADER <= bytes.length; count++) {
    const end = at + recordLength(bytes, at);
    if (end - at > MAX_RECORD_BYTES || end > bytes.length) return;
    const header = bytes.subarray(at, at + RECORD_HEADER);
    yield { header, type: header[0] ?? 0, body: bytes.subarray(at + RECORD_HEADER, end) };
    at = end;
  }
}

interface DecryptionState {
  suite: number;
  sequence: number;
}

/** Undefined when the record, and thus every later one, cannot be read. */
function open(
  record: Record_,
  state: DecryptionState,
  secret: Buffer | undefined,
): Pick<Record_, 'type' | 'body'> | undefined {
  if (record.type !== Content.APPLICATION_DATA) return record;
  const cipher = CIPHERS[state.suite];
  if (!cipher || !secret) return undefined;
  try {
    return decrypt(record, cipher, secret, state.sequence++);
  } catch {
    // It is encrypted with the keys that follow the handshake.
    return undefined;
  }
}

/** Decrypts a record (RFC 8446 §5.2, §5.3 and §7.3). */
function decrypt(
  { header, body }: Record_,
  { name, keyLength, hash }: Cipher,
  secret: Buffer,
  sequence: number,
): Pick<Record_, 'type' | 'body'> {
  const key = expandLabel(secret, 'key', keyLength, hash);
  const nonce = expandLabel(secret, 'iv', 12, hash);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
  const decipher = createDecipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: 16 });
  decipher.setAAD(header);
  decipher.setAuthTag(body.subarray(-16));
  const inner = Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]);
  let end = inner.length - 1;
  while (end > 0 && inner[end] === 0) end--;
  return { type: inner[end] ?? 0, body: inner.subarray(0, end) };
}

/** HKDF-Expand-Label (RFC 8446 §7.1) with an empty context, for lengths up to one block of the hash. */
function expandLabel(secret: Buffer, label: string, length: number, hash: string): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

/** Removes the complete messages from the front and returns the rest. */
function takeMessages(bytes: Buffer, into: ServerMessages, state: DecryptionState): Buffer {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUIntBE(at + 1, 3);
    if (end > bytes.length) break;
    takeMessage(bytes[at] ?? 0, bytes.subarray(at + 4, end), into, state);
    at = end;
  }
  return Buffer.from(bytes.subarray(at));
}

function takeMessage(
  type: number,
  body: Buffer,
  into: ServerMessages,
  state: DecryptionState,
): void {
  try {
    if (type === Message.SERVER_HELLO) takeServerHello(body, into, state);
    if (type === Message.CERTIFICATE) into.certificates = certificateList(body, into.version);
    if (type === Message.CERTIFICATE_REQUEST) into.wantsClientCertificate = true;
  } catch (error) {
    // The message is cut short; the runtime's own TLS reports what is wrong with it.
    if (!(error instanceof RangeError)) throw error;
  }
}

/** Reads a ServerHello (RFC 8446 §4.1.3). */
function takeServerHello(body: Buffer, into: ServerMessages, state: DecryptionState): void {
  const afterSession = 35 + body.readUInt8(34);
  state.suite = body.readUInt16BE(afterSession);
  into.version = body.readUInt16BE(0);
  let at = afterSession + 5;
  while (at + 4 <= body.length) {
    const length = body.readUInt16BE(at + 2);
    // supported_versions (RFC 8446 §4.2.1)
    if (body.readUInt16BE(at) === 43 && length === 2) into.version = body.readUInt16BE(at + 4);
    at += 4 + length;
  }
}

/** RFC 5246 §7.4.2; RFC 8446 §4.4.2 adds a context before the list and extensions after each certificate. */
function certificateList(body: Buffer, version = 0): Buffer[] {
  const isTls13 = version >= 0x0304;
  const list: Buffer[] = [];
  let at = (isTls13 ? 1 + body.readUInt8(0) : 0) + 3;
  while (at + 3 <= body.length && list.length < MAX_CERTIFICATES) {
    const end = at + 3 + body.readUIntBE(at, 3);
    if (end > body.length) break;
    list.push(Buffer.from(body.subarray(at + 3, end)));
    at = isTls13 ? end + 2 + body.readUInt16BE(end) : end;
  }
  return list;
}
