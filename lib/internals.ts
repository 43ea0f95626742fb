/**
 * What other entry points and tests need of the very instance of the package a program uses. No part of the API.
 */
import { loadBinding, setBindingForTests } from './native-binding.js';
import type { Environment } from './types.js';

export const internals = {
  loadBinding,
  setBindingForTests,
  /** What `os-truststore/register` does. */
  registerInjection(env: Environment): void {
    const { registerInjection } =
      require('./inject/register-injection.js') as typeof import('./inject/register-injection.js');
    registerInjection(env);
  },
};
