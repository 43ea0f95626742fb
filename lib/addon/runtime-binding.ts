/**
 * Reads the runtime's own `tls.getCACertificates('system')`, for processes that cannot load the addon. It sees less: no
 * intermediates, no distrust, no sources. Every answer says so in its `errors`.
 */
import * as tls from 'node:tls';

import { judgeDates, validityOf } from '../base/validity.js';
import { Certificate } from '../certificate/certificate.js';
import { DerError, readSequence } from '../certificate/der.js';
import { KeyPurpose, allowsPurpose } from '../certificate/key-purposes.js';
import { ErrorCodes } from '../errors.js';
import type { SkipReason } from '../types.js';
import type {
  NativeBinding,
  NativeCertificate,
  NativeError,
  ListedCertificate,
  NativePage,
  NativeParsed,
  NativePolicy,
  NativeStore,
} from './native-binding.js';

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** The addon reports as many errors for one file. */
const MAX_ERRORS = 1000;

type SystemLister = (type: 'system') => string[];

/** Undefined when the runtime cannot list system CAs either. `reason` is why the addon is not used. */
export function createRuntimeBinding(reason: Error): NativeBinding | undefined {
  const list = (tls as { getCACertificates?: SystemLister }).getCACertificates;
  if (typeof list !== 'function') return undefined;
  const read = (): NativeStore => readRuntimeStore(list, reason);
  return {
    backend: 'unsupported',
    read,
    startRead: (_request, callback) => {
      const timer = setTimeout(() => {
        callback(read());
      }, 0);
      return {
        wait: () => read(),
        cancel: () => {
          clearTimeout(timer);
        },
        ref: () => void timer.ref(),
        unref: () => void timer.unref(),
      };
    },
    watch: () => undefined,
    verifyPaths: () => ({
      opensslFile: '',
      opensslDirectory: '',
      opensslFileEnv: '',
      opensslDirectoryEnv: '',
      locations: [],
      distrustPaths: [],
    }),
    parse,
    describe: (der, policy) => toNative(Certificate.read(der), policy),
  };
}

function runtimeError(operation: string, message: string): NativeError {
  const code = ErrorCodes.READ_FAILED;
  return { code, operation, message, path: '', osStatus: 0, osStatusText: '' };
}

function readRuntimeStore(list: SystemLister, reason: Error): NativeStore {
  const start = performance.now();
  const errors = [
    runtimeError(
      'load addon',
      `The runtime's own listing is used, which knows no distrust and no intermediates: ${reason.message}`,
    ),
  ];
  let pems: string[] = [];
  try {
    pems = [...new Set(list('system'))];
  } catch (error) {
    errors.push(runtimeError('tls.getCACertificates', (error as Error).message));
  }
  const certificates = pems.flatMap((pem) => parsePem(pem, errors));
  const durationMs = performance.now() - start;
  const view = (policy: NativePolicy): NativeCertificate[] =>
    certificates.map((certificate) => toNative(certificate, policy));
  const page = (policy: NativePolicy): NativePage<NativeCertificate> => {
    const items = view(policy);
    return { items, next: -1, validUntil: validityOf(items, policy).until };
  };
  const usablePage = (policy: NativePolicy): NativePage<string> => {
    const { items, ...rest } = page(policy);
    const used = items.filter(({ skipped }) => skipped === undefined);
    return { items: used.map(({ pem }) => pem), ...rest };
  };
  const store: NativeStore = {
    errors,
    locations: [],
    durationMs,
    size: certificates.length,
    // The runtime reads once per process and never again.
    isCurrent: () => true,
    isSameRead: (other) => other === store,
    distrustedNames: [],
    distrustedBy: () => undefined,
    dated: [],
    facts: (policy) => certificates.map((certificate) => toListed(certificate, policy)),
    certificates: view,
    certificatesPage: page,
    usable: (policy) => {
      const { items: pems, validUntil } = usablePage(policy);
      return { pems, validUntil };
    },
    usablePage,
  };
  return store;
}

