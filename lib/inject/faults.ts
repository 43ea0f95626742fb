/**
 * Reports what is not as requested: each warning is announced once, and kept for the report.
 */
import { warn } from '../base/log.js';
import { ErrorCodes, TruststoreError } from '../errors.js';
import { storeWarning } from '../trust/trust-set.js';
import type { TrustSet } from '../trust/trust-set.js';

/** Limits the kept warnings, since a process may cause one at every call. */
const KEPT_WARNINGS = 100;

export class Faults {
  readonly #told: (warning: TruststoreError) => void;
  readonly #warnings: TruststoreError[] = [];

  /** @param told - called for each warning after it has been logged */
  constructor(told: (warning: TruststoreError) => void) {
    this.#told = told;
  }

  get warnings(): TruststoreError[] {
    return [...this.#warnings];
  }

  readonly warn = (warning: TruststoreError): void => {
    const isKept = this.#warnings.some(({ message }) => message === warning.message);
    if (!isKept && this.#warnings.length < KEPT_WARNINGS) this.#warnings.push(warning);
    warn(warning.code, warning.message, { operation: warning.operation, path: warning.path });
    this.#told(warning);
  };

  /** Runs on the event loop or inside a program's connection, where the program cannot catch what is thrown. */
  safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.warn(toTruststoreError(error));
    }
  }

  /** `step`, made {@link safely}. */
  guarded(step: () => void): () => void {
    return () => {
      this.safely(step);
    };
  }

  /** Reports the faults of a set, each once while it lasts. */
  report(set: TrustSet, before?: TrustSet): void {
    const known = new Set(before ? faultsOf(before).map(({ message }) => message) : []);
    for (const fault of faultsOf(set)) if (!known.has(fault.message)) this.warn(fault);
    const [first] = set.errors;
    if (!first || before?.errors.some(({ message }) => message === first.message)) return;
    const { operation, path, osStatus } = first;
    this.warn(
      new TruststoreError(first.code, storeWarning(set.errors), {
        operation,
        path,
        osStatus,
        errors: set.errors,
      }),
    );
  }
}

function faultsOf({ userErrors, warnings }: TrustSet): TruststoreError[] {
  return [...userErrors, ...warnings];
}

/** Turns errors of other code, such as OpenSSL, into ours. */
export function toTruststoreError(error: unknown): TruststoreError {
  if (error instanceof TruststoreError) return error;
  return new TruststoreError(ErrorCodes.READ_FAILED, (error as Error).message, {
    operation: 'inject',
    cause: error,
  });
}
