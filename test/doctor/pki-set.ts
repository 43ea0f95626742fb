/**
 * Makes the certificates that most set-ups need, and some unusual ones.
 */
// tsyringe, inside @peculiar/x509, needs the metadata polyfill first.
import 'reflect-metadata';
import { AuthorityInfoAccessExtension, Extension } from '@peculiar/x509';
import { readFileSync } from 'node:fs';

import { createCertificate, leafOf } from '../helpers/pki.js';
import type { CertificateSpec, TestCertificate } from '../helpers/pki.js';
import { tool } from './bench.js';
import type { Bench } from './bench.js';
import type { Identity } from './servers.js';

export { leafOf };

export const past = new Date(Date.now() - 86_400_000);
export const future = new Date(Date.now() + 86_400_000);

export interface Chain {
  root: TestCertificate;
  intermediate: TestCertificate;
  leaf: TestCertificate;
}

export async function makeChain(
  name: string,
  leafSpec: Partial<CertificateSpec> = {},
  intermediateSpec: Partial<CertificateSpec> = {},
): Promise<Chain> {
  const root = await createCertificate({ commonName: `${name} Root` });
  const intermediate = await createCertificate({
    commonName: `${name} Issuing CA`,
    issuer: root,
    ...intermediateSpec,
  });
  const leaf = await leafOf(intermediate, leafSpec);
  return { root, intermediate, leaf };
}

/** Names the place of the issuer. */
export function issuerAt(url: string): AuthorityInfoAccessExtension {
  return new AuthorityInfoAccessExtension({ caIssuers: [url] });
}

/** nameConstraints: permittedSubtrees [0] { GeneralSubtree { dNSName [2] } } (RFC 5280 §4.2.1.10). */
export function permitDns(name: string): Extension {
  const dns = Buffer.concat([Buffer.from([0x82, name.length]), Buffer.from(name)]);
  const wrap = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([tag, content.length]), content]);
  return new Extension('2.5.29.30', true, new Uint8Array(wrap(0x30, wrap(0xa0, wrap(0x30, dns)))));
}

/** A critical extension that holds nothing. */
export function critical(oid: string): Extension {
  return new Extension(oid, true, new Uint8Array([5, 0]));
}

function curveArguments([curve = '', ...more]: readonly string[]): string[] {
  return [`ec_paramgen_curve:${curve}`, ...more];
}

/** Uses OpenSSL for keys and hashes that the other tool does not make. */
export function opensslIdentity(
  bench: Bench,
  options: { bits: number; hash: string; rootCurve?: readonly string[] },
): Identity & { rootPem: string } {
  const path = (name: string): string => bench.path(`weak-${name}`);
  const config = bench.file(
    'weak.cnf',
    '[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n' +
      '[leaf]\nsubjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n',
  );
  tool('openssl', [
    ...['req', '-x509', '-nodes', '-sha256', '-days', '30'],
    ...(options.rootCurve === undefined
      ? ['-newkey', 'rsa:2048']
      : ['-newkey', 'ec', '-pkeyopt', ...curveArguments(options.rootCurve)]),
    ...['-subj', '/CN=Weak Test Root', '-config', config, '-extensions', 'ca'],
    ...['-keyout', path('ca.key'), '-out', path('ca.pem')],
  ]);
  tool('openssl', ['genrsa', '-out', path('leaf.key'), String(options.bits)]);
  tool('openssl', [
    ...['req', '-new', '-key', path('leaf.key'), '-subj', '/CN=localhost'],
    ...['-config', config, '-out', path('leaf.csr')],
  ]);
  tool('openssl', [
    ...['x509', '-req', '-in', path('leaf.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key')],
    ...['-CAcreateserial', `-${options.hash}`, '-days', '30', '-out', path('leaf.pem')],
    ...['-extfile', config, '-extensions', 'leaf'],
  ]);
  return {
    pem: readFileSync(path('leaf.pem'), 'utf8'),
    keyPem: readFileSync(path('leaf.key'), 'utf8'),
    rootPem: readFileSync(path('ca.pem'), 'utf8'),
  };
}
