/**
 * Fetches documents that certificates point to: once for any number of connections, and not again for a while after a
 * failure. Limits and refusals are the fetcher's.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import { unlessAborted } from '../../base/deadline.js';
import { FetchError, fetchBytes } from '../../network/fetcher.js';
import { proxyFromEnvironment } from '../../network/proxy.js';
import type { Proxy } from '../../network/proxy.js';

const MAX_FAILURES = 256;
const FAILURE_MS = 5 * 60_000;
/** The most fetches under way at one time: servers decide which documents are wanted, but must not decide how many. */
const MAX_CONCURRENT = 8;

export interface DocumentLimits {
  maxBytes: number;
  timeoutMs: number;
}

interface Fetch {
  bytes: Promise<Buffer>;
  waiting: number;
  controller: AbortController;
}

export class Documents {
  readonly #failures = new BoundedMap<FetchError>(MAX_FAILURES);
  readonly #underWay = new Map<string, Fetch>();
  #running = 0;
  #queue: (() => void)[] = [];

  constructor(readonly allowPrivate: boolean) {}

  /** @throws FetchError, or the signal's reason */
  async get(url: string, limits: DocumentLimits, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const failed = this.#failures.get(url);
    if (failed) throw failed;
    const fetch = this.#underWay.get(url) ?? this.#start(url, limits);
    fetch.waiting++;
    try {
      return await unlessAborted(fetch.bytes, signal);
    } finally {
      if (--fetch.waiting === 0) this.#end(url, fetch);
    }
  }

  /** Notes that what came from there is of no use, so that it is not fetched again soon. */
  rememberFailure(url: string, message: string): void {
    this.#failures.set(url, new FetchError('status', message), Date.now() + FAILURE_MS);
  }

  #start(url: string, limits: DocumentLimits): Fetch {
    const controller = new AbortController();
    const { signal } = controller;
    const bytes = this.#fetch(url, limits, signal);
    bytes.catch((error: unknown) => {
      if (signal.aborted || !(error instanceof FetchError)) return;
      this.#failures.set(url, error, Date.now() + FAILURE_MS);
    });
    const fetch = { bytes, waiting: 0, controller };
    this.#underWay.set(url, fetch);
    return fetch;
  }

  /** Ends a fetch that no caller wants any more; the next caller starts anew. */
  #end(url: string, fetch: Fetch): void {
    if (this.#underWay.get(url) === fetch) this.#underWay.delete(url);
    fetch.controller.abort();
  }

  async #fetch(url: string, limits: DocumentLimits, signal: AbortSignal): Promise<Buffer> {
    await this.#turn();
    try {
      return await fetchBytes(url, {
        ...limits,
        allowPrivate: this.allowPrivate,
        proxyFor,
        signal,
      });
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  /** Waits for its turn. A fetch that was given up meanwhile ends at once. */
  async #turn(): Promise<void> {
    if (this.#running >= MAX_CONCURRENT) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#running++;
  }
}

/** The proxy of the environment, as for the doctor; undefined when the value is not a proxy. */
function proxyFor(url: URL): Proxy | undefined {
  try {
    return proxyFromEnvironment('http', url.hostname, Number(url.port || 80), process.env);
  } catch {
    return undefined;
  }
}
