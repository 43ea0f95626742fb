/**
 * A map that forgets: each entry at its time, and the least recently used ones when there are too many.
 */
interface Entry<Value> {
  value: Value;
  /** Milliseconds since the epoch. */
  until: number;
}

export class BoundedMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(readonly maxEntries: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now = Date.now()): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.until <= now) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param until - milliseconds since the epoch */
  set(key: string, value: Value, until = Infinity): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
