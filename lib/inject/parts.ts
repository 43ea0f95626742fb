/**
 * The parts of injection that are loaded when they are needed: each file takes about 0.2 ms, and importing the package
 * must be cheap for programs that use none of it.
 */
interface Parts {
  'child-processes': typeof import('./child-processes.js');
  'node-tls': typeof import('./node-tls.js');
  'options-transport': typeof import('./options-transport.js');
  'secure-context': typeof import('./secure-context.js');
  servers: typeof import('./servers.js');
  'trust-diff': typeof import('./trust-diff.js');
  'verified-clients': typeof import('./verified-clients.js');
  watch: typeof import('./watch.js');
  workers: typeof import('./workers.js');
}

/** Literal calls, so that bundlers see them. */
const loaders: { [Name in keyof Parts]: () => Parts[Name] } = {
  'child-processes': () => require('./child-processes.js') as Parts['child-processes'],
  'node-tls': () => require('./node-tls.js') as Parts['node-tls'],
  'options-transport': () => require('./options-transport.js') as Parts['options-transport'],
  'secure-context': () => require('./secure-context.js') as Parts['secure-context'],
  servers: () => require('./servers.js') as Parts['servers'],
  'trust-diff': () => require('./trust-diff.js') as Parts['trust-diff'],
  'verified-clients': () => require('./verified-clients.js') as Parts['verified-clients'],
  watch: () => require('./watch.js') as Parts['watch'],
  workers: () => require('./workers.js') as Parts['workers'],
};

const loaded: Partial<Parts> = {};

export function loadPart<Name extends keyof Parts>(name: Name): Parts[Name] {
  return ((loaded as Record<Name, Parts[Name] | undefined>)[name] ??= loaders[name]());
}

/** See loadAllBuiltins. */
export function loadAllParts(): void {
  for (const name of Object.keys(loaders) as (keyof Parts)[]) loadPart(name);
}
