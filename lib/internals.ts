/**
 * What tests and other entry points need from the instance of the package that the program uses. Not part of the API.
 */
import type { NativeBinding } from './addon/native-binding.js';
import { linkFile, part } from './base/part.js';
import { startEarly } from './inject/early-start.js';
import { registerPath } from './location.js';

const loadBindings = part(
  () => require('./addon/load-binding.js') as typeof import('./addon/load-binding.js'),
);

export const internals = {
  loadBinding: (): NativeBinding => loadBindings().loadBinding(),
  setBindingForTests: (binding: NativeBinding | undefined): void => {
    loadBindings().setBindingForTests(binding);
  },
  /** Exported here because the path is relative to index.js, which lies beside register.js. */
  registerPath,
  /** Does what `os-truststore/register` does. */
  register: startEarly,
  /** Used by the command, which lies in a file that bundled programs do not include. */
  linkFile,
};
