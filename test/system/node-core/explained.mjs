/**
 * Tests of Node core that end otherwise with os-truststore than without, and why that is right. `modes` are those of
 * run.mjs. Whatever is not in this table fails the run.
 */
const both = ['register', 'verification'];

export const explained = [
  {
    test: 'test-tls-clientcertengine-unsupported',
    modes: both,
    why: 'replaces a class inside Node before node:tls is loaded; where Node has no module.registerHooks, register loads it first',
  },
  {
    test: 'test-tls-keyengine-unsupported',
    modes: both,
    why: 'replaces a class inside Node before node:tls is loaded; where Node has no module.registerHooks, register loads it first',
  },
  {
    test: 'test-worker-debug',
    modes: both,
    why: 'expects a debugger to stop at the first line of the worker; it stops at that of any --require before',
  },
  {
    test: 'test-worker-init-failure',
    modes: both,
    why: 'uses up all file descriptors, and counts the errors of workers that then cannot start; Node finds no --require either',
  },
];
