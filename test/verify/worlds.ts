/**
 * Makes servers and agents with which tests of connections begin.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type * as http from 'node:http';
import type * as https from 'node:https';
import type { TestContext } from 'node:test';

import { createAgent } from '../../dist/index.js';
import type { VerifyingAgentOptions } from '../../dist/index.js';
import { temporaryDirectory as makeDirectory } from '../explain/loopback.js';
import { aia, createAuthority, crlAt, makeCrl, startPublisher } from './authority.js';
import type { Authority, Publisher, TestCertificate } from './authority.js';
import { onlyTrusting, startOrigin } from './origin.js';
import type { Origin, Served } from './origin.js';

/** Removes it even though a file may still be written there. */
export function temporaryDirectory(t: TestContext): string {
  const directory = makeDirectory({ after: () => undefined });
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }));
  return directory;
}

export interface World extends Authority {
  publisher: Publisher;
  origin: Origin;
  options: VerifyingAgentOptions;
}

/** Starts a server without its intermediate, which `answer` publishes. */
export async function forgetful(
  t: TestContext,
  answer?: (authority: Authority) => Buffer | http.RequestListener,
): Promise<World> {
  const publisher = await startPublisher(t);
  const authority = await createAuthority();
  const url = publisher.publish('ca.cer', answer?.(authority) ?? authority.intermediate.der);
  const origin = await startOrigin(t, { leaf: await authority.leaf({ extensions: [aia(url)] }) });
  const options = { ...onlyTrusting(authority.root), fetchIntermediates: true };
  return { ...authority, publisher, origin, options };
}

export function agentOf(t: TestContext, options: VerifyingAgentOptions): https.Agent {
  const agent = createAgent(options);
  t.after(() => {
    agent.destroy();
  });
  return agent;
}

/** Machines that run these tests are often busy. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface Revocable {
  publisher: Publisher;
  authority: Authority;
  leaf: TestCertificate;
  origin: Origin;
  options: VerifyingAgentOptions;
  publishLeafCrl: (spec?: { revoked?: TestCertificate[]; nextUpdate?: Date }) => Promise<void>;
}

export async function revocable(
  t: TestContext,
  tls: object = {},
  more: (
    made: Pick<Revocable, 'publisher' | 'authority' | 'leaf'>,
  ) => Promise<Partial<Served>> = () => Promise.resolve({}),
): Promise<Revocable> {
  const publisher = await startPublisher(t);
  const authority = await createAuthority(() => ({
    extensions: [crlAt(`${publisher.base}/root.crl`)],
  }));
  const { root, intermediate } = authority;
  publisher.publish('root.crl', await makeCrl({ issuer: root }));
  const leaf = await authority.leaf({ extensions: [crlAt(`${publisher.base}/leaf.crl`)] });
  const publishLeafCrl: Revocable['publishLeafCrl'] = async (spec = {}) => {
    publisher.publish('leaf.crl', await makeCrl({ issuer: intermediate, ...spec }));
  };
  await publishLeafCrl();
  const served = await more({ publisher, authority, leaf });
  const origin = await startOrigin(t, { leaf, chain: [intermediate], options: tls, ...served });
  const options = { ...onlyTrusting(root), revocation: 'require' as const };
  return { publisher, authority, leaf, origin, options, publishLeafCrl };
}
