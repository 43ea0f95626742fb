/**
 * Adds judges to connections of `tls.connect` whose trust comes from us, in addition to OpenSSL. Each connection gets its own
 * `checkServerIdentity`, which calls the program's first; other connections are not touched.
 */
import type { TLSSocket } from 'node:tls';

import { part } from '../../base/part.js';
import type { Guard } from '../../chain/peers/peer-guard.js';
import type { PeerJudge } from '../../chain/peers/peer-judge.js';
import type { Patch } from '../../runtime/patch-export.js';
import { patchTls } from '../../runtime/tls-defaults.js';
import type { ContextOptions, TlsExports } from '../../runtime/tls-defaults.js';

const loadPeerGuard = part(
  () =>
    require('../../chain/peers/peer-guard.js') as typeof import('../../chain/peers/peer-guard.js'),
);

type Connect = TlsExports['connect'];

/** Returns the judge for a connection that is about to be made. May change `options`, which are a copy of the program's. */
export type JudgeFor = (options: ContextOptions) => PeerJudge | undefined;

/** Contexts with our trust, for the `secureContext` option, and the judge when one is used. */
const contexts = new WeakMap<object, () => PeerJudge | undefined>();
let contextPatch: Patch | undefined;

export function judgeOfContext(context: unknown): PeerJudge | undefined {
  return typeof context === 'object' && context !== null ? contexts.get(context)?.() : undefined;
}

/** Registers a judge for what a context cannot express; it judges by what is distrusted at the time of use. */
export function judgeContext(context: object, judge: () => PeerJudge | undefined): void {
  contexts.set(context, judge);
}

/** Judges contexts that are used without an injection. Never undone, since contexts stay as well. */
export function watchContexts(): void {
  contextPatch ??= patchConnect(({ secureContext }) => judgeOfContext(secureContext));
}

/** @param isIdle - while it returns true, no judge is asked for */
export function patchConnect(judgeFor: JudgeFor, isIdle: () => boolean = () => false): Patch {
  return patchTls(
    'connect',
    (original) =>
      function (this: unknown, ...args: unknown[]): TLSSocket {
        if (isIdle()) return original.apply(this, args);
        return connectJudged(this, original, args, judgeFor);
      },
  );
}

function connectJudged(
  self: unknown,
  original: Connect,
  args: unknown[],
  judgeFor: JudgeFor,
): TLSSocket {
  const { changed, guard } = guardArguments(args, judgeFor);
  const socket = original.apply(self, changed);
  if (guard) {
    guard.socket = socket;
    loadPeerGuard().guardSessions(socket, guard.judge);
  }
  return socket;
}

/** Adds a check to arguments of `tls.connect` if the connection has a judge; otherwise returns the same arguments. */
export function guardArguments(
  args: unknown[],
  judgeFor: JudgeFor,
): { changed: unknown[]; guard?: Guard | undefined } {
  const place = placeOfOptions(args);
  const options = optionsOfConnect(args);
  const { session } = options;
  const judge = judgeFor(options);
  const guard = judge && loadPeerGuard().guardCheck(options, judge);
  if (!guard && options.session === session) return { changed: args };
  return { changed: withOptions(args, place, options), guard };
}

/** A copy of the options in arguments of `tls.connect`. */
export function optionsOfConnect(args: readonly unknown[]): ContextOptions {
  const [first] = args;
  const options = args[placeOfOptions(args)];
  return { ...(isObject(first) ? first : {}), ...(options as object | undefined) };
}

function withOptions(args: readonly unknown[], place: number, options: ContextOptions): unknown[] {
  const changed = [...args];
  const [first] = args;
  if (place > 0 && isObject(first)) {
    // Node writes the second object into the first, which belongs to the program and must not get our options.
    Object.assign(first, args[place]);
    changed.splice(place, 1);
    changed[0] = options;
  } else changed.splice(place, isObject(args[place]) ? 1 : 0, options);
  return changed;
}

/** Finds the options as `tls.connect` does: `(options)`, `(port, host, options)`, `(port, options)`, `(path, options)`. */
function placeOfOptions(args: readonly unknown[]): number {
  for (const place of [1, 2, 0]) if (isObject(args[place])) return place;
  return typeof args[1] === 'string' ? 2 : 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
