/**
 * The error class of this package, and its codes.
 */
import type { ErrorCode, OsStatus, StoreError } from './types.js';

/** Every code this package throws or reports. Codes are stable: compare them, never messages. */
export const ErrorCodes = {
  /** No binary of the addon fits this platform, architecture and C library. */
  ADDON_NOT_FOUND: 'ERR_TRUSTSTORE_ADDON_NOT_FOUND',
  /** A binary is there but cannot be loaded: it is truncated, built for another architecture, or refused by the loader. */
  ADDON_BROKEN: 'ERR_TRUSTSTORE_ADDON_BROKEN',
  /** The runtime forbids addons (`--no-addons`, `--permission` without `--allow-addons`). */
  ADDON_DISABLED: 'ERR_TRUSTSTORE_ADDON_DISABLED',
  /** This package has no reader for this operating system, or the operating system is too old for it. */
  UNSUPPORTED_PLATFORM: 'ERR_TRUSTSTORE_UNSUPPORTED_PLATFORM',
  /** This runtime cannot do what was asked for, and doing less would silently weaken it. */
  UNSUPPORTED_RUNTIME: 'ERR_TRUSTSTORE_UNSUPPORTED_RUNTIME',
  /** The operating system refused a call; `osStatus` says why. */
  READ_FAILED: 'ERR_TRUSTSTORE_READ_FAILED',
  /** A FIFO, device or socket where a file was expected; it is never opened for reading. */
  NOT_REGULAR_FILE: 'ERR_TRUSTSTORE_NOT_REGULAR_FILE',
  /** A file over 64 MiB. */
  FILE_TOO_LARGE: 'ERR_TRUSTSTORE_FILE_TOO_LARGE',
  /** A block or file is not a certificate. */
  BAD_CERTIFICATE: 'ERR_TRUSTSTORE_BAD_CERTIFICATE',
  /** The platform's verifier reached no verdict, so the chain is refused; `osStatus` or `platformCode` says why. */
  VERIFY_FAILED: 'ERR_TRUSTSTORE_VERIFY_FAILED',
  /** The store, or the platform's verifier, did not answer in time. */
  DEADLINE: 'ERR_TRUSTSTORE_DEADLINE',
  /** The caller gave up the read. */
  CANCELLED: 'ERR_TRUSTSTORE_CANCELLED',
  /** A file, directory or certificate the user named cannot be used. */
  USER_CA: 'ERR_TRUSTSTORE_USER_CA',
  /** The set asked for would be empty, and an empty set would refuse every server. */
  EMPTY_SET: 'ERR_TRUSTSTORE_EMPTY_SET',
  /** An option has the wrong type or value. */
  INVALID_ARGUMENT: 'ERR_TRUSTSTORE_INVALID_ARGUMENT',
  /** A warning: a server that asks for client certificates without `ca` verifies them against the injected list. */
  SERVER_WITHOUT_CA: 'ERR_TRUSTSTORE_SERVER_WITHOUT_CA',
  /** A warning: an option of `inject()` asks for less than the environment of `os-truststore/register`, which wins. */
  POLICY: 'ERR_TRUSTSTORE_POLICY',
  /** A warning: an option does not apply to an agent or dispatcher of another library that stands where Node's own would. */
  NOT_REACHED: 'ERR_TRUSTSTORE_NOT_REACHED',
  /** The file with remembered clients is damaged, of a newer version, gone, or open to changes by other users. */
  PEER_STORE: 'ERR_TRUSTSTORE_PEER_STORE',
  /** Another process holds the lock of the file with remembered clients and does not release it. */
  PEER_STORE_LOCKED: 'ERR_TRUSTSTORE_PEER_STORE_LOCKED',
  /** `os-truststore build` failed: there is no compiler, or it rejects the sources. */
  BUILD_FAILED: 'ERR_TRUSTSTORE_BUILD_FAILED',
  /** Writing a file failed. */
  WRITE_FAILED: 'ERR_TRUSTSTORE_WRITE_FAILED',
} as const satisfies Record<string, ErrorCode>;

/** The fields of a {@link TruststoreError}. */
export interface TruststoreErrorFields {
  operation: string;
  path?: string | undefined;
  osStatus?: OsStatus | undefined;
  /** One sentence on what the user can do about it. */
  remedy?: string | undefined;
  /** Everything that went wrong, when there was more than one error. */
  errors?: StoreError[] | undefined;
  cause?: unknown;
}

const isOurs = Symbol.for('os-truststore.error');

/** The error this package throws. `code` is stable; `message` is for people. */
export class TruststoreError extends Error {
  /** Matches by mark, because modules that are loaded late and second copies of the package have their own class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // Does not mention the class by name: bundlers rename a class that refers to itself, and users would read that name.
    const isBase = Object.prototype.hasOwnProperty.call(this.prototype, isOurs);
    if (!isBase) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && isOurs in value;
  }

  declare readonly name: 'TruststoreError';
  readonly code: ErrorCode;
  /** The call that failed, of this package or of the operating system. */
  readonly operation: string;
  // These fields are only declared, so that an unknown one is absent, also when the error is printed.
  declare readonly path?: string;
  declare readonly osStatus?: OsStatus;
  declare readonly remedy?: string;
  declare readonly errors?: StoreError[];

  constructor(code: ErrorCode, message: string, fields: TruststoreErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.operation = fields.operation;
    if (fields.path !== undefined) this.path = fields.path;
    if (fields.osStatus !== undefined) this.osStatus = fields.osStatus;
    if (fields.remedy !== undefined) this.remedy = fields.remedy;
    if (fields.errors !== undefined) this.errors = fields.errors;
  }
}

Object.defineProperties(TruststoreError.prototype, {
  // The name is set here because the engine reads it when it writes the stack.
  name: { value: 'TruststoreError' },
  [isOurs]: { value: true },
});

/** Turns an error into plain data, for results that report errors and go on. */
export function toStoreError(error: TruststoreError): StoreError {
  const { code, operation, message, path, osStatus } = error;
  return {
    code,
    operation,
    message,
    ...(path === undefined ? {} : { path }),
    ...(osStatus === undefined ? {} : { osStatus }),
  };
}

/** Turns a file system error into one of this package; `osStatus` keeps the operating system's number and name. */
export function fromFileSystem(
  code: ErrorCode,
  message: string,
  path: string,
  cause: unknown,
  remedy?: string,
): TruststoreError {
  const status = cause as NodeJS.ErrnoException;
  return new TruststoreError(code, message, {
    operation: status.syscall ?? 'read',
    path,
    osStatus:
      typeof status.errno === 'number' && status.code !== undefined
        ? { number: Math.abs(status.errno), text: status.code }
        : undefined,
    remedy,
    cause,
  });
}

/** The operation of errors about what a caller has passed. */
export const CHECK_OPTIONS = 'check options';

export function invalidArgument(
  name: string,
  expected: string,
  received: unknown,
): TruststoreError {
  return new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `${name} must be ${expected}, not ${describe(received)}`,
    { operation: CHECK_OPTIONS },
  );
}

/** Never shows the content of an object or of PEM text: either may hold a private key. */
function describe(value: unknown): string {
  if (typeof value === 'string') {
    return value.includes('-----BEGIN ') ? 'PEM text' : JSON.stringify(value.slice(0, 200));
  }
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
