/**
 * The certificates the native tests ask for by name.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { createCertificate } from '../helpers/pki';
import { reencoded } from '../helpers/reencoded';
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
  for (const name of ['other', 'user', 'programme', 'disallowed', 'intermediate', 'person']) {
    write(name, (await createCertificate({ commonName: name, ca: name !== 'person' })).der);
  }
  return directory;
}
