/**
 * Chooses and keeps the binding of this thread. Only this room knows that there is a `.node` file.
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

/** A policy that leaves nothing out. */
export function wholePolicy(now = wallClock()): NativePolicy {
  return { purpose: 'any', intermediates: true, expired: true, now };
}

let loaded: { binding: NativeBinding; strategy: 'addon' | 'runtime' } | undefined;

/**
 * The binding of this thread, normally the addon. If there is none, or the process may not load any, and the runtime lists
 * system CAs itself, it is a reader of that list, whose answers say so.
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

/** Replaces the addon by a fake, for tests; undefined restores the real one. */
export function setBindingForTests(binding: NativeBinding | undefined): void {
  loaded = binding && { binding, strategy: 'addon' };
}

function load(): { binding: NativeBinding; strategy: 'addon' | 'runtime' } {
  try {
    return { binding: loadAddon(), strategy: 'addon' };
  } catch (error) {
    const { code, message } = error as TruststoreError;
    // A binary that exists but does not load is damaged or wrong. The user must repair it, so there is no fallback.
    if (isAddonNamed() || code === ErrorCodes.ADDON_BROKEN) throw error;
    // Loaded late, because almost no machine needs it.
    const binding = loadRuntimeBinding().createRuntimeBinding(error as Error);
    if (!binding) throw error;
    if (code === ErrorCodes.ADDON_NOT_FOUND) {
      warn(code, `What the runtime itself lists is used, without distrust: ${message}`);
    }
    return { binding, strategy: 'runtime' };
  }
}
