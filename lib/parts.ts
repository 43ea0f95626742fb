/**
 * The parts of the package that are loaded when they are needed: compiling what is not used is most of what importing a
 * package takes. See bundle-files.mjs for the files they are joined in.
 */
interface Parts {
  'agent-memory': typeof import('./agent-memory.js');
  besides: typeof import('./inject/besides.js');
  certificate: typeof import('./chain/certificate.js');
  'check-options': typeof import('./inject/check-options.js');
  'child-processes': typeof import('./inject/child-processes.js');
  'create-verifying': typeof import('./verify/create-verifying.js');
  'environment-policy': typeof import('./inject/environment-policy.js');
  explain: typeof import('./explain/explain.js');
  'fetch-dispatcher': typeof import('./inject/fetch-dispatcher.js');
  'find-addon': typeof import('./find-addon.js');
  fingerprint: typeof import('./fingerprint.js');
  'first-use': typeof import('./first-use/first-use.js');
  fix: typeof import('./explain/fix.js');
  injection: typeof import('./inject/injection.js');
  log: typeof import('./log.js');
  'machine-facts': typeof import('./explain/machine-facts.js');
  'make-trust-set': typeof import('./make-trust-set.js');
  merge: typeof import('./merge.js');
  'merge-lists': typeof import('./merge-lists.js');
  'native-binding': typeof import('./native-binding.js');
  'node-tls': typeof import('./inject/node-tls.js');
  'not-reached': typeof import('./not-reached.js');
  'options-transport': typeof import('./inject/options-transport.js');
  'peer-guard': typeof import('./inject/peer-guard.js');
  'peer-judge': typeof import('./chain/peer-judge.js');
  'platform-verifier': typeof import('./verify/platform-verifier.js');
  refused: typeof import('./refused.js');
  'register-injection': typeof import('./inject/register-injection.js');
  'root-lists': typeof import('./root-lists.js');
  'runtime-binding': typeof import('./runtime-binding.js');
  'secure-context': typeof import('./inject/secure-context.js');
  servers: typeof import('./inject/servers.js');
  sessions: typeof import('./inject/sessions.js');
  'strategy-bun': typeof import('./inject/strategy-bun.js');
  'strategy-deno': typeof import('./inject/strategy-deno.js');
  'strategy-set': typeof import('./inject/strategy-set.js');
  'system-store': typeof import('./system-store.js');
  'tls-hooks': typeof import('./inject/tls-hooks.js');
  'trust-diff': typeof import('./inject/trust-diff.js');
  'trust-option-checks': typeof import('./trust-option-checks.js');
  'trust-sets': typeof import('./inject/trust-sets.js');
  'trusted-cas': typeof import('./trusted-cas.js');
  'user-ca-faults': typeof import('./user-ca-faults.js');
  'user-ca-options': typeof import('./user-ca-options.js');
  'user-cas': typeof import('./user-cas.js');
  'user-directory': typeof import('./user-directory.js');
  'verified-clients': typeof import('./inject/verified-clients.js');
  verify: typeof import('./verify/verify.js');
  watch: typeof import('./inject/watch.js');
  workers: typeof import('./inject/workers.js');
  'write-bundle': typeof import('./bundle/write-bundle.js');
}

/** Literal calls, so that bundlers see them. */
const loaders: { [Name in keyof Parts]: () => Parts[Name] } = {
  'agent-memory': () => require('./agent-memory.js') as Parts['agent-memory'],
  besides: () => require('./inject/besides.js') as Parts['besides'],
  certificate: () => require('./chain/certificate.js') as Parts['certificate'],
  'check-options': () => require('./inject/check-options.js') as Parts['check-options'],
  'child-processes': () => require('./inject/child-processes.js') as Parts['child-processes'],
  'create-verifying': () => require('./verify/create-verifying.js') as Parts['create-verifying'],
  'environment-policy': () =>
    require('./inject/environment-policy.js') as Parts['environment-policy'],
  explain: () => require('./explain/explain.js') as Parts['explain'],
  'fetch-dispatcher': () => require('./inject/fetch-dispatcher.js') as Parts['fetch-dispatcher'],
  'find-addon': () => require('./find-addon.js') as Parts['find-addon'],
  fingerprint: () => require('./fingerprint.js') as Parts['fingerprint'],
  'first-use': () => require('./first-use/first-use.js') as Parts['first-use'],
  fix: () => require('./explain/fix.js') as Parts['fix'],
  injection: () => require('./inject/injection.js') as Parts['injection'],
  log: () => require('./log.js') as Parts['log'],
  'machine-facts': () => require('./explain/machine-facts.js') as Parts['machine-facts'],
  'make-trust-set': () => require('./make-trust-set.js') as Parts['make-trust-set'],
  merge: () => require('./merge.js') as Parts['merge'],
  'merge-lists': () => require('./merge-lists.js') as Parts['merge-lists'],
  'native-binding': () => require('./native-binding.js') as Parts['native-binding'],
  'node-tls': () => require('./inject/node-tls.js') as Parts['node-tls'],
  'not-reached': () => require('./not-reached.js') as Parts['not-reached'],
  'options-transport': () => require('./inject/options-transport.js') as Parts['options-transport'],
  'peer-guard': () => require('./inject/peer-guard.js') as Parts['peer-guard'],
  'peer-judge': () => require('./chain/peer-judge.js') as Parts['peer-judge'],
  'platform-verifier': () => require('./verify/platform-verifier.js') as Parts['platform-verifier'],
  refused: () => require('./refused.js') as Parts['refused'],
  'register-injection': () =>
    require('./inject/register-injection.js') as Parts['register-injection'],
  'root-lists': () => require('./root-lists.js') as Parts['root-lists'],
  'runtime-binding': () => require('./runtime-binding.js') as Parts['runtime-binding'],
  'secure-context': () => require('./inject/secure-context.js') as Parts['secure-context'],
  servers: () => require('./inject/servers.js') as Parts['servers'],
  sessions: () => require('./inject/sessions.js') as Parts['sessions'],
  'strategy-bun': () => require('./inject/strategy-bun.js') as Parts['strategy-bun'],
  'strategy-deno': () => require('./inject/strategy-deno.js') as Parts['strategy-deno'],
  'strategy-set': () => require('./inject/strategy-set.js') as Parts['strategy-set'],
  'system-store': () => require('./system-store.js') as Parts['system-store'],
  'tls-hooks': () => require('./inject/tls-hooks.js') as Parts['tls-hooks'],
  'trust-diff': () => require('./inject/trust-diff.js') as Parts['trust-diff'],
  'trust-option-checks': () => require('./trust-option-checks.js') as Parts['trust-option-checks'],
  'trust-sets': () => require('./inject/trust-sets.js') as Parts['trust-sets'],
  'trusted-cas': () => require('./trusted-cas.js') as Parts['trusted-cas'],
  'user-ca-faults': () => require('./user-ca-faults.js') as Parts['user-ca-faults'],
  'user-ca-options': () => require('./user-ca-options.js') as Parts['user-ca-options'],
  'user-cas': () => require('./user-cas.js') as Parts['user-cas'],
  'user-directory': () => require('./user-directory.js') as Parts['user-directory'],
  'verified-clients': () => require('./inject/verified-clients.js') as Parts['verified-clients'],
  verify: () => require('./verify/verify.js') as Parts['verify'],
  watch: () => require('./inject/watch.js') as Parts['watch'],
  workers: () => require('./inject/workers.js') as Parts['workers'],
  'write-bundle': () => require('./bundle/write-bundle.js') as Parts['write-bundle'],
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
