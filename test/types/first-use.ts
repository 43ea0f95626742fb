/**
 * What callers of trust on first use may rely on at compile time; see api.ts.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2SecureServer, Http2ServerRequest } from 'node:http2';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { expectTypeOf } from 'expect-type';
import type * as main from 'os-truststore';
import { ErrorCodes, TruststoreError, trustOnFirstUse } from 'os-truststore/first-use';
import type {
  FirstUseAnswer,
  FirstUseDecision,
  PeerSource,
  Refusal,
  RememberedPeer,
  TrustOnFirstUse,
  TrustOnFirstUseOptions,
  UnknownPeer,
} from 'os-truststore/first-use';

expectTypeOf(trustOnFirstUse).toEqualTypeOf<(options: TrustOnFirstUseOptions) => TrustOnFirstUse>();
// Both entry points have the same.
expectTypeOf(trustOnFirstUse).toEqualTypeOf<typeof main.trustOnFirstUse>();
expectTypeOf(TruststoreError).toEqualTypeOf<typeof main.TruststoreError>();
expectTypeOf(ErrorCodes).toEqualTypeOf<typeof main.ErrorCodes>();
expectTypeOf<TrustOnFirstUse>().toEqualTypeOf<main.TrustOnFirstUse>();
declare const trust: TrustOnFirstUse;
expectTypeOf(trust.protect<Server>).returns.toEqualTypeOf<Server>();
expectTypeOf(trust.protect<Http2SecureServer>).returns.toEqualTypeOf<Http2SecureServer>();
expectTypeOf(trust.peerOf).returns.toEqualTypeOf<RememberedPeer | undefined>();
expectTypeOf<IncomingMessage>().toExtend<PeerSource>();
expectTypeOf<Http2ServerRequest>().toExtend<PeerSource>();
expectTypeOf<TLSSocket>().toExtend<PeerSource>();
expectTypeOf(trust.revoke).returns.resolves.toEqualTypeOf<RememberedPeer>();
expectTypeOf(trust.forget).returns.resolves.toEqualTypeOf<boolean>();

trust.on('refused', (refusal) => {
  expectTypeOf(refusal).toEqualTypeOf<Refusal>();
});
trust.on('warning', (error) => {
  expectTypeOf(error).toEqualTypeOf<TruststoreError>();
});

// Only these words let a client in; a boolean does not compile.
expectTypeOf<FirstUseDecision>().toEqualTypeOf<'accept' | 'refuse' | 'block'>();
expectTypeOf<() => 'accept'>().toExtend<TrustOnFirstUseOptions['decide']>();
expectTypeOf<(peer: UnknownPeer) => Promise<FirstUseAnswer>>().toExtend<
  TrustOnFirstUseOptions['decide']
>();
expectTypeOf<() => boolean>().not.toExtend<TrustOnFirstUseOptions['decide']>();
