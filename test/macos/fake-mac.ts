/**
 * Describes the Mac of a test. Import it before the package, because it installs the addon that reads this Mac.
 *
 * `test/macos/run.mjs` sets MACOS_TEST_FAKE to the fake frameworks and MACOS_TEST_PACKAGE to a folder with the addon:
 * the backend compiled for Linux, or a loader that runs the shipped Mach-O file.
 */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import path from 'node:path';

import { loadBinding } from '../../dist/addon/load-binding.js';

/** One dictionary of a trust settings array; any string is a value of the wrong type. */
export type TrustEntry =
  | string
  | {
      policy?: 'ssl' | 'basic' | 'smime' | 'wrong-type';
      policyName?: 'sslServer' | 'sslClient';
      /** 1 TrustRoot, 2 TrustAsRoot, 3 Deny, 4 Unspecified. */
      result?: number | string;
      keyUsage?: number | string;
      application?: boolean;
      policyString?: boolean;
    };

export interface MacCertificate {
  der: Uint8Array;
  /** Trust settings of the user's domain. */
  user?: TrustEntry[];
  admin?: TrustEntry[];
  /** One of Apple's roots. */
  system?: boolean;
  /** In a keychain of the search list. */
  keychain?: boolean;
  /** It lies in no other keychain, so the admin domain does not list it. */
  userKeychainOnly?: boolean;
}

/** What SecTrustEvaluateWithError answers. */
export interface Evaluated {
  /** Answers as trustd would for this chain, which is whole and in order, and ignores the other fields. */
  asTrustd?: boolean;
  trusted?: boolean;
  /** The status of a refusal; errSecNotTrusted by default. */
  status?: number;
  /** kSecTrustRevocationChecked; absent by default. */
  revocationChecked?: boolean;
  chain?: Uint8Array[];
}

/** What SecTrustEvaluateWithError was asked. */
export interface Evaluation {
  certificates: Buffer[];
  anchors: Buffer[];
  anchorsOnly: boolean;
  network: boolean;
  server: boolean;
  host?: string;
  revocationFlags?: number;
}

export interface FakeMac {
  /** Makes another Mac, which the addon of this thread has not seen. */
  reset(certificates: MacCertificate[]): void;
  /** Keeps the Mac and replaces its certificates. */
  refill(certificates: MacCertificate[]): void;
  /** Makes the `nth` call of a function fail from now on; 0 is every call. */
  fail(call: string, osStatus: number, nth: number): void;
  delay(call: string, milliseconds: number): void;
  hang(call: string): void;
  unhang(): void;
  /** Allows evaluating chains until the next reset; otherwise that is forbidden and reported. */
  allowEvaluation(answer: Evaluated): void;
  evaluations(): Evaluation[];
  mostEvaluationsAtOnce(): number;
  /** Returns how many threads hang. */
  hanging(): number;
  postKeychainEvent(mask: number): void;
  hasKeychainCallback(): boolean;
  calls(): Record<string, number>;
  report(): { leaks: string[]; faults: string[]; forbidden: string[]; overlaps: number };
}

export const TRUST_ROOT = 1;
export const TRUST_AS_ROOT = 2;
export const DENY = 3;

const { MACOS_TEST_FAKE: fakePath, MACOS_TEST_PACKAGE: packagePath } = process.env;
if (fakePath === undefined || packagePath === undefined) {
  throw new Error('run these tests with npm run test:macos-fake');
}
process.env.OS_TRUSTSTORE_PREBUILD = packagePath;
process.env.OS_TRUSTSTORE_ADDON = path.join(packagePath, 'build/Release/os_truststore.node');

const loaded = { exports: {} };
process.dlopen(loaded, fakePath, constants.dlopen.RTLD_NOW);
const fake = loaded.exports as Omit<FakeMac, 'refill'>;

/** Apple's roots are listed once per process, and again after a failure, so this makes one fail. */
function forgetSystemDomain(): void {
  fake.reset([]);
  fake.fail('SecTrustSettingsCopyCertificates', -1, 0);
  loadBinding().read({ fresh: true });
}

export const mac: FakeMac = {
  ...fake,
  refill: (certificates) => {
    fake.reset(certificates);
  },
  reset: (certificates) => {
    forgetSystemDomain();
    fake.reset(certificates);
  },
};

/** Asserts that the addon misused nothing, evaluated nothing and left nothing behind. */
export function assertClean(): void {
  assert.deepEqual(mac.report(), { leaks: [], faults: [], forbidden: [], overlaps: 0 });
}

/** Polls, because other threads have no other way to report. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const giveUp = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < giveUp, `${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
