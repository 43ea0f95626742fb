/**
 * Reads and writes the text of the file with remembered clients. Pure. Any deviation from what was written is an error,
 * because a file that is read as emptier than it is would forget which clients were revoked.
 */
import { fingerprintOf } from '../../certificate/fingerprint.js';
import { keyOf } from '../../certificate/public-key.js';

const FORMAT = 'os-truststore remembered peers';
const VERSION = 1;
export const MAXIMUM_PEERS = 10_000;

export interface PeerRecord {
  fingerprint256: string;
  state: 'accepted' | 'revoked';
  /** An ISO 8601 time. */
  since: string;
  publicKey256?: string;
  /** PEM. Missing only for a fingerprint that was revoked before its certificate was seen. */
  certificate?: string;
  label?: string;
}

export function keyOfRecord({ fingerprint256, certificate }: PeerRecord): string | undefined {
  return certificate === undefined ? undefined : keyOf({ fingerprint256, pem: certificate });
}

/** Records by fingerprint. */
export type PeerRecords = ReadonlyMap<string, PeerRecord>;

export function serializePeers(records: PeerRecords): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, peers: [...records.values()] }, null, 2)}\n`;
}

/**
 * @param known - records of an earlier text, whose certificates are not checked again
 * @throws Error with a message that says what is wrong
 */
export function parsePeers(text: string, known?: PeerRecords): PeerRecords {
  const file = asObject(parseJson(text), 'the file');
  if (file['format'] !== FORMAT) throw new Error('it is not a file of remembered peers');
  if (file['version'] !== VERSION) {
    throw new Error(`its version is ${JSON.stringify(file['version'])}, and only 1 is known here`);
  }
  checkKeys(file, ['format', 'version', 'peers'], 'the file');
  if (!Array.isArray(file['peers'])) throw new Error('it has no list of peers');
  const records = new Map<string, PeerRecord>();
  for (const [index, value] of (file['peers'] as unknown[]).entries()) {
    const record = parseRecord(asObject(value, `peer ${index}`), `peer ${index}`, known);
    if (records.has(record.fingerprint256)) throw new Error(`peer ${index} is there twice`);
    records.set(record.fingerprint256, record);
  }
  return records;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw new Error(text.trim() === '' ? 'it is empty' : 'it is not whole JSON');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function asObject(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${what} is not an object`);
}

function checkKeys(fields: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).some((key) => !known.includes(key));
  if (unknown) throw new Error(`${what} says something that is not understood here`);
}

const fingerprintForm = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;

function parseRecord(fields: Fields, what: string, known: PeerRecords | undefined): PeerRecord {
  checkKeys(
    fields,
    ['fingerprint256', 'state', 'since', 'publicKey256', 'certificate', 'label'],
    what,
  );
  const { fingerprint256, state, since, publicKey256, certificate, label } = fields;
  const sound =
    isText(fingerprint256, fingerprintForm) &&
    (state === 'accepted' || state === 'revoked') &&
    isText(since, /^\d{4}-/) &&
    !Number.isNaN(Date.parse(since)) &&
    (publicKey256 === undefined || isText(publicKey256, fingerprintForm)) &&
    (label === undefined || typeof label === 'string') &&
    (certificate === undefined
      ? state === 'revoked'
      : publicKey256 !== undefined &&
        (known?.get(fingerprint256)?.certificate === certificate ||
          isCertificateOf(certificate, fingerprint256)));
  if (!sound) throw new Error(`${what} is damaged`);
  // Each field has been checked above.
  return fields as unknown as PeerRecord;
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value);
}

const pemForm = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n?$/;

/** The certificate that is shown to people must be the one that is compared. */
function isCertificateOf(pem: unknown, fingerprint256: string): boolean {
  const base64 = typeof pem === 'string' ? pemForm.exec(pem)?.[1] : undefined;
  return base64 !== undefined && fingerprintOf(Buffer.from(base64, 'base64')) === fingerprint256;
}
