/**
 * Makes the certificates that the native tests ask for by name.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { createCertificate } from '../helpers/pki';
import { reencoded } from '../helpers/reencoded';
import { certificate, commonName, oid, sequence } from '../native/der';
import { keyHash, makeList, signatureHash } from './disallowed-list';
import { setup } from './wine';

/** Returns their directory. */
export async function writeCertificates(): Promise<string> {
  const directory = mkdtempSync(path.join(setup.scratch, 'certificates-'));
  const write = (name: string, der: Buffer): void => {
    writeFileSync(path.join(directory, `${name}.der`), der);
  };
  const root = await createCertificate({ commonName: 'root' });
  write('root', root.der);
  const dns = ['host.example'];
  const leaf = await createCertificate({ commonName: 'l', issuer: root, ca: false, dns });
  write('leaf', leaf.der);
  write('root-twin', reencoded(root.der));
  write('leaf-twin', reencoded(leaf.der));
  write('root-renewed', (await createCertificate({ commonName: 'root', keys: root.keys })).der);
  // Wine can only hash what was signed with RSA. The signature is never verified.
  const listed = certificate({
    subject: commonName('listed'),
    signatureAlgorithm: sequence(oid('1.2.840.113549.1.1.11')),
  });
  write('listed', listed);
  const listedKey = await createCertificate({ commonName: 'listed key' });
  write('listed-key', listedKey.der);
  write(
    'listed-key-renewed',
    (await createCertificate({ commonName: 'x', keys: listedKey.keys })).der,
  );
  write('list', makeList([signatureHash(listed), keyHash(listedKey.der)]));
  const others = Array.from({ length: 2000 }, (_, index) => Buffer.alloc(16, `${String(index)},`));
  write('long-list', makeList([...others, keyHash(listedKey.der)]));
  write('list-of-chain', makeList([keyHash(leaf.der)]));
  write('other-list', makeList([keyHash(listedKey.der)], '1.3.6.1.4.1.311.10.3.9'));
  for (const name of ['other', 'user', 'programme', 'disallowed', 'intermediate', 'person']) {
    write(name, (await createCertificate({ commonName: name, ca: name !== 'person' })).der);
  }
  return directory;
}
