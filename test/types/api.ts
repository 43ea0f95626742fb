/**
 * What callers may rely on at compile time. Compiled here with the tests, and by test/packaging against the installed
 * package as CommonJS, as an ES module and for a bundler.
 */
import type { X509Certificate } from 'node:crypto';
import { expectTypeOf } from 'expect-type';
import {
  ErrorCodes,
  explain,
  getDefaultVerifyPaths,
  getSystemCAs,
  getSystemCAsAsync,
  getTrustedCAs,
  getTrustedCAsAsync,
  readSystemStore,
  readSystemStoreAsync,
  writeBundle,
} from 'os-truststore';
import type {
  BundleFile,
  BundleOptions,
  CertificateInput,
  Explanation,
  ExplainOptions,
  ErrorCode,
  SkipReason,
  SystemCAOptions,
  SystemCertificate,
  SystemStore,
  TrustOptions,
  VerifyPaths,
  TruststoreError,
} from 'os-truststore';

expectTypeOf(getSystemCAs).toEqualTypeOf<(options?: SystemCAOptions) => string[]>();
expectTypeOf(getSystemCAsAsync).toEqualTypeOf<(options?: SystemCAOptions) => Promise<string[]>>();
expectTypeOf(readSystemStore).toEqualTypeOf<(options?: SystemCAOptions) => SystemStore>();
expectTypeOf(readSystemStoreAsync).toEqualTypeOf<
  (options?: SystemCAOptions) => Promise<SystemStore>
>();
expectTypeOf(getTrustedCAs).toEqualTypeOf<(options?: TrustOptions) => string[]>();
expectTypeOf(getTrustedCAsAsync).toEqualTypeOf<(options?: TrustOptions) => Promise<string[]>>();
expectTypeOf(getDefaultVerifyPaths).returns.toEqualTypeOf<VerifyPaths>();

expectTypeOf<Buffer>().toExtend<CertificateInput>();
expectTypeOf<X509Certificate>().toExtend<CertificateInput>();
expectTypeOf<number>().not.toExtend<CertificateInput>();

// A value known only at run time is passed on as it is.
expectTypeOf({ deadlineMs: undefined, purpose: undefined }).toExtend<SystemCAOptions>();
expectTypeOf({ userCAs: undefined, system: undefined }).toExtend<TrustOptions>();
expectTypeOf({ env: process.env }).toExtend<SystemCAOptions>();
expectTypeOf({ system: { purpose: 'client-auth' as const } }).toExtend<TrustOptions>();
expectTypeOf({ purpose: 'server' as const }).not.toExtend<SystemCAOptions>();

expectTypeOf<SystemCertificate['der']>().toExtend<Buffer>();
expectTypeOf<SystemCertificate['validTo']>().toEqualTypeOf<Date>();
expectTypeOf<SystemCertificate['skipped']>().toEqualTypeOf<SkipReason | undefined>();
expectTypeOf<SystemStore['strategy']>().toEqualTypeOf<'addon' | 'runtime'>();

expectTypeOf<TruststoreError>().toExtend<Error>();
expectTypeOf<TruststoreError['code']>().toEqualTypeOf<ErrorCode>();
expectTypeOf(ErrorCodes.DEADLINE).toEqualTypeOf<'ERR_TRUSTSTORE_DEADLINE'>();
/** Has nothing to import, and is found by the rules of Node 10 too. */
export type Registered = typeof import('os-truststore/register');
// Each code is a literal, so that a comparison with a misspelt one does not compile.
expectTypeOf<(typeof ErrorCodes)[keyof typeof ErrorCodes]>().toEqualTypeOf<ErrorCode>();
expectTypeOf<'ERR_TRUSTSTORE_OTHER'>().not.toExtend<ErrorCode>();
// @ts-expect-error it is for this package alone
expectTypeOf<typeof import('os-truststore').internals>().toBeUnknown();
expectTypeOf(explain).toEqualTypeOf<
  (target: string | URL, options?: ExplainOptions) => Promise<Explanation>
>();
expectTypeOf(writeBundle).toEqualTypeOf<(options?: BundleOptions) => BundleFile>();
expectTypeOf<BundleFile['env']>().toExtend<NodeJS.ProcessEnv>();
expectTypeOf<TrustOptions>().toExtend<BundleOptions>();
expectTypeOf({ startTls: 'ftp' as const }).not.toExtend<ExplainOptions>();
