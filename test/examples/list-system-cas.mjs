import { X509Certificate } from 'node:crypto';
import { getSystemCAs, getTrustedCAs } from 'os-truststore';

// PEM texts: what the operating system trusts.
for (const pem of getSystemCAs()) {
  console.log(new X509Certificate(pem).subject.replaceAll('\n', ', '));
}

// What inject() installs: Node's roots, the system's and yours, without what the system distrusts.
console.log(`${getTrustedCAs().length} in all`);
