/**
 * What other entry points and tests need of the very instance of the package a program uses. No part of the API.
 */
import { startEarly } from './inject/early-start.js';
import type { NativeBinding } from './addon/native-binding.js';
import { link, loadPart } from './base/part.js';
import { registerPath } from './inject/reach/register-path.js';

export const internals = {
  loadBinding: (): NativeBinding => loadPart('native-binding').loadBinding(),
  setBindingForTests: (binding: NativeBinding | undefined): void => {
    loadPart('native-binding').setBindingForTests(binding);
  },
  /** Here for the file it is in: index.js is beside register.js. */
  registerPath,
  /** What `os-truststore/register` does. */
  register: startEarly,
  /** For the command, which programs that are bundled do not bring along. */
  link,
};
