/**
 * The roots the runtime brings, and what it read of NODE_EXTRA_CA_CERTS at start-up: neither changes within a process.
 */
import { wholePolicy } from '../addon/load-binding.js';
import type { NativeBinding, ListedCertificate, NativeRoots } from '../addon/native-binding.js';
import { warn } from '../base/log.js';
import { ErrorCodes } from '../errors.js';
import { listCertificates, tlsExports } from '../runtime/tls-defaults.js';

export class BundledRoots {
  readonly binding: NativeBinding;
  #native: NativeRoots | undefined;
  #all: ListedCertificate[] | undefined;
  #startupExtra: ListedCertificate[] | undefined;

  constructor(binding: NativeBinding) {
    this.binding = binding;
  }

  /** Undefined where the binding cannot hold them. */
  get native(): NativeRoots | undefined {
    // A copy, because Deno's list is a proxy, which is no array to native code.
    return (this.#native ??= this.binding.roots?.([...tlsExports().rootCertificates]));
  }

  /** Making these takes a millisecond. */
  all(): ListedCertificate[] {
    return (this.#all ??= this.#parse(tlsExports().rootCertificates));
  }

  /** NODE_EXTRA_CA_CERTS as Node read it; what the variable names now is read by `readUserCAs`. */
  startupExtra(): ListedCertificate[] {
    try {
      return (this.#startupExtra ??= this.#parse(listCertificates('extra')));
    } catch (error) {
      warn(
        ErrorCodes.READ_FAILED,
        `The runtime does not tell what it read of NODE_EXTRA_CA_CERTS: ${(error as Error).message}`,
      );
      return [];
    }
  }

  /** Taken as they are: Node trusts its own lists whatever the date, and leaves that to OpenSSL. */
  #parse(pems: readonly string[]): ListedCertificate[] {
    if (pems.length === 0) return [];
    // PEM is ASCII, and Deno takes four times as long for an encoding of one byte a character.
    return this.binding.parse(Buffer.from(pems.join('\n')), wholePolicy()).certificates;
  }
}

let known: BundledRoots | undefined;

/** Those of this process as `binding` reads them. */
export function bundledRoots(binding: NativeBinding): BundledRoots {
  if (known?.binding !== binding) known = new BundledRoots(binding);
  return known;
}
