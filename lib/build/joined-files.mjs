/**
 * Says which modules of the library are joined into which file of dist/; see bundle-files.mjs.
 */

/** Grouped by what is used together, in the order of loading. */
export const FILES = {
  'index.js': ['index.ts'],
  'parts/store.js': [
    'base/log.ts',
    'addon/load-binding.ts',
    'addon/native-errors.ts',
    'trust/store/store-cache.ts',
  ],
  // The checks of options, by themselves for those who pass some to the store alone, or to trustOnFirstUse().
  'parts/checks.js': ['base/options.ts', 'trust/options/system-option-checks.ts'],
  'parts/system-store.js': ['trust/store/system-store.ts'],
  // Everything that the first connection of most programs needs.
  'parts/injection.js': [
    'inject/reach/inheritance.ts',
    'inject/injection.ts',
    'inject/runtimes/node-tls.ts',
    'inject/reach/servers.ts',
    'inject/runtimes/tls-hooks.ts',
    'trust/make-trust-set.ts',
    'files/user-directory.ts',
  ],
  'parts/register.js': ['inject/register-injection.ts'],
  'parts/certificate.js': ['certificate/certificate.ts', 'certificate/fingerprint.ts'],
  'parts/merge.js': [
    'trust/runtime-limits/deno-anchors.ts',
    'trust/merge-lists.ts',
    'trust/skipped-warnings.ts',
    'trust/user-cas/user-cas.ts',
  ],
  'parts/default-list.js': [
    'inject/runtimes/strategy-set.ts',
    'trust/trust-sets.ts',
    'trust/runtime-limits/refused.ts',
  ],
  'parts/judging.js': [
    'chain/peers/peer-judge.ts',
    'trust/root-lists/besides.ts',
    'chain/peers/peer-guard.ts',
    'trust/root-lists/root-lists.ts',
  ],
  'parts/connections.js': [
    'runtime/clients/agent-memory.ts',
    'inject/connections/explained-errors.ts',
    'inject/connections/fetch-dispatcher.ts',
    'inject/runtimes/grpc-roots.ts',
    'inject/connections/sessions.ts',
    'runtime/clients/not-reached.ts',
  ],
  'parts/options.js': [
    'inject/options/check-options.ts',
    'inject/reach/child-processes.ts',
    'inject/options/environment-policy.ts',
    'inject/options/options-transport.ts',
    'inject/set/trust-diff.ts',
    'trust/options/trust-option-checks.ts',
    'trust/trusted-cas.ts',
    'trust/user-cas/user-ca-faults.ts',
    'trust/options/user-ca-checks.ts',
  ],
  'parts/find-addon.js': ['addon/find-addon.ts'],
  'parts/secure-context.js': ['inject/secure-context.ts'],
  'parts/verifying.js': ['inject/reach/verified-clients.ts', 'verify/create-verifying.ts'],
  'parts/verify.js': ['verify/platform/platform-verifier.ts', 'verify/verify.ts'],
  'parts/workers.js': ['inject/reach/workers.ts'],
  'parts/watch.js': ['inject/reach/watch.ts'],
  'parts/runtime-binding.js': ['addon/runtime-binding.ts'],
  'parts/other-runtimes.js': [
    'inject/runtimes/strategy-bun.ts',
    'inject/runtimes/strategy-deno.ts',
  ],
  'parts/write-bundle.js': ['bundle/write-bundle.ts'],
  'parts/explain.js': [
    'explain/explain.ts',
    'explain/fix.ts',
    'explain/machine/machine-facts.ts',
    'explain/refused-peer.ts',
  ],
  'parts/command.js': ['cli/library-api.ts', 'cli/start.ts'],
  'first-use/index.js': ['first-use/first-use.ts'],
};

/**
 * Files that take nothing from others, with their entry points. Modules that other files hold too are copied, because they
 * keep nothing that a process must have only once.
 */
export const STANDALONE = { 'first-use/index.js': 'first-use/index.ts' };
