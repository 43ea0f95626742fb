/**
 * A binding over certificates in memory that judges them roughly as the addon does, for real PEM and real handshakes.
 */
import { X509Certificate } from 'node:crypto';

import type {
  NativeBinding,
  NativeDated,
  ListedCertificate,
  NativeParsed,
  NativeRead,
  NativeStore,
} from '../../dist/addon/native-binding.js';
import { toPem } from './pem.js';

export interface MemoryStore {
  anchors?: string[];
  intermediates?: string[];
  distrusted?: string[];
  /** Certificates that the store distrusts by issuer and serial number alone. */
  distrustedNames?: string[];
  /** Certificates, of `anchors` or others, that it distrusts from a date on. */
  dated?: NativeDated[];
  /** A source that could not be read. */
  error?: string;
}

export interface MemoryBinding extends NativeBinding {
  setStore(store: MemoryStore): void;
  /** Sets how long a read takes from now on; with Infinity it hangs. */
  setDelay(ms: number): void;
  /** Ends the reads that hang. */
  answer(): void;
  /** Reports a change, as the system would. */
  notify(): void;
  reads: number;
  watches: number;
}

function toFacts(pem: string, overrides: Partial<ListedCertificate>): ListedCertificate {
  const certificate = new X509Certificate(pem);
  const looksSelfSigned = certificate.subject === certificate.issuer;
  return {
    key: Number.parseInt(certificate.fingerprint256.replaceAll(':', '').slice(0, 12), 16),
    pem: toPem(certificate.raw),
    subjectName: certificate.subject,
    issuerName: certificate.issuer,
    subjectKeyId: 0,
    authorityKeyId: 0,
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    looksSelfSigned,
    role: certificate.ca ? 'anchor' : 'leaf',
    trust: 'trusted',
    ...overrides,
  };
}

/** Undefined when it is not a certificate. */
function nameOf(certificate: string | Buffer): string | undefined {
  try {
    const { issuer, serialNumber } = new X509Certificate(certificate);
    return `${issuer} ${serialNumber}`;
  } catch {
    return undefined;
  }
}

function parse(input: Uint8Array): NativeParsed {
  const blocks: string[] =
    Buffer.from(input)
      .toString('latin1')
      .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 && input[0] === 0x30) blocks.push(toPem(input));
  // What is not a certificate is left out, as the addon does.
  const certificates = blocks.flatMap((pem) => (nameOf(pem) === undefined ? [] : toFacts(pem, {})));
  return { certificates, errors: [] };
}

export function createMemoryBinding(initial: MemoryStore = {}): MemoryBinding {
  let content = initial;
  let delayMs = 1;
  let generation = 0;
  const listeners = new Set<() => void>();
  const hanging = new Set<() => void>();

  function takeStore(): NativeStore {
    const born = generation;
    const { anchors = [], intermediates = [], distrusted = [], error } = content;
    const distrustedNames = (content.distrustedNames ?? []).flatMap((pem) => nameOf(pem) ?? []);
    const facts = [
      ...anchors.map((pem) => toFacts(pem, { role: 'anchor' })),
      ...intermediates.map((pem) => toFacts(pem, { role: 'intermediate', trust: 'unspecified' })),
      ...distrusted.map((pem) => toFacts(pem, { trust: 'distrusted', skipped: 'distrusted' })),
    ];
    const store: NativeStore = {
      errors:
        error === undefined
          ? []
          : [
              {
                code: 'ERR_TRUSTSTORE_READ_FAILED',
                operation: 'open',
                message: error,
                path: '/test/store',
                osStatus: 13,
                osStatusText: 'EACCES',
              },
            ],
      locations: [],
      durationMs: 1,
      size: facts.length,
      isCurrent: () => born === generation,
      distrustedNames,
      dated: content.dated ?? [],
      distrustedBy: (der) =>
        distrustedNames.includes(nameOf(Buffer.from(der)) ?? '')
          ? { kind: 'file', location: '/test/blocklist' }
          : undefined,
      facts: () => facts,
      certificates: () => [],
      usable: () => ({ pems: anchors, validUntil: Infinity }),
      usablePage: () => ({ items: anchors, next: -1, validUntil: Infinity }),
      certificatesPage: () => ({ items: [], next: -1, validUntil: Infinity }),
      isSameRead: (other) => other === store,
    };
    return store;
  }

  function startRead(_request: unknown, callback: (store: NativeStore) => void): NativeRead {
    binding.reads++;
    const seen = takeStore();
    const ends = performance.now() + delayMs;
    let done = false;
    const finish = (): void => {
      hanging.delete(finish);
      done = true;
      callback(seen);
    };
    const timer = delayMs === Infinity ? undefined : setTimeout(finish, delayMs);
    if (timer === undefined) hanging.add(finish);
    return {
      wait: (ms) => {
        // Blocks the thread, as the addon does.
        const left = ends - performance.now();
        if (!done && left > 0) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, left));
        }
        done ||= performance.now() >= ends;
        return done ? seen : undefined;
      },
      cancel: () => {
        clearTimeout(timer);
        hanging.delete(finish);
      },
      ref: () => void timer?.ref(),
      unref: () => void timer?.unref(),
    };
  }

  const binding: MemoryBinding = {
    backend: 'unix',
    reads: 0,
    watches: 0,
    setStore: (store) => {
      content = store;
      generation++;
    },
    setDelay: (ms) => {
      delayMs = ms;
    },
    answer: () => {
      for (const finish of [...hanging]) finish();
    },
    notify: () => {
      for (const listener of listeners) listener();
    },
    read: () => {
      binding.reads++;
      return takeStore();
    },
    startRead,
    watch: (_request, callback) => {
      binding.watches++;
      listeners.add(callback);
      return {
        close: () => {
          listeners.delete(callback);
        },
      };
    },
    verifyPaths: () => ({
      opensslFile: '',
      opensslDirectory: '',
      opensslFileEnv: '',
      opensslDirectoryEnv: '',
      locations: [],
      distrustPaths: [],
    }),
    parse,
    describe: () => {
      throw new TypeError('not needed here');
    },
  };
  return binding;
}
