/**
 * Lists tests of Node core that end differently with os-truststore, and why that is right. `modes` are those of
 * run.mjs, all of them by default. Any other difference fails the run.
 */
export const explained = [
  {
    test: 'test-https-client-override-global-agent',
    modes: ['verification'],
    why: 'puts another agent in the place of the global one; that verification does not apply to it is to be warned of',
  },
  {
    test: 'test-tls-clientcertengine-unsupported',
    why: 'replaces a class inside Node before node:tls is loaded, which verification and, without module.registerHooks, register do at the start',
  },
  {
    test: 'test-tls-keyengine-unsupported',
    why: 'replaces a class inside Node before node:tls is loaded, which verification and, without module.registerHooks, register do at the start',
  },
  {
    test: 'test-worker-debug',
    why: 'expects a debugger to stop at the first line of the worker; it stops at that of any --require before',
  },
  {
    test: 'test-worker-init-failure',
    why: 'uses up all file descriptors, and counts the errors of workers that then cannot start; Node finds no --require either',
  },
  {
    test: 'test-worker-message-port-inspect-during-init-hook',
    modes: ['verification'],
    why: 'takes every asynchronous resource for its own; undici, which verification needs at the start, makes a promise then',
  },
  {
    test: 'test-worker-track-unmanaged-fds',
    why: 'expects the number of a file it closed for the next it opens; the store of the machine is being read on another thread',
  },
];
