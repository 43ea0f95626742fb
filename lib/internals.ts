/**
 * What other entry points and tests need of the very instance of the package a program uses. No part of the API.
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
  /** Here for the file it is in: index.js is beside register.js. */
  registerPath,
  /** What `os-truststore/register` does. */
  register: startEarly,
  /** For the command, which programs that are bundled do not bring along. */
  linkFile,
};
