/**
 * Works out the new list of remembered clients after a decision. Pure.
 */
import { X509Certificate } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { BoundedMap } from '../../base/bounded-map.js';
import { keyOf } from '../../certificate/public-key.js';
import { ErrorCodes, TruststoreError, invalidArgument } from '../../errors.js';
import type { CertificateInput } from '../../types.js';
import { checkFingerprint, checkLabel } from '../options.js';
import type { PeerCertificate, RememberedPeer, UnknownPeer } from '../types.js';
import { findFault, readClientCertificate } from './peer-certificate.js';
import type { ClientCertificate } from './peer-certificate.js';
import { MAXIMUM_PEERS, keyOfRecord } from './peer-file.js';
import type { PeerRecord, PeerRecords } from './peer-file.js';
import type { PeerState } from './peer-store.js';

export function isRevoked({ records, revokedKeys }: PeerState, facts: PeerCertificate): boolean {
  if (records.get(facts.fingerprint256)?.state === 'revoked') return true;
  const key = keyOf(facts);
  return revokedKeys.has(facts.publicKey256) || (key !== undefined && revokedKeys.has(key));
}

function hasKeyOf(record: PeerRecord, facts: PeerCertificate): boolean {
  if (record.publicKey256 === facts.publicKey256) return true;
  const key = keyOfRecord(record);
  return key !== undefined && key === keyOf(facts);
}

/** Undefined when nothing changes. @throws TruststoreError for a revoked client, which must be forgotten first */
export function accepting(
  state: PeerState,
  facts: PeerCertificate,
  label: string | undefined,
): PeerRecords | undefined {
  const checked = checkLabel(label);
  if (isRevoked(state, facts)) throw revokedError(state, facts);
  const known = state.records.get(facts.fingerprint256);
  if (known && (checked === undefined || known.label === checked)) return undefined;
  return put(state, {
    ...toRecord('accepted', facts, checked ?? known?.label),
    ...(known ? { since: known.since } : {}),
  });
}

function revokedError({ records }: PeerState, facts: PeerCertificate): TruststoreError {
  const revoked = [...records.values()].filter(
    (record) =>
      record.state === 'revoked' &&
      (record.fingerprint256 === facts.fingerprint256 || hasKeyOf(record, facts)),
  );
  const calls = revoked.map((record) => `forget('${record.fingerprint256}')`);
  return new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    'The certificate, or another one with its key, was revoked',
    { operation: 'accept', remedy: `If that was a mistake, first call ${calls.join(' and ')}.` },
  );
}

/** @param seen - the certificate, if known; its key is then revoked as well */
export function revoking(
  state: PeerState,
  fingerprint256: string,
  seen: PeerCertificate | undefined,
  label?: string,
): PeerRecords | undefined {
  const known = state.records.get(fingerprint256);
  const facts = seen ?? (known && read(known)?.facts);
  // Without the certificate the key is unknown.
  if (facts === undefined) {
    return known ? undefined : put(state, { fingerprint256, ...now('revoked') });
  }
  const record = toRecord('revoked', facts, checkLabel(label) ?? known?.label);
  if (known?.state !== 'revoked') return put(state, record);
  // It is revoked already, but perhaps without its key.
  return known.certificate === undefined
    ? put(state, { ...record, since: known.since })
    : undefined;
}

export function forgetting(
  { records }: PeerState,
  fingerprint256: string,
): PeerRecords | undefined {
  if (!records.has(fingerprint256)) return undefined;
  const rest = new Map(records);
  rest.delete(fingerprint256);
  return rest;
}

function put({ records }: PeerState, record: PeerRecord): PeerRecords {
  return new Map(records).set(record.fingerprint256, record);
}

function now(state: PeerRecord['state']): Pick<PeerRecord, 'state' | 'since'> {
  return { state, since: new Date().toISOString() };
}

function toRecord(
  state: PeerRecord['state'],
  { fingerprint256, publicKey256, pem }: PeerCertificate,
  label: string | undefined,
): PeerRecord {
  return {
    fingerprint256,
    ...now(state),
    publicKey256,
    certificate: pem,
    ...(label === undefined ? {} : { label }),
  };
}

export function toPeer(record: PeerRecord): RememberedPeer {
  const { fingerprint256, state, since, label } = record;
  const certificate = read(record)?.facts;
  return {
    fingerprint256,
    state,
    since: new Date(since),
    ...(label === undefined ? {} : { label }),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** Certificates by fingerprint, which the file reader has checked. It holds as many as a file can. */
const certificates = new BoundedMap<ClientCertificate>(MAXIMUM_PEERS);

function read(record: PeerRecord): ClientCertificate | undefined {
  if (record.certificate === undefined) return undefined;
  let certificate = certificates.get(record.fingerprint256);
  if (certificate === undefined) {
    certificate = readClientCertificate(Buffer.from(record.certificate));
    certificates.set(record.fingerprint256, certificate);
  }
  return certificate;
}

/** True when an open connection of this client may go on. */
export function mayStay(state: PeerState, record: PeerRecord, at: number): boolean {
  const certificate = read(record);
  if (record.state !== 'accepted' || certificate === undefined) return false;
  return !isRevoked(state, certificate.facts) && findFault(certificate, at) === undefined;
}

/** Reading a record takes 0.2 ms; this many are read before other work has its turn. */
const RECORDS_AT_ONCE = 16;

/**
 * What an application is told about a client when it is asked. Reading 10,000 certificates takes two seconds, so other work
 * gets its turn in between.
 *
 * @throws what `signal` was aborted with (rejects)
 */
export async function introduce(
  { records }: PeerState,
  facts: PeerCertificate,
  remoteAddress: string | undefined,
  signal: AbortSignal,
): Promise<UnknownPeer> {
  const peer: UnknownPeer = {
    ...facts,
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    renews: [],
    namesakes: [],
  };
  let count = 0;
  for (const record of records.values()) {
    if (++count % RECORDS_AT_ONCE === 0) await nextTurn();
    signal.throwIfAborted();
    if (record.state !== 'accepted') continue;
    if (hasKeyOf(record, facts)) peer.renews.push(toPeer(record));
    else if (read(record)?.facts.name === facts.name) peer.namesakes.push(toPeer(record));
  }
  return peer;
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for a certificate with which no connection could be accepted */
export function readInput(input: CertificateInput, at: number): ClientCertificate {
  const certificate = parseInput(input);
  const fault = findFault(certificate, at);
  if (fault === undefined) return certificate;
  throw new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `No connection could be accepted with this certificate: ${fault}`,
    { operation: 'accept' },
  );
}

/**
 * Reads a certificate, or the fingerprint of one.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT`
 */
export function readRevoked(
  input: CertificateInput,
): Pick<PeerCertificate, 'fingerprint256'> & { facts?: PeerCertificate } {
  if (typeof input === 'string' && !input.includes('-----BEGIN')) {
    return { fingerprint256: checkFingerprint(input) };
  }
  const { facts } = parseInput(input);
  return { fingerprint256: facts.fingerprint256, facts };
}

function parseInput(input: CertificateInput): ClientCertificate {
  try {
    const bytes = input instanceof X509Certificate ? input.raw : Buffer.from(input);
    const blocks = bytes.toString('latin1').match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g) ?? [];
    // Of several certificates OpenSSL would read the first and ignore the others.
    if (blocks.length <= 1) return readClientCertificate(bytes);
  } catch {
    // The error is thrown below.
  }
  throw invalidArgument('certificate', 'one certificate, as PEM or DER', typeof input);
}
