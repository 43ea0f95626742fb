/**
 * Loads the addon and makes a binding of it.
 */
import { log } from '../base/log.js';
import { part } from '../base/part.js';
import { adaptAddon } from './adapt-addon.js';
import { preloadedAddon } from './map-addon.js';
import type { NativeBinding } from './native-binding.js';

const loadFindAddon = part(() => require('./find-addon.js') as typeof import('./find-addon.js'));

/** @throws TruststoreError `ERR_TRUSTSTORE_ADDON_NOT_FOUND`, `…_ADDON_BROKEN`, `…_ADDON_DISABLED` */
export function loadAddon(): NativeBinding {
  const { path, addon } = preloadedAddon() ?? loadFindAddon().openFound();
  log('debug', 'The addon is loaded', { path });
  try {
    return adaptAddon(addon);
  } catch (cause) {
    // The binary belongs to another version of this package.
    throw loadFindAddon().loadError(path, cause as Error, []);
  }
}
