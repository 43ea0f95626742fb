/**
 * The parts of the package that are loaded when they are needed: compiling what is not used is most of what importing a
 * package takes. See bundle-files.mjs for the files they are joined in.
 */
interface Parts {
  'agent-memory': typeof import('../runtime/clients/agent-memory.js');
  besides: typeof import('../trust/root-lists/besides.js');
  certificate: typeof import('../certificate/certificate.js');
  'check-options': typeof import('../inject/options/check-options.js');
  'child-processes': typeof import('../inject/reach/child-processes.js');
  'create-verifying': typeof import('../verify/create-verifying.js');
  'environment-policy': typeof import('../inject/options/environment-policy.js');
  explain: typeof import('../explain/explain.js');
  'fetch-dispatcher': typeof import('../inject/connections/fetch-dispatcher.js');
  'find-addon': typeof import('../addon/find-addon.js');
  fingerprint: typeof import('../certificate/fingerprint.js');
  'first-use': typeof import('../first-use/first-use.js');
  fix: typeof import('../explain/fix.js');
  injection: typeof import('../inject/injection.js');
  log: typeof import('./log.js');
  'machine-facts': typeof import('../explain/machine/machine-facts.js');
  'make-trust-set': typeof import('../trust/make-trust-set.js');
  merge: typeof import('../trust/merge.js');
  'merge-lists': typeof import('../trust/merge-lists.js');
  'native-binding': typeof import('../addon/native-binding.js');
  'node-tls': typeof import('../inject/runtimes/node-tls.js');
  'not-reached': typeof import('../runtime/clients/not-reached.js');
  'options-transport': typeof import('../inject/options/options-transport.js');
  'peer-guard': typeof import('../chain/peers/peer-guard.js');
  'peer-judge': typeof import('../chain/peers/peer-judge.js');
  'platform-verifier': typeof import('../verify/platform/platform-verifier.js');
  refused: typeof import('../trust/runtime-limits/refused.js');
  'register-injection': typeof import('../inject/register-injection.js');
  'root-lists': typeof import('../trust/root-lists/root-lists.js');
  'runtime-binding': typeof import('../addon/runtime-binding.js');
  'secure-context': typeof import('../inject/secure-context.js');
  servers: typeof import('../inject/reach/servers.js');
  sessions: typeof import('../inject/connections/sessions.js');
  'strategy-bun': typeof import('../inject/runtimes/strategy-bun.js');
  'strategy-deno': typeof import('../inject/runtimes/strategy-deno.js');
  'strategy-set': typeof import('../inject/runtimes/strategy-set.js');
  'system-store': typeof import('../trust/store/system-store.js');
  'tls-hooks': typeof import('../inject/runtimes/tls-hooks.js');
  'trust-diff': typeof import('../inject/trust-diff.js');
  'trust-option-checks': typeof import('../trust/options/trust-option-checks.js');
  'trust-sets': typeof import('../trust/trust-sets.js');
  'trusted-cas': typeof import('../trust/trusted-cas.js');
  'user-ca-faults': typeof import('../trust/user-cas/user-ca-faults.js');
  'user-ca-options': typeof import('../trust/options/user-ca-options.js');
  'user-cas': typeof import('../trust/user-cas/user-cas.js');
  'user-directory': typeof import('../files/user-directory.js');
  'verified-clients': typeof import('../inject/reach/verified-clients.js');
  verify: typeof import('../verify/verify.js');
  watch: typeof import('../inject/reach/watch.js');
  workers: typeof import('../inject/reach/workers.js');
  'write-bundle': typeof import('../bundle/write-bundle.js');
}

