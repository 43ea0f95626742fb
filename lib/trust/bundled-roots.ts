/**
 * The runtime's own roots, and what it read from NODE_EXTRA_CA_CERTS at start-up; neither changes within a process.
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

  /** Undefined when the binding cannot hold them. */
  get native(): NativeRoots | undefined {
    // A copy, because Deno's list is a proxy, which native code does not accept as an array.
    return (this.#native ??= this.binding.roots?.([...tlsExports().rootCertificates]));
  }

  /** Making these takes a millisecond. */
  all(): ListedCertificate[] {
    return (this.#all ??= this.#parse(tlsExports().rootCertificates));
  }

  /** NODE_EXTRA_CA_CERTS as Node read it; `readUserCAs` reads what the variable names now. */
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

  /** Taken as they are: Node trusts its own lists whatever the date, and leaves dates to OpenSSL. */
  #parse(pems: readonly string[]): ListedCertificate[] {
    if (pems.length === 0) return [];
    // PEM is ASCII, and an encoding of one byte per character takes Deno four times as long.
    return this.binding.parse(Buffer.from(pems.join('\n')), wholePolicy()).certificates;
  }
}

let known: BundledRoots | undefined;

/** The roots of this process as `binding` reads them. */
export function bundledRoots(binding: NativeBinding): BundledRoots {
  if (known?.binding !== binding) known = new BundledRoots(binding);
  return known;
}
