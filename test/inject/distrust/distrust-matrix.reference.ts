/**
 * Determines the right outcome of a row twice: by the rule the package keeps, and by OpenSSL's own tool, which never
 * sees what is distrusted.
 */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';

import { loadBinding, wholePolicy } from '../../../dist/addon/load-binding.js';
import type { ListedCertificate } from '../../../dist/addon/native-binding.js';
import { isSignedBy } from '../../../dist/certificate/certificate.js';
import { findCleanPath } from '../../../dist/chain/peers/clean-path.js';
import type { TestCertificate } from '../../helpers/pki.js';
import { codeOf } from '../attempts.js';
import { writeFile } from '../harness.js';
import type { Outcome, Row, Table } from './distrust-matrix.table.js';

/** Returns the issuer and the serial number, as Node prints them. */
function identityOf(pem: string): string {
  const { issuer, serialNumber } = new X509Certificate(pem);
  return `${serialNumber} ${issuer}`;
}

function identitiesOf({ distrusted }: Table): ReadonlySet<string> {
  return new Set(distrusted.map(({ pem }) => identityOf(pem)));
}

const join = (certificates: readonly TestCertificate[]): string =>
  certificates.map(({ pem }) => pem).join('');

/** Decides by the rule; `accepted` is OpenSSL's verdict on the chain as it is sent. */
export function byRule(row: Row, table: Table, accepted: boolean): Outcome {
  if (!accepted) return 'refused';
  const distrusted = identitiesOf(table);
  const read = (pem: string): ListedCertificate[] =>
    loadBinding().parse(Buffer.from(pem), wholePolicy()).certificates;
  const trusted = read(join(table.trusted));
  const [leaf] = read(row.leaf.pem);
  if (!leaf) throw new Error(`the leaf of ${row.name} cannot be read`);
  const path = findCleanPath(
    { leaf, sent: read(join(row.sent)) },
    {
      trusted: (name) => trusted.filter(({ subjectName }) => subjectName === name),
      endsChain: ({ looksSelfSigned }) => looksSelfSigned,
      isDistrusted: ({ pem }) => distrusted.has(identityOf(pem)),
      isSignedBy: (certificate, issuer) =>
        isSignedBy(new X509Certificate(certificate.pem), new X509Certificate(issuer.pem)),
      mayStand: () => true,
    },
  );
  return path ? 'accepted' : 'rejected';
}

/**
 * Decides by `openssl verify`: once with the chain as it is, and once with the distrusted certificates removed from it.
 * The set in force holds none of them.
 */
export function byOpenssl(row: Row, table: Table, directory: string): Outcome {
  const distrusted = identitiesOf(table);
  const isClean = ({ pem }: TestCertificate): boolean => !distrusted.has(identityOf(pem));
  const set = writeFile(directory, 'set.pem', join(table.trusted));
  const leaf = writeFile(directory, 'leaf.pem', row.leaf.pem);
  const verify = (sent: readonly TestCertificate[]): boolean => {
    const untrusted = sent.length > 0 ? writeFile(directory, 'sent.pem', join(sent)) : undefined;
    return opensslVerifies(set, untrusted, leaf);
  };
  if (!verify(row.sent)) return 'refused';
  return isClean(row.leaf) && verify(row.sent.filter(isClean)) ? 'accepted' : 'rejected';
}

function opensslVerifies(set: string, untrusted: string | undefined, leaf: string): boolean {
  const { status, error, stderr } = spawnSync(
    'openssl',
    [
      ...['verify', '-no-CApath', '-CAfile', set, '-purpose', 'sslserver'],
      // OpenSSL takes an empty file for an error.
      ...(untrusted === undefined ? [] : ['-untrusted', untrusted]),
      leaf,
    ],
    { encoding: 'utf8' },
  );
  // Without the tool nothing is confirmed, so its absence fails.
  if (error) throw error;
  if (status !== 0 && !/^error \d+ at \d+ depth lookup/m.test(stderr)) throw new Error(stderr);
  return status === 0;
}

/** Returns this runtime's verdict with the set in force alone, ignoring distrust: `ok`, or its code. */
export function askRuntime(port: number, table: Table): Promise<string> {
  const options = { port, host: '127.0.0.1', servername: 'localhost', ca: join(table.trusted) };
  return new Promise((resolve) => {
    const socket = tls.connect(options, () => {
      socket.destroy();
      resolve('ok');
    });
    socket.on('error', (error) => {
      resolve(codeOf(error));
    });
  });
}
