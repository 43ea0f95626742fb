/**
 * A map whose entries expire, and which drops the least recently used ones when there are too many. An entry is also dropped
 * when the clock is set back before it was made, because it would otherwise stay for that much longer.
 */
import { holdsAt } from './validity.js';
import type { Validity } from './validity.js';

interface Entry<Value> extends Validity {
  value: Value;
}

export class BoundedMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();

  constructor(readonly maxEntries: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (!holdsAt(entry, Date.now())) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param until - milliseconds since the epoch */
  set(key: string, value: Value, until = Infinity): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, since: until === Infinity ? -Infinity : Date.now(), until });
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
