/**
 * Makes every call to the runtime fail once, each time it is made.
 */
import { channel } from 'node:diagnostics_channel';

import type { TruststoreError } from '../../../dist/index.js';
import { viaHttps } from '../attempts.js';
import { holdList, pause, withStore } from '../scenario-tools.js';

interface Input {
  url: string;
  root: string;
  other: string;
}

type AnyFunction = (...args: unknown[]) => unknown;

interface Target {
  of: object;
  name: string;
}

/** The functions of the runtime that are called while a set is handed over. */
function targets(): Record<string, Target> {
  const tls = require('node:tls') as typeof import('node:tls');
  const crypto = require('node:crypto') as object;
  const { context } = tls.createSecureContext() as unknown as { context: object };
  return {
    X509Certificate: { of: crypto, name: 'X509Certificate' },
    createSecureContext: { of: tls, name: 'createSecureContext' },
    setDefaultCACertificates: { of: tls, name: 'setDefaultCACertificates' },
    getCACertificates: { of: tls, name: 'getCACertificates' },
    addCACert: { of: Object.getPrototypeOf(context) as object, name: 'addCACert' },
  };
}

/** Replaces a function by one that fails when `isFaulty` returns true. */
function sabotage({ of, name }: Target, isFaulty: (args: unknown[]) => boolean): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(of, name);
  const original = (of as Record<string, AnyFunction>)[name];
  if (!original || !descriptor) return () => undefined;
  const handle = (args: unknown[]): void => {
    if (isFaulty(args)) throw new Error(`no ${name} today`);
  };
  const value = new Proxy(original, {
    apply: (target, self, args: unknown[]) => {
      handle(args);
      return Reflect.apply(target, self, args) as unknown;
    },
    construct: (target, args: unknown[], newTarget) => {
      handle(args);
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  Object.defineProperty(of, name, { ...descriptor, value });
  return () => Object.defineProperty(of, name, descriptor);
}

interface Round {
  /** Where the fault shows: in a call of the program, which would also fail without us, or nowhere. */
  first: string;
  later: string;
  roots: boolean;
  warnings: string[];
  happened: boolean;
}

const uncaught: string[] = [];
/** Counts warnings of the whole process. */
let told = 0;

async function round(
  { url, root, other }: Input,
  target: Target,
  at: number,
  later: () => void,
): Promise<Round> {
  const { truststore } = withStore({ anchors: [root] });
  let calls = 0;
  let happened = false;
  let armed = true;
  const repair = sabotage(target, () => {
    // The test's store also reads certificates with it.
    if (!armed || new Error().stack?.includes('memory-binding') || ++calls !== at) return false;
    happened = true;
    return true;
  });
  const warnings: string[] = [];
  const attempt = async (work: () => unknown): Promise<string> => {
    try {
      return String(await work());
    } catch (error) {
      return (error as Error).message;
    }
  };
  const toldBefore = told;
  const injection = truststore.inject();
  injection.on('warning', (warning: TruststoreError) => warnings.push(warning.message));
  const first = await attempt(() => viaHttps(url));
  // Does the postponed work now.
  later();
  await pause(5);
  await attempt(() => {
    injection.add(other);
  });
  await attempt(() => injection.ready);
  await attempt(() => injection.reload());
  armed = false;
  const then = await viaHttps(url);
  const roots = injection.certificates.length > 1;
  await attempt(() => {
    injection.restore();
  });
  repair();
  if (told > toldBefore) warnings.push('a process warning');
  return { first, later: then, roots, warnings, happened };
}

/** Makes each call to each target fail. */
export async function faults(input: Input): Promise<unknown> {
  const later = holdList();
  process.on('uncaughtException', (error) => uncaught.push(error.message));
  process.on('unhandledRejection', (error) => uncaught.push((error as Error).message));
  channel('os-truststore').subscribe((message) => {
    if ((message as { level: string }).level === 'warn') told++;
  });
  const bad: unknown[] = [];
  const rounds: Record<string, number> = {};
  for (const [name, target] of Object.entries(targets())) {
    for (let at = 1; at <= 12; at++) {
      const outcome = await round(input, target, at, later);
      if (!outcome.happened) break;
      rounds[name] = at;
      // A context the program asks for is its own call of the runtime, which may fail.
      const isOwn = outcome.first === `no ${name} today` && name === 'createSecureContext';
      const isNamed = outcome.warnings.length > 0 && outcome.first === 'ok';
      const isWhole = outcome.later === 'ok' && outcome.roots;
      if (!isWhole || !(isNamed || isOwn)) bad.push({ name, at, ...outcome });
    }
  }
  return { bad, rounds, uncaught };
}

/** A certificate that the runtime refuses at every hand-over. */
export async function refusedForGood({ url, root, other }: Input): Promise<unknown> {
  const later = holdList();
  process.on('uncaughtException', (error) => uncaught.push(error.message));
  const { truststore } = withStore({ anchors: [root, other] });
  const body = other.split('\n')[3] ?? '';
  const mentions = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(mentions) : String(value).includes(body);
  const loud = targets();
  Reflect.deleteProperty(loud, 'addCACert');
  for (const target of Object.values(loud)) {
    sabotage(
      target,
      ([first]) => mentions(first) && new Error().stack?.includes('memory-binding') !== true,
    );
  }
  const injection = truststore.inject();
  const warnings: string[] = [];
  injection.on('warning', (warning: TruststoreError) => warnings.push(warning.message));
  const answers = [await viaHttps(url)];
  later();
  await pause(5);
  answers.push(await viaHttps(url));
  const { certificates } = injection;
  const { warnings: reported } = await injection.ready;
  return {
    answers,
    uncaught,
    strategy: injection.strategy,
    holdsRoot: certificates.includes(root),
    holdsOther: certificates.includes(other),
    warnings,
    reported: reported.map(({ message }) => message),
  };
}
