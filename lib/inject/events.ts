/**
 * Calls the program's listeners of an injection. What one of them throws must not leave things half done here.
 */
import { EventEmitter } from 'node:events';

import type { TruststoreError } from '../errors.js';
import type { TrustDiff } from './types.js';

export type EventName = 'change' | 'warning';
export type Listener = ((diff: TrustDiff) => void) | ((warning: TruststoreError) => void);

export class Events {
  readonly #emitter = new EventEmitter();

  on(event: EventName, listener: Listener): void {
    this.#emitter.on(event, listener);
  }

  off(event: EventName, listener: Listener): void {
    this.#emitter.off(event, listener);
  }

  emit(event: EventName, value: unknown): void {
    try {
      this.#emitter.emit(event, value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
