/**
 * Which modules of the library are joined in which file of dist/; see bundle-files.mjs.
 */

/** By what is used together, in the order of loading. */
export const FILES = {
  'index.js': ['index.ts'],
  'parts/store.js': ['log.ts', 'native-binding.ts', 'store-cache.ts'],
  'parts/system-store.js': ['system-store.ts'],
  // All that the first connection of most programs needs.
  'parts/injection.js': [
    'inject/inheritance.ts',
    'inject/injection.ts',
    'inject/node-tls.ts',
    'inject/servers.ts',
    'inject/tls-hooks.ts',
    'make-trust-set.ts',
    'user-directory.ts',
  ],
  'parts/register.js': ['inject/register-injection.ts'],
  'parts/merge.js': ['fingerprint.ts', 'inject/deno-anchors.ts', 'merge-lists.ts', 'user-cas.ts'],
  'parts/default-list.js': ['inject/strategy-set.ts', 'inject/trust-sets.ts', 'refused.ts'],
  'parts/judging.js': [
    'chain/certificate.ts',
    'chain/peer-judge.ts',
    'inject/besides.ts',
    'inject/peer-guard.ts',
    'root-lists.ts',
  ],
  'parts/connections.js': [
    'agent-memory.ts',
    'inject/fetch-dispatcher.ts',
    'inject/sessions.ts',
    'not-reached.ts',
  ],
  'parts/options.js': [
    'inject/check-options.ts',
    'inject/child-processes.ts',
    'inject/environment-policy.ts',
    'inject/options-transport.ts',
    'inject/trust-diff.ts',
    'trust-option-checks.ts',
    'trusted-cas.ts',
    'user-ca-faults.ts',
    'user-ca-options.ts',
  ],
  'parts/find-addon.js': ['find-addon.ts'],
  'parts/secure-context.js': ['inject/secure-context.ts'],
  'parts/verifying.js': ['inject/verified-clients.ts', 'verify/create-verifying.ts'],
  'parts/verify.js': ['verify/platform-verifier.ts', 'verify/verify.ts'],
  'parts/workers.js': ['inject/workers.ts'],
  'parts/watch.js': ['inject/watch.ts'],
  'parts/runtime-binding.js': ['runtime-binding.ts'],
  'parts/other-runtimes.js': ['inject/strategy-bun.ts', 'inject/strategy-deno.ts'],
  'parts/write-bundle.js': ['bundle/write-bundle.ts'],
  'parts/first-use.js': ['first-use/first-use.ts'],
  'parts/explain.js': ['explain/explain.ts', 'explain/fix.ts', 'explain/machine-facts.ts'],
  'parts/command.js': ['cli/library-api.ts', 'cli/start.ts'],
};
