/**
 * Chains, what their CAs publish, and the outcome of connections to them. Each row makes its own PKI.
 */
import type * as http from 'node:http';

import type { VerifyOptions } from '../../dist/index.js';
import { toPem } from '../helpers/pki.js';
import {
  aia,
  createAuthority,
  createCertificate,
  crlAt,
  deltaIndicator,
  issuingPoint,
  makeCrl,
  makeOcspResponse,
  pkcs7,
  yes,
} from './authority.js';
import type { Authority, Publisher, TestCertificate } from './authority.js';
import type { Served } from './origin.js';

export interface Prepared extends Served {
  roots: TestCertificate[];
}

export interface Row {
  name: string;
  options: VerifyOptions;
  /** `ok`, or the code that clients get. */
  expected: string;
  /** Runs in `npm test` too, not only in the whole table. */
  quick?: boolean;
  prepare(publisher: Publisher): Promise<Prepared>;
}

const DAY_MS = 24 * 60 * 60_000;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);

const UNKNOWN_ISSUER = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
const fetching: VerifyOptions = { fetchIntermediates: true };
const EKU_OCSP = '1.3.6.1.5.5.7.3.9';

let names = 0;
const freshName = (): string => `document-${String(++names)}`;

/** The intermediate is missing, and this is at the place that its leaf names. */
function missing(
  name: string,
  expected: string,
  publish: (authority: Authority, publisher: Publisher) => Promise<string> | string,
  more: Partial<Row> = {},
): Row {
  return {
    name: `intermediate missing, ${name}`,
    options: fetching,
    expected,
    prepare: async (publisher) => {
      const authority = await createAuthority();
      const url = await publish(authority, publisher);
      const leaf = await authority.leaf({ extensions: [aia(url)] });
      return { leaf, roots: [authority.root] };
    },
    ...more,
  };
}

const hostile = (name: string, listener: http.RequestListener, more: Partial<Row> = {}): Row =>
  missing(
    `AIA hostile: ${name}`,
    UNKNOWN_ISSUER,
    (_authority, publisher) => publisher.publish(freshName(), listener),
    { options: { ...fetching, verifyDeadlineMs: 1500 }, ...more },
  );

function flood(response: http.ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, 0x30);
  const more = (): void => {
    while (!response.destroyed) {
      if (response.write(chunk)) continue;
      response.once('drain', more);
      return;
    }
  };
  more();
}

const plain: Row[] = [
  {
    name: 'good chain',
    options: fetching,
    expected: 'ok',
    quick: true,
    prepare: async () => {
      const { root, intermediate, leaf } = await createAuthority();
      return { leaf: await leaf(), chain: [intermediate], roots: [root] };
    },
  },
  {
    name: 'expired',
    options: fetching,
    expected: 'CERT_HAS_EXPIRED',
    quick: true,
    prepare: async () => {
      const { root, intermediate, leaf } = await createAuthority();
      const expired = await leaf({ validTo: daysFromNow(-1) });
      return { leaf: expired, chain: [intermediate], roots: [root] };
    },
  },
  {
    name: 'wrong host',
    options: fetching,
    expected: 'ERR_TLS_CERT_ALTNAME_INVALID',
    quick: true,
    prepare: async () => {
      const { root, intermediate, leaf } = await createAuthority();
      const other = await leaf({ dns: ['other.example'], ip: [] });
      return { leaf: other, chain: [intermediate], roots: [root] };
    },
  },
  {
    name: 'untrusted root',
    options: fetching,
    expected: 'SELF_SIGNED_CERT_IN_CHAIN',
    quick: true,
    prepare: async () => {
      const { root, intermediate, leaf } = await createAuthority();
      const { root: other } = await createAuthority();
      return { leaf: await leaf(), chain: [intermediate, root], roots: [other] };
    },
  },
];

