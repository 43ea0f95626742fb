/**
 * Makes certificates of a made-up machine: real ones for keys and signatures, with any names and judgements a test
 * wants.
 */
import { createHash } from 'node:crypto';

import { createReportData } from '../../dist/report/data.js';
import { readPageAssets, renderReport } from '../../dist/report/html.js';
import type { CertificateSource, SystemCertificate } from '../../dist/types.js';
import { createCertificate } from '../helpers/pki.js';

export const now = Date.UTC(2026, 5, 1);
const DAY = 24 * 60 * 60 * 1000;

export const hostileNames = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(2)>',
  '<!--<script>',
  '&lt;b&gt; &amp; "quotes" \'single\'',
  'abc\u202Egnp.exe\u202C',
  'bell\u0007 escape\u001b[31m null\u0000 line\u2028separator',
  'שלום עולם',
  'x'.repeat(400),
  '${alert(3)} {{constructor}} javascript:alert(4)',
];

export async function makeCertificate(
  name: string,
  overrides: Partial<SystemCertificate> = {},
): Promise<SystemCertificate> {
  const { der, pem } = await createCertificate({ commonName: 'Made' });
  return { ...record(name, der), pem, ...overrides };
}

/** Records differ for each name, whatever the DER. */
function record(name: string, der: Buffer): SystemCertificate {
  const fingerprint256 = createHash('sha256')
    .update(name)
    .update(der)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
  return {
    der,
    pem: '',
    fingerprint256,
    subject: `C=XX\nO=Test\nCN=${name}`,
    issuer: `C=XX\nO=Test\nCN=${name}`,
    serialNumber: '0A1B',
    validFrom: new Date(now - 3650 * DAY),
    validTo: new Date(now + 3650 * DAY),
    role: 'anchor',
    trust: 'trusted',
    sources: [source('system')],
  };
}

export function source(origin: CertificateSource['origin']): CertificateSource {
  return { origin, kind: 'file', location: `/etc/${origin}/certs.pem` };
}

/** Has certificates of every kind. */
export async function makeMachine(): Promise<SystemCertificate[]> {
  const make = makeCertificate;
  const both = [source('system'), source('bundled')];
  return Promise.all([
    ...Array.from({ length: 70 }, (_, i) =>
      make(`Common Root ${i}`, {
        sources: both,
        validTo: new Date(now + (200 + i * 100) * DAY),
      }),
    ),
    make('System Root', { sources: [source('system')] }),
    make('Bundled Root', { sources: [source('bundled')] }),
    make('Company Proxy', { sources: [source('system'), source('user')] }),
    make('Extra Root', { sources: [source('extra')] }),
    make('Company Issuing CA', { role: 'intermediate' }),
    make('Old Root', { skipped: 'expired', validTo: new Date(now - 400 * DAY) }),
    make('Banned Root', {
      skipped: 'distrusted',
      trust: 'distrusted',
      sources: both,
      detail: 'by the administrator',
    }),
    make('Ending Root', { validTo: new Date(now + 10 * DAY) }),
    make('Broken', { der: Buffer.from('no certificate'), skipped: 'unparsable' }),
    make('Dateless', { validFrom: new Date(NaN), validTo: new Date(NaN) }),
    ...hostileNames.map((name) => make(name)),
  ]);
}

export async function makeMany(count: number): Promise<SystemCertificate[]> {
  const { der } = await makeCertificate('one');
  return Array.from({ length: count }, (_, i) => record(`Certificate ${i}`, der));
}

export function toPage(
  certificates: SystemCertificate[],
  messages: string[] = [],
  published: string[] = [],
): string {
  const data = createReportData({
    certificates,
    errors: messages.map((message) => ({
      code: 'ERR_TRUSTSTORE_READ_FAILED',
      operation: 'read',
      message,
    })),
    published: { fingerprints: new Set(published), lists: ['/usr/share/<i>mozilla</i>'] },
    purpose: 'server-auth',
    version: '1.2.3',
    runtime: 'node v24.0.0',
    platform: 'linux x64',
    now,
  });
  return renderReport(data, readPageAssets());
}
