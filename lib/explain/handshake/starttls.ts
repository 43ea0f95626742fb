/**
 * Asks servers of protocols that begin in plain text to switch to TLS.
 */
import type { Duplex } from 'node:stream';

import { readUntil } from '../../network/dial.js';
import type { StartTlsProtocol } from './protocols.js';

/** Thrown when the server speaks another protocol or does not offer TLS. */
export class StartTlsError extends Error {}

const MAX_ANSWER_BYTES = 16 * 1024;

/** A conversation in lines of text. */
class Dialog {
  constructor(
    private readonly stream: Duplex,
    private readonly signal: AbortSignal,
  ) {}

  send(text: string | Buffer): void {
    this.stream.write(text);
  }

  /** Reads the lines of one answer; the first line that `isLast` accepts ends it. */
  async answer(isLast: (line: string) => boolean): Promise<string> {
    return (await this.read((bytes) => lengthOfAnswer(bytes, isLast))).toString('latin1');
  }

  async read(isComplete: (bytes: Buffer) => number | undefined): Promise<Buffer> {
    return await readUntil(this.stream, this.signal, (bytes) => {
      const length = isComplete(bytes);
      if (length !== undefined) return length;
      if (bytes.length > MAX_ANSWER_BYTES) throw new StartTlsError('the answer has no end');
      return undefined;
    });
  }
}

function lengthOfAnswer(bytes: Buffer, isLast: (line: string) => boolean): number | undefined {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const line = bytes.toString('latin1', start, end).trimEnd();
    start = end + 1;
    if (isLast(line)) return start;
  }
  return undefined;
}

function firstLine(answer: string): string {
  const [line = ''] = answer.split('\r\n');
  return line.slice(0, 100);
}

function expect(answer: string, wanted: RegExp, what: string): void {
  if (!wanted.test(answer)) throw new StartTlsError(`${what}: ${firstLine(answer)}`);
}

/** STARTTLS of SMTP (RFC 3207). */
async function smtp(dialog: Dialog): Promise<void> {
  const isLast = (line: string): boolean => !/^\d{3}-/.test(line);
  expect(await dialog.answer(isLast), /^220/, 'this is no SMTP greeting');
  dialog.send('EHLO localhost\r\n');
  const features = await dialog.answer(isLast);
  expect(features, /^250/, 'EHLO is refused');
  if (!/^250[ -]STARTTLS\s*$/im.test(features)) {
    throw new StartTlsError('the server does not offer STARTTLS');
  }
  dialog.send('STARTTLS\r\n');
  expect(await dialog.answer(isLast), /^220/, 'STARTTLS is refused');
}

/** STARTTLS of IMAP (RFC 3501 §6.2.1). */
async function imap(dialog: Dialog): Promise<void> {
  expect(await dialog.answer(() => true), /^\* (?:OK|PREAUTH)/i, 'this is no IMAP greeting');
  dialog.send('a1 STARTTLS\r\n');
  const answer = await dialog.answer((line) => /^a1 /i.test(line));
  if (!/^a1 OK/im.test(answer)) {
    throw new StartTlsError(`STARTTLS is refused: ${answer.trim().slice(-100)}`);
  }
}

/** STLS of POP3 (RFC 2595 §4). */
async function pop3(dialog: Dialog): Promise<void> {
  expect(await dialog.answer(() => true), /^\+OK/i, 'this is no POP3 greeting');
  dialog.send('STLS\r\n');
  expect(await dialog.answer(() => true), /^\+OK/i, 'STLS is refused');
}

/** SSLRequest of the PostgreSQL protocol: length 8, code 80877103. */
async function postgres(dialog: Dialog): Promise<void> {
  dialog.send(Buffer.from('0000000804d2162f', 'hex'));
  const answer = (await dialog.read(() => 1)).toString('latin1');
  if (answer === 'N') throw new StartTlsError('the server has TLS switched off');
  expect(answer, /^S/, 'this is no PostgreSQL server');
}

/** RFC 4511 §4.14: ExtendedRequest 1.3.6.1.4.1.1466.20037 with message ID 1. */
async function ldap(dialog: Dialog): Promise<void> {
  const oid = Buffer.from('1.3.6.1.4.1.1466.20037');
  const name = Buffer.concat([Buffer.from([0x80, oid.length]), oid]);
  const operation = Buffer.concat([Buffer.from([0x77, name.length]), name]);
  const body = Buffer.concat([Buffer.from([0x02, 0x01, 0x01]), operation]);
  dialog.send(Buffer.concat([Buffer.from([0x30, body.length]), body]));
  const answer = await dialog.read(berLength);
  // The answer holds messageID, ExtendedResponse [APPLICATION 24], and as the first element of that, resultCode.
  const at = answer.indexOf(0x78);
  const result = at < 0 ? -1 : answer.indexOf(Buffer.from([0x0a, 0x01]), at);
  if (answer[0] !== 0x30 || result < 0) throw new StartTlsError('this is no LDAP server');
  const code = answer[result + 2] ?? -1;
  if (code !== 0) throw new StartTlsError(`StartTLS is refused with result code ${code}`);
}

/** The length of a BER element with a definite length, header included; 1 when the bytes are not one. */
function berLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const [tag = 0, first = 0] = bytes;
  if (tag !== 0x30) return 1;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 3) return 1;
  if (bytes.length < 2 + extra) return undefined;
  const length = extra === 0 ? first : bytes.readUIntBE(2, extra);
  return bytes.length < 2 + extra + length ? undefined : 2 + extra + length;
}

const dialogs: Record<StartTlsProtocol, (dialog: Dialog) => Promise<void>> = {
  smtp,
  imap,
  pop3,
  postgres,
  ldap,
};

/**
 * Brings `stream` to the point where the server expects a ClientHello.
 *
 * @throws StartTlsError
 * @throws DialError when the connection breaks or time runs out
 */
export async function startTls(
  protocol: StartTlsProtocol,
  stream: Duplex,
  signal: AbortSignal,
): Promise<void> {
  await dialogs[protocol](new Dialog(stream, signal));
  // Bytes sent before TLS could be mistaken for bytes inside it (CVE-2011-0411).
  if (stream.readableLength > 0) {
    throw new StartTlsError('the server sends plain text after it agreed to TLS');
  }
}
