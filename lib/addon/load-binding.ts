/**
 * The binding of this thread. Only this room knows that there is a `.node`.
 */
import { warn } from '../base/log.js';
import { wallClock } from '../base/machine-time.js';
import { part } from '../base/part.js';
import { ErrorCodes } from '../errors.js';
import type { TruststoreError } from '../errors.js';
import { loadAddon } from './load-addon.js';
import { isAddonNamed } from './map-addon.js';
import type { NativeBinding, NativePolicy } from './native-binding.js';

const loadRuntimeBinding = part(
  () => require('./runtime-binding.js') as typeof import('./runtime-binding.js'),
  { forInjection: false },
);

/** Leaves nothing out. */
export function wholePolicy(now = wallClock()): NativePolicy {
  return { purpose: 'any', intermediates: true, expired: true, now };
}

let loaded: { binding: NativeBinding; strategy: 'addon' | 'runtime' } | undefined;

/**
 * The binding of this thread: the addon, or, where there is none or the process may not load any, and the runtime lists
 * system CAs itself, a reader over that listing, which is reported as such.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `ERR_TRUSTSTORE_ADDON_BROKEN`, `ERR_TRUSTSTORE_ADDON_DISABLED`
 */
export function loadBinding(): NativeBinding {
  return (loaded ??= load()).binding;
}

/** Which kind of reader `binding` is. */
export function strategyOf(binding: NativeBinding): 'addon' | 'runtime' {
  return loaded?.binding === binding ? loaded.strategy : 'addon';
}

/** Puts a fake in place of the addon, for tests; undefined goes back to the real one. */
export function setBindingForTests(binding: NativeBinding | undefined): void {
  loaded = binding && { binding, strategy: 'addon' };
}

function load(): { binding: NativeBinding; strategy: 'addon' | 'runtime' } {
  try {
    return { binding: loadAddon(), strategy: 'addon' };
  } catch (error) {
    const { code, message } = error as TruststoreError;
    // A binary that is there and does not load is damaged or the wrong one: to be mended, not to be done without.
    if (isAddonNamed() || code === ErrorCodes.ADDON_BROKEN) throw error;
    // Late, because it is needed on almost no machine.
    const binding = loadRuntimeBinding().createRuntimeBinding(error as Error);
    if (!binding) throw error;
    if (code === ErrorCodes.ADDON_NOT_FOUND) {
      warn(code, `What the runtime itself lists is used, without distrust: ${message}`);
    }
    return { binding, strategy: 'runtime' };
  }
}