/** Literal calls, so that bundlers see them. */
const loaders: { [Name in keyof Parts]: () => Parts[Name] } = {
  'agent-memory': () => require('../runtime/clients/agent-memory.js') as Parts['agent-memory'],
  besides: () => require('../trust/root-lists/besides.js') as Parts['besides'],
  certificate: () => require('../certificate/certificate.js') as Parts['certificate'],
  'check-options': () => require('../inject/options/check-options.js') as Parts['check-options'],
  'child-processes': () => require('../inject/reach/child-processes.js') as Parts['child-processes'],
  'create-verifying': () => require('../verify/create-verifying.js') as Parts['create-verifying'],
  'environment-policy': () =>
    require('../inject/options/environment-policy.js') as Parts['environment-policy'],
  explain: () => require('../explain/explain.js') as Parts['explain'],
  'fetch-dispatcher': () => require('../inject/connections/fetch-dispatcher.js') as Parts['fetch-dispatcher'],
  'find-addon': () => require('../addon/find-addon.js') as Parts['find-addon'],
  fingerprint: () => require('../certificate/fingerprint.js') as Parts['fingerprint'],
  'first-use': () => require('../first-use/first-use.js') as Parts['first-use'],
  fix: () => require('../explain/fix.js') as Parts['fix'],
  injection: () => require('../inject/injection.js') as Parts['injection'],
  log: () => require('./log.js') as Parts['log'],
  'machine-facts': () => require('../explain/machine/machine-facts.js') as Parts['machine-facts'],
  'make-trust-set': () => require('../trust/make-trust-set.js') as Parts['make-trust-set'],
  merge: () => require('../trust/merge.js') as Parts['merge'],
  'merge-lists': () => require('../trust/merge-lists.js') as Parts['merge-lists'],
  'native-binding': () => require('../addon/native-binding.js') as Parts['native-binding'],
  'node-tls': () => require('../inject/runtimes/node-tls.js') as Parts['node-tls'],
  'not-reached': () => require('../runtime/clients/not-reached.js') as Parts['not-reached'],
  'options-transport': () => require('../inject/options/options-transport.js') as Parts['options-transport'],
  'peer-guard': () => require('../chain/peers/peer-guard.js') as Parts['peer-guard'],
  'peer-judge': () => require('../chain/peers/peer-judge.js') as Parts['peer-judge'],
  'platform-verifier': () => require('../verify/platform/platform-verifier.js') as Parts['platform-verifier'],
  refused: () => require('../trust/runtime-limits/refused.js') as Parts['refused'],
  'register-injection': () =>
    require('../inject/register-injection.js') as Parts['register-injection'],
  'root-lists': () => require('../trust/root-lists/root-lists.js') as Parts['root-lists'],
  'runtime-binding': () => require('../addon/runtime-binding.js') as Parts['runtime-binding'],
  'secure-context': () => require('../inject/secure-context.js') as Parts['secure-context'],
  servers: () => require('../inject/reach/servers.js') as Parts['servers'],
  sessions: () => require('../inject/connections/sessions.js') as Parts['sessions'],
  'strategy-bun': () => require('../inject/runtimes/strategy-bun.js') as Parts['strategy-bun'],
  'strategy-deno': () => require('../inject/runtimes/strategy-deno.js') as Parts['strategy-deno'],
  'strategy-set': () => require('../inject/runtimes/strategy-set.js') as Parts['strategy-set'],
  'system-store': () => require('../trust/store/system-store.js') as Parts['system-store'],
  'tls-hooks': () => require('../inject/runtimes/tls-hooks.js') as Parts['tls-hooks'],
  'trust-diff': () => require('../inject/trust-diff.js') as Parts['trust-diff'],
  'trust-option-checks': () => require('../trust/options/trust-option-checks.js') as Parts['trust-option-checks'],
  'trust-sets': () => require('../trust/trust-sets.js') as Parts['trust-sets'],
  'trusted-cas': () => require('../trust/trusted-cas.js') as Parts['trusted-cas'],
  'user-ca-faults': () => require('../trust/user-cas/user-ca-faults.js') as Parts['user-ca-faults'],
  'user-ca-options': () => require('../trust/options/user-ca-options.js') as Parts['user-ca-options'],
  'user-cas': () => require('../trust/user-cas/user-cas.js') as Parts['user-cas'],
  'user-directory': () => require('../files/user-directory.js') as Parts['user-directory'],
  'verified-clients': () => require('../inject/reach/verified-clients.js') as Parts['verified-clients'],
  verify: () => require('../verify/verify.js') as Parts['verify'],
  watch: () => require('../inject/reach/watch.js') as Parts['watch'],
  workers: () => require('../inject/reach/workers.js') as Parts['workers'],
  'write-bundle': () => require('../bundle/write-bundle.js') as Parts['write-bundle'],
};

const loaded: Partial<Parts> = {};

/** What joined files take from the first of them. */
export const shared: Record<string, unknown> = {
  /** @throws Error for a file of another build, which takes other things under the same names */
  check: (build: string) => {
    // Deno runs what it has cached of a file, if that was as long as it is now: after an update, with the number of another build.
    if (build === shared['build'] || process.versions['deno'] !== undefined) return;
    throw new Error('os-truststore was replaced on disk while this process runs; start it again');
  },
};

export type JoinedFile<Part> = (values: typeof shared, load: typeof loadPart) => Part;

const joined = new Map<unknown, unknown>();

/** Once for all parts of a file. */
export function link<Part extends object>(part: Part | JoinedFile<Part>): Part {
  if (typeof part !== 'function') return part;
  if (!joined.has(part)) joined.set(part, part(shared, loadPart));
  return joined.get(part) as Part;
}

export function loadPart<Name extends keyof Parts>(name: Name): Parts[Name] {
  return ((loaded as Record<Name, Parts[Name] | undefined>)[name] ??= link(loaders[name]()));
}

/** What no injection that has begun comes to need. */
const OTHERS: readonly (keyof Parts)[] = [
  'create-verifying',
  'explain',
  'first-use',
  'fix',
  'machine-facts',
  'platform-verifier',
  'runtime-binding',
  'strategy-bun',
  'strategy-deno',
  'verify',
  'write-bundle',
];

/** See loadAllBuiltins. */
export function loadAllParts(): void {
  for (const name of Object.keys(loaders) as (keyof Parts)[]) {
    if (!OTHERS.includes(name)) loadPart(name);
  }
}
