/**
 * A binding that answers from memory, for tests of everything above the addon without an operating system.
 */
import type {
  NativeBinding,
  NativeError,
  ListedCertificate,
  NativePage,
  NativeReadRequest,
  NativeStore,
} from '../../dist/addon/native-binding.js';

export function fakeFacts(
  name: string,
  overrides: Partial<ListedCertificate> = {},
): ListedCertificate {
  return {
    // There are few keys, so that different certificates share them.
    key: name.length,
    pem: `-----BEGIN CERTIFICATE-----\n${Buffer.from(name).toString('base64')}\n-----END CERTIFICATE-----\n`,
    subjectName: overrides.subjectName ?? name,
    issuerName: overrides.issuerName ?? overrides.subjectName ?? name,
    subjectKeyId: 0,
    authorityKeyId: 0,
    validFrom: 0,
    validTo: 4e12,
    looksSelfSigned: true,
    role: 'anchor',
    trust: 'trusted',
    ...overrides,
  };
}

export interface FakeStore {
  facts?: ListedCertificate[];
  errors?: NativeError[];
  /** PEM of certificates that the store distrusts by name alone. */
  distrustedNames?: string[];
  validUntil?: number;
}

export interface FakeBindingOptions {
  /** The contents for the next read. */
  store?: FakeStore;
  /** How long a read takes; Infinity never answers. */
  delayMs?: number;
  /** The results of `parse`, by the text of the input. */
  parsed?: Record<string, ListedCertificate[]>;
}

export interface FakeBinding extends NativeBinding {
  /** Changes the contents for the next read; earlier reads are then no longer current. */
  setStore(store: FakeStore): void;
  reads: NativeReadRequest[];
  cancelled: number;
}

export function fakeError(message: string, path = ''): NativeError {
  return {
    code: 'ERR_TRUSTSTORE_READ_FAILED',
    operation: 'open',
    message,
    path,
    osStatus: 13,
    osStatusText: 'EACCES',
  };
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.split('\n')[1] ?? '', 'base64');
}

function page<Item>(items: Item[], from: number, validUntil: number): NativePage<Item> {
  const next = from + 2 < items.length ? from + 2 : -1;
  return { items: items.slice(from, from + 2), next, validUntil };
}

export function createFakeBinding(options: FakeBindingOptions = {}): FakeBinding {
  let generation = 0;
  let content = options.store ?? {};

  function takeStore(): NativeStore {
    const { facts = [], errors = [], distrustedNames = [], validUntil = Infinity } = content;
    const born = generation;
    const whole = facts.map((certificate) => ({
      ...certificate,
      der: Buffer.from(certificate.pem),
      fingerprint256: certificate.subjectName,
      subject: certificate.subjectName,
      issuer: certificate.issuerName,
      serialNumber: '01',
      sources: [],
    }));
    const pems = facts.filter(({ skipped }) => skipped === undefined).map(({ pem }) => pem);
    const store: NativeStore = {
      errors,
      locations: [],
      durationMs: 1,
      size: facts.length,
      isCurrent: () => born === generation,
      distrustedNames,
      dated: [],
      distrustedBy: (der) =>
        distrustedNames.some((pem) => derOf(pem).equals(der))
          ? { kind: 'file', location: '/test/blocklist' }
          : undefined,
      facts: () => facts,
      certificates: () => whole,
      usable: () => ({ pems: [...pems], validUntil }),
      isSameRead: (other) => other === store,
      // Returns two at a time, so that all but the shortest answers have pages.
      usablePage: (_policy, from) => page(pems, from, validUntil),
      certificatesPage: (_policy, from) => page(whole, from, validUntil),
    };
    return store;
  }

  const binding: FakeBinding = {
    backend: 'unix',
    reads: [],
    cancelled: 0,
    setStore: (store) => {
      content = store;
      generation++;
    },
    read: (request) => {
      binding.reads.push(request);
      return takeStore();
    },
    startRead: (request, callback, _policy, previous) => {
      const unchanged = previous?.isCurrent() === true;
      if (!unchanged) binding.reads.push(request);
      const delayMs = options.delayMs ?? 1;
      const started = Date.now();
      // A read sees the contents from when it began.
      const seen = unchanged ? previous : takeStore();
      let done: NativeStore | undefined;
      const timer =
        delayMs === Infinity
          ? undefined
          : setTimeout(() => {
              callback((done ??= seen));
            }, delayMs);
      return {
        wait: (ms) => {
          const left = delayMs - (Date.now() - started);
          // Blocks the thread, as the addon does.
          const pause = Math.max(0, Math.min(ms, left));
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
          if (left <= ms) done ??= seen;
          return done;
        },
        cancel: () => {
          binding.cancelled++;
          clearTimeout(timer);
        },
        ref: () => void timer?.ref(),
        unref: () => void timer?.unref(),
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
    parse: (input) => ({
      certificates: options.parsed?.[Buffer.from(input).toString()] ?? [],
      errors: [],
    }),
    describe: () => {
      throw new TypeError('not a certificate');
    },
  };
  return binding;
}