const intermediates: Row[] = [
  missing(
    'AIA good (DER)',
    'ok',
    ({ intermediate }, publisher) => publisher.publish(freshName(), intermediate.der),
    {
      quick: true,
    },
  ),
  missing('AIA good (PEM)', 'ok', ({ intermediate }, publisher) =>
    publisher.publish(freshName(), Buffer.from(intermediate.pem)),
  ),
  missing('AIA good (PKCS#7)', 'ok', async ({ intermediate }, publisher) => {
    const { root: other } = await createAuthority();
    return publisher.publish(freshName(), pkcs7(other, intermediate));
  }),
  missing('AIA good, by a redirect', 'ok', ({ intermediate }, publisher) => {
    const Location = publisher.publish(freshName(), intermediate.der);
    return publisher.publish(freshName(), (_request, response) => {
      response.writeHead(302, { Location }).end();
    });
  }),
  {
    name: 'two intermediates missing',
    options: fetching,
    expected: 'ok',
    prepare: async (publisher) => {
      const { root, intermediate } = await createAuthority();
      const upper = publisher.publish(freshName(), intermediate.der);
      const second = await createCertificate({
        commonName: 'Second intermediate',
        issuer: intermediate,
        extensions: [aia(upper)],
      });
      const lower = publisher.publish(freshName(), second.der);
      const leaf = await createCertificate({
        commonName: 'localhost',
        issuer: second,
        ca: false,
        dns: ['localhost'],
        extensions: [aia(lower)],
      });
      return { leaf, roots: [root] };
    },
  },
  missing('AIA good, and the leaf has expired', 'CERT_HAS_EXPIRED', () => '', {
    prepare: async (publisher) => {
      const { root, intermediate, leaf } = await createAuthority();
      const url = publisher.publish(freshName(), intermediate.der);
      const expired = await leaf({ validTo: daysFromNow(-1), extensions: [aia(url)] });
      return { leaf: expired, roots: [root] };
    },
    // OpenSSL checks the leaf's dates only with a complete chain; without one it names the issuer.
  }),
  missing('AIA good, and the host is another', 'ERR_TLS_CERT_ALTNAME_INVALID', () => '', {
    prepare: async (publisher) => {
      const { root, intermediate, leaf } = await createAuthority();
      const url = publisher.publish(freshName(), intermediate.der);
      const other = await leaf({ dns: ['other.example'], ip: [], extensions: [aia(url)] });
      return { leaf: other, roots: [root] };
    },
  }),
  missing('no AIA', UNKNOWN_ISSUER, () => '', {
    prepare: async () => {
      const { root, leaf } = await createAuthority();
      return { leaf: await leaf(), roots: [root] };
    },
  }),
  missing(
    'AIA good, option off',
    UNKNOWN_ISSUER,
    ({ intermediate }, publisher) => publisher.publish(freshName(), intermediate.der),
    {
      options: {},
      quick: true,
    },
  ),
  missing('AIA dead', UNKNOWN_ISSUER, () => 'http://127.0.0.1:1/ca.cer', { quick: true }),
  missing(
    'AIA at a private address',
    UNKNOWN_ISSUER,
    ({ intermediate }, publisher) => publisher.publish(freshName(), intermediate.der),
    {
      options: { ...fetching, allowPrivateAddresses: false },
      quick: true,
    },
  ),
  missing('AIA by https', UNKNOWN_ISSUER, (_authority, { base }) =>
    base.replace('http:', 'https:'),
  ),
  missing('AIA by ldap', UNKNOWN_ISSUER, () => 'ldap://127.0.0.1/cn=ca?cACertificate'),
  hostile('404', (_request, response) => response.writeHead(404).end()),
  hostile('nothing', (_request, response) => response.end()),
  hostile('garbage', (_request, response) => response.end(Buffer.alloc(2000, 0x30))),
  hostile('10 GB announced', (_request, response) => {
    response.writeHead(200, { 'Content-Length': String(10 * 1024 ** 3) });
    flood(response);
  }),
  hostile('a body without end', (_request, response) => {
    flood(response);
  }),
  hostile('a slow drip', (_request, response) => {
    const timer = setInterval(() => response.write('0'), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  }),
  hostile('no answer', () => undefined),
  hostile('breaks off', (_request, response) => {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('half');
    setTimeout(() => response.socket?.destroy(), 20);
  }),
  hostile('redirects in a circle', (request, response) => {
    response.writeHead(302, { Location: request.url ?? '' }).end();
  }),
  hostile('redirects to a file', (_request, response) => {
    response.writeHead(302, { Location: 'file:///etc/passwd' }).end();
  }),
  hostile('redirects to https', (_request, response) => {
    response.writeHead(302, { Location: 'https://127.0.0.1/ca.cer' }).end();
  }),
  missing('AIA hostile: a hundred other CAs', UNKNOWN_ISSUER, async (_authority, publisher) => {
    const { root } = await createAuthority();
    return publisher.publish(freshName(), pkcs7(...Array.from({ length: 100 }, () => root)));
  }),
  missing(
    'AIA gives another CA of the same name',
    UNKNOWN_ISSUER,
    async ({ root, intermediate }, publisher) => {
      const commonName = intermediate.certificate.subject.replace('CN=', '');
      const twin = await createCertificate({ commonName, issuer: root, keyIdentifiers: false });
      return publisher.publish(freshName(), twin.der);
    },
    { quick: true },
  ),
  missing('AIA gives what is no CA', UNKNOWN_ISSUER, async ({ root, intermediate }, publisher) => {
    const commonName = intermediate.certificate.subject.replace('CN=', '');
    const { keys } = intermediate;
    const notCa = await createCertificate({ commonName, issuer: root, keys, ca: false });
    return publisher.publish(freshName(), notCa.der);
  }),
  missing(
    'AIA gives an expired intermediate',
    UNKNOWN_ISSUER,
    async ({ root, intermediate }, publisher) => {
      const commonName = intermediate.certificate.subject.replace('CN=', '');
      const { keys } = intermediate;
      const old = await createCertificate({
        commonName,
        issuer: root,
        keys,
        validTo: daysFromNow(-1),
      });
      return publisher.publish(freshName(), old.der);
    },
  ),
  missing(
    'AIA gives a self-signed certificate',
    UNKNOWN_ISSUER,
    async ({ intermediate }, publisher) => {
      const commonName = intermediate.certificate.subject.replace('CN=', '');
      const selfSigned = await createCertificate({ commonName, keys: intermediate.keys });
      return publisher.publish(freshName(), selfSigned.der);
    },
    { quick: true },
  ),
  {
    name: 'intermediate missing, AIA leads to a root nobody trusts',
    options: fetching,
    expected: UNKNOWN_ISSUER,
    prepare: async (publisher) => {
      const stranger = await createAuthority();
      const { root } = await createAuthority();
      const url = publisher.publish(freshName(), stranger.intermediate.der);
      return { leaf: await stranger.leaf({ extensions: [aia(url)] }), roots: [root] };
    },
  },
  {
    name: 'intermediate missing, AIA in a loop',
    options: fetching,
    expected: UNKNOWN_ISSUER,
    prepare: async (publisher) => {
      const { root } = await createAuthority();
      const first = await createCertificate({ commonName: 'Loop A' });
      const second = await createCertificate({ commonName: 'Loop B' });
      const urlOfA = `${publisher.base}/loop-a`;
      const urlOfB = `${publisher.base}/loop-b`;
      const a = await createCertificate({
        commonName: 'Loop A',
        keys: first.keys,
        issuer: second,
        extensions: [aia(urlOfB)],
      });
      const b = await createCertificate({
        commonName: 'Loop B',
        keys: second.keys,
        issuer: first,
        extensions: [aia(urlOfA)],
      });
      publisher.publish('loop-a', a.der);
      publisher.publish('loop-b', b.der);
      const leaf = await createCertificate({
        commonName: 'localhost',
        issuer: first,
        ca: false,
        dns: ['localhost'],
        extensions: [aia(urlOfA)],
      });
      return { leaf, roots: [root] };
    },
  },
  {
    name: 'intermediate missing, AIA gives it cross-signed',
    options: fetching,
    expected: 'ok',
    prepare: async (publisher) => {
      const { root, intermediate, leaf } = await createAuthority();
      const { root: stranger } = await createAuthority();
      const commonName = intermediate.certificate.subject.replace('CN=', '');
      const cross = await createCertificate({
        commonName,
        issuer: stranger,
        keys: intermediate.keys,
      });
      const url = publisher.publish(freshName(), pkcs7(cross, intermediate));
      return { leaf: await leaf({ extensions: [aia(url)] }), roots: [root] };
    },
  },
];

interface Lists {
  /** The lists about the leaf and about the intermediate; a good list by default. */
  leaf?: (
    authority: Authority,
    leaf: TestCertificate,
    publisher: Publisher,
  ) => Promise<Buffer | http.RequestListener>;
  intermediate?: (authority: Authority) => Promise<Buffer>;
  staple?: (authority: Authority, leaf: TestCertificate) => Promise<Buffer>;
  /** The leaf names no CRL. */
  withoutCrl?: boolean;
}

function revocation(
  name: string,
  mode: 'soft-fail' | 'require',
  expected: string,
  lists: Lists,
  more: Partial<Row> = {},
): Row {
  return {
    name: `${name} (${mode})`,
    options: { revocation: mode },
    expected,
    prepare: async (publisher) => {
      const rootCrl = freshName();
      const leafCrl = freshName();
      const authority = await createAuthority(() => ({
        extensions: [crlAt(`${publisher.base}/${rootCrl}`)],
      }));
      const { root, intermediate } = authority;
      const extensions = lists.withoutCrl ? [] : [crlAt(`${publisher.base}/${leafCrl}`)];
      const leaf = await authority.leaf({ extensions });
      publisher.publish(
        rootCrl,
        await (lists.intermediate?.(authority) ?? makeCrl({ issuer: root })),
      );
      publisher.publish(
        leafCrl,
        await (lists.leaf?.(authority, leaf, publisher) ?? makeCrl({ issuer: intermediate })),
      );
      const staple = await lists.staple?.(authority, leaf);
      return {
        leaf,
        chain: [intermediate],
        roots: [root],
        ...(staple ? { staple } : {}),
      };
    },
    ...more,
  };
}

/** Refused when revocation is required, otherwise accepted and reported. */
const unusable = (name: string, lists: Lists, more: Partial<Row> = {}): Row[] => [
  revocation(name, 'require', 'UNABLE_TO_GET_CRL', lists, more),
  revocation(name, 'soft-fail', 'ok', lists),
];

const refused = (name: string, lists: Lists, more: Partial<Row> = {}): Row[] => [
  revocation(name, 'require', 'CERT_REVOKED', lists),
  revocation(name, 'soft-fail', 'CERT_REVOKED', lists, more),
];

const accepted = (name: string, lists: Lists, more: Partial<Row> = {}): Row[] => [
  revocation(name, 'require', 'ok', lists, more),
];

const dead = (): Promise<http.RequestListener> =>
  Promise.resolve((_request, response) => response.writeHead(503).end());

const revocations: Row[] = [
  ...accepted('CRLs good', {}, { quick: true }),
  ...accepted('CRL in PEM', {
    leaf: async ({ intermediate }) =>
      Buffer.from(toPem(await makeCrl({ issuer: intermediate }), 'X509 CRL')),
  }),
  ...accepted('another certificate revoked', {
    leaf: async ({ intermediate, leaf }) =>
      makeCrl({ issuer: intermediate, revoked: [await leaf(), await leaf()] }),
  }),
  ...refused(
    'revoked leaf',
    { leaf: ({ intermediate }, leaf) => makeCrl({ issuer: intermediate, revoked: [leaf] }) },
    { quick: true },
  ),
  ...refused(
    'revoked intermediate',
    {
      intermediate: ({ root, intermediate }) => makeCrl({ issuer: root, revoked: [intermediate] }),
    },
    { quick: true },
  ),
  ...unusable(
    'CRL expired',
    {
      leaf: ({ intermediate }) =>
        makeCrl({
          issuer: intermediate,
          nextUpdate: daysFromNow(-0.1),
          thisUpdate: daysFromNow(-2),
        }),
    },
    { quick: true },
  ),
  ...unusable('CRL of the future', {
    leaf: ({ intermediate }) => makeCrl({ issuer: intermediate, thisUpdate: daysFromNow(1) }),
  }),
  ...unusable(
    'CRL forged',
    {
      leaf: async ({ intermediate }) =>
        makeCrl({
          issuer: intermediate,
          signer: await createCertificate({ commonName: 'Forger' }),
        }),
    },
    { quick: true },
  ),
  ...unusable('CRL changed after signing', {
    leaf: async ({ intermediate }, leaf) => {
      const crl = await makeCrl({ issuer: intermediate, revoked: [leaf] });
      const serial = Buffer.from(leaf.certificate.serialNumber, 'hex');
      const at = crl.indexOf(serial);
      crl[at + serial.length - 1] = (crl[at + serial.length - 1] ?? 0) ^ 1;
      return crl;
    },
  }),
  ...unusable('CRL for another issuer', {
    leaf: async () => makeCrl({ issuer: (await createAuthority()).intermediate }),
  }),
  ...unusable('CRL of the right key with another name', {
    leaf: ({ intermediate }) => makeCrl({ issuer: intermediate, name: 'CN=Somebody' }),
  }),
  ...unusable('CRL unreachable', { leaf: dead }, { quick: true }),
  ...unusable('CRL of the intermediate is no CRL', {
    intermediate: () => Promise.resolve(Buffer.from('nothing')),
  }),
  ...unusable('CRL of 20 MB', {
    leaf: () =>
      Promise.resolve((_request, response) => {
        response.end(Buffer.alloc(20 * 1024 * 1024, 0x30));
      }),
  }),
  ...unusable('delta CRL', {
    leaf: ({ intermediate }) => makeCrl({ issuer: intermediate, extensions: [deltaIndicator()] }),
  }),
  ...unusable('CRL for CAs only', {
    leaf: ({ intermediate }) =>
      makeCrl({ issuer: intermediate, extensions: [issuingPoint(yes(2))] }),
  }),
  ...accepted('CRL for users only', {
    leaf: ({ intermediate }) =>
      makeCrl({ issuer: intermediate, extensions: [issuingPoint(yes(1))] }),
  }),
  ...unusable('indirect CRL', {
    leaf: ({ intermediate }) =>
      makeCrl({ issuer: intermediate, extensions: [issuingPoint(yes(4))] }),
  }),
  ...unusable('no CRL named', { withoutCrl: true }),
  ...accepted(
    'OCSP staple good, CRL dead',
    {
      leaf: dead,
      staple: ({ intermediate: issuer }, certificate) =>
        makeOcspResponse({ certificate, issuer, status: 'good' }),
    },
    { quick: true },
  ),
  ...accepted('OCSP staple good, of a delegate', {
    withoutCrl: true,
    staple: async ({ intermediate: issuer }, certificate) =>
      makeOcspResponse({
        certificate,
        issuer,
        status: 'good',
        signer: await createCertificate({
          commonName: 'Responder',
          issuer,
          ca: false,
          eku: [EKU_OCSP],
        }),
      }),
  }),
  ...unusable('OCSP staple of a delegate that is none', {
    withoutCrl: true,
    staple: async ({ intermediate: issuer, leaf }, certificate) =>
      makeOcspResponse({ certificate, issuer, status: 'good', signer: await leaf() }),
  }),
  ...unusable('OCSP staple signed by a stranger', {
    withoutCrl: true,
    staple: async ({ intermediate: issuer }, certificate) =>
      makeOcspResponse({
        certificate,
        issuer,
        status: 'good',
        signer: await createCertificate({ commonName: 'Stranger', ca: false, eku: [EKU_OCSP] }),
      }),
  }),
  ...refused(
    'OCSP staple revoked',
    {
      staple: ({ intermediate: issuer }, certificate) =>
        makeOcspResponse({ certificate, issuer, status: 'revoked' }),
    },
    { quick: true },
  ),
  ...unusable(
    'OCSP staple stale, CRL dead',
    {
      leaf: dead,
      staple: ({ intermediate: issuer }, certificate) =>
        makeOcspResponse({
          certificate,
          issuer,
          status: 'good',
          thisUpdate: daysFromNow(-9),
          nextUpdate: daysFromNow(-1),
        }),
    },
    { quick: true },
  ),
  ...accepted('OCSP staple stale, CRL good', {
    staple: ({ intermediate: issuer }, certificate) =>
      makeOcspResponse({
        certificate,
        issuer,
        status: 'good',
        nextUpdate: daysFromNow(-0.1),
        thisUpdate: daysFromNow(-9),
      }),
  }),
  ...unusable('OCSP staple without an end', {
    withoutCrl: true,
    staple: ({ intermediate: issuer }, certificate) =>
      makeOcspResponse({ certificate, issuer, status: 'good', nextUpdate: null }),
  }),
  ...unusable('OCSP staple about another certificate', {
    withoutCrl: true,
    staple: async ({ intermediate: issuer, leaf }) =>
      makeOcspResponse({ certificate: await leaf(), issuer, status: 'good' }),
  }),
  ...unusable('OCSP staple that knows nothing', {
    withoutCrl: true,
    staple: ({ intermediate: issuer }, certificate) =>
      makeOcspResponse({ certificate, issuer, status: 'unknown' }),
  }),
  ...unusable('OCSP staple of garbage', {
    withoutCrl: true,
    staple: () => Promise.resolve(Buffer.from('30030a0106', 'hex')),
  }),
];

export const rows: readonly Row[] = [...plain, ...intermediates, ...revocations];
