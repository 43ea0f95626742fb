/**
 * What callers of injection may rely on at compile time; see api.ts.
 */
import type { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { expectTypeOf } from 'expect-type';
import {
  createAgent,
  createConnector,
  createSecureContext,
  inject,
  restore,
  verifyChain,
} from 'os-truststore';
import type {
  CertificateInput,
  ChainVerdict,
  ChangedCertificate,
  Connector,
  InjectOptions,
  Injection,
  InjectionStrategy,
  Report,
  SecureContextOptions,
  StoreError,
  TrustDiff,
  TrustOptions,
  TrustedSecureContext,
  TruststoreError,
  VerifyChainOptions,
  VerifyingAgentOptions,
  VerifyingConnectorOptions,
} from 'os-truststore';

expectTypeOf(inject).toEqualTypeOf<(options?: InjectOptions) => Injection>();
expectTypeOf(restore).toEqualTypeOf<() => void>();
expectTypeOf(createSecureContext).toEqualTypeOf<
  (options?: SecureContextOptions) => TrustedSecureContext
>();
expectTypeOf<TrustedSecureContext>().toExtend<SecureContext>();

expectTypeOf(createAgent).toEqualTypeOf<(options?: VerifyingAgentOptions) => Agent>();
expectTypeOf(verifyChain).parameter(1).toEqualTypeOf<VerifyChainOptions>();
expectTypeOf(verifyChain).returns.resolves.toEqualTypeOf<ChainVerdict>();
expectTypeOf(createConnector).toEqualTypeOf<(options?: VerifyingConnectorOptions) => Connector>();

expectTypeOf<InjectOptions>().toExtend<TrustOptions>();
expectTypeOf({
  watch: undefined,
  workers: undefined,
  rootLists: false,
  deadlineMs: undefined,
}).toExtend<InjectOptions>();
expectTypeOf({
  fetchIntermediates: true,
  revocation: 'require' as const,
}).toExtend<InjectOptions>();
expectTypeOf({ revocation: 'hard' }).not.toExtend<InjectOptions>();
expectTypeOf({ watch: 'yes' }).not.toExtend<InjectOptions>();
expectTypeOf({ ca: 'pem' }).not.toExtend<Pick<SecureContextOptions, 'userCAs'> & { ca?: never }>();
expectTypeOf({ minVersion: 'TLSv1.3' as const, bundled: false }).toExtend<SecureContextOptions>();

expectTypeOf<Injection['certificates']>().toEqualTypeOf<readonly string[]>();
expectTypeOf<Injection['strategy']>().toEqualTypeOf<InjectionStrategy>();
expectTypeOf<InjectionStrategy>().toEqualTypeOf<'set' | 'patch' | 'bun' | 'deno'>();
expectTypeOf<Injection['ready']>().toEqualTypeOf<Promise<Report>>();
expectTypeOf<Injection['add']>().toEqualTypeOf<(ca: CertificateInput) => void>();
expectTypeOf<Injection['remove']>().toEqualTypeOf<(fingerprint256: string) => void>();
expectTypeOf<Injection['reload']>().toEqualTypeOf<() => Promise<TrustDiff>>();
expectTypeOf<TrustDiff['added']>().toEqualTypeOf<readonly ChangedCertificate[]>();
expectTypeOf<Report['errors']>().toEqualTypeOf<readonly StoreError[]>();
expectTypeOf<Report['warnings']>().toEqualTypeOf<readonly TruststoreError[]>();

/** Never called: what it holds must compile. */
export function usage(): void {
  using injection = inject({ watch: true });
  injection
    .on('change', (diff) => {
      expectTypeOf(diff).toEqualTypeOf<TrustDiff>();
    })
    .on('warning', (warning) => {
      expectTypeOf(warning).toEqualTypeOf<TruststoreError>();
    });
  // @ts-expect-error there is no such event
  injection.on('changed', () => undefined);
}