/** Accepts only what the runtime reads exactly, to the last byte, and dates it can read: others would never be over. */
function readCertificate(input: string | Buffer, der: Buffer): Certificate {
  const certificate = Certificate.read(input);
  readSequence(der);
  if (!certificate.der.equals(der)) throw new DerError('it is read as another certificate');
  const { validFrom, validTo } = certificate;
  if (Number.isNaN(validFrom + validTo)) throw new DerError('the validity is malformed');
  return certificate;
}

function parsePem(pem: string, errors: NativeError[]): Certificate[] {
  try {
    return [readCertificate(pem, Buffer.from(pem.split('-----')[2] ?? '', 'base64'))];
  } catch (error) {
    if (errors.length < MAX_ERRORS) {
      errors.push({
        ...runtimeError('parse certificate', (error as Error).message),
        code: ErrorCodes.BAD_CERTIFICATE,
      });
    }
    return [];
  }
}

function parse(input: Uint8Array, policy: NativePolicy): NativeParsed {
  const bytes = Buffer.from(input);
  const errors: NativeError[] = [];
  const certificates: ListedCertificate[] = [];
  const add = (certificate: Certificate): void => {
    certificates.push(toListed(certificate, policy));
  };
  let isPem = false;
  // Blocks are parsed one by one, because a file may hold any number of them.
  for (const [block] of bytes.toString('latin1').matchAll(PEM_BLOCK)) {
    isPem = true;
    parsePem(block, errors).forEach(add);
  }
  if (!isPem) parseDer(bytes, errors).forEach(add);
  return { certificates, errors };
}

function parseDer(der: Buffer, errors: NativeError[]): Certificate[] {
  if (der[0] !== 0x30) return [];
  try {
    return [readCertificate(der, der)];
  } catch (error) {
    const message = `neither PEM nor a DER certificate (PKCS#7 needs the addon): ${(error as Error).message}`;
    errors.push({
      ...runtimeError('parse certificate', message),
      code: ErrorCodes.BAD_CERTIFICATE,
    });
    return [];
  }
}

function skipReason(
  { isCA, usages }: Certificate,
  looksSelfSigned: boolean,
  policy: NativePolicy,
): SkipReason | undefined {
  if (!isCA && !looksSelfSigned) return 'not-a-ca';
  if (policy.purpose === 'any') return undefined;
  const { CLIENT_AUTH, SERVER_AUTH } = KeyPurpose;
  const asked = policy.purpose === 'client-auth' ? CLIENT_AUTH : SERVER_AUTH;
  return allowsPurpose(usages, asked) ? undefined : 'purpose';
}

function toListed(certificate: Certificate, policy: NativePolicy): ListedCertificate {
  const { pem, sha256, subject, issuer, validFrom, validTo, isCA } = certificate;
  const looksSelfSigned = subject === issuer;
  const skipped = skipReason(certificate, looksSelfSigned, policy);
  const listed: ListedCertificate = {
    key: Number.parseInt(sha256.slice(0, 12), 16),
    pem,
    subjectName: subject,
    issuerName: issuer,
    // Node does not report key identifiers; without them names alone decide.
    subjectKeyId: 0,
    authorityKeyId: 0,
    validFrom,
    validTo,
    looksSelfSigned,
    role: !isCA ? 'leaf' : looksSelfSigned ? 'anchor' : 'intermediate',
    trust: 'trusted',
    ...(skipped === undefined ? {} : { skipped }),
  };
  return judgeDates(listed, policy);
}

function toNative(certificate: Certificate, policy: NativePolicy): NativeCertificate {
  const { der, pem, fingerprint256, subject, issuer, validFrom, validTo, x509 } = certificate;
  const { role, trust, skipped } = toListed(certificate, policy);
  return {
    ...{ der, pem, fingerprint256, subject, issuer, validFrom, validTo, role, trust },
    ...(skipped === undefined ? {} : { skipped }),
    serialNumber: x509.serialNumber,
    sources: [{ kind: 'runtime', location: 'tls.getCACertificates' }],
  };
}
