/**
 * Chains that a certificate of a list leads astray or that distrust ends, and programs with a `ca` option.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { EKU, createCertificate } from '../../helpers/pki.js';
import { trustedPem } from '../../helpers/roots.js';
import { issuerAt, leafOf, makeChain, past } from '../pki-set.js';
import { fileServer, identity, nginx } from '../servers.js';
import type { Setup } from '../setups.js';
import { ownedServer, pathAfter } from './server-owners.js';

/** Takes a certificate out of the file that the remedy names. */
function takeOut(pem: string, remedy: string): Promise<undefined> {
  const file = pathAfter(/Take it out of/, remedy);
  writeFileSync(file, readFileSync(file, 'utf8').replace(pem, ''));
  return Promise.resolve(undefined);
}

export const listSetups: readonly Setup[] = [
  {
    name: 'a root the system distrusts',
    expected: 'distrusted',
    cures: ['file'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Banned');
      bench.system(trustedPem(root.der, { reject: [EKU.serverAuth] }));
      bench.user('banned.pem', root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => {
          writeFileSync(pathAfter(/take the distrust out of/, remedy), root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an intermediate the system distrusts',
    expected: 'distrusted',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Half-banned');
      bench.system(root.pem, trustedPem(intermediate.der, { reject: [EKU.serverAuth] }));
      const other = await createCertificate({ commonName: 'Other Issuing CA', issuer: root });
      return await ownedServer(bench, { identity: identity(leaf, intermediate) }, async () => ({
        identity: identity(await leafOf(other), other),
      }));
    },
  },
  {
    name: 'a server’s certificate that the system distrusts',
    expected: 'distrusted',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Revoked');
      bench.system(root.pem, trustedPem(leaf.der, { reject: [EKU.serverAuth] }));
      return await ownedServer(bench, { identity: identity(leaf, intermediate) }, async () => ({
        identity: identity(await leafOf(intermediate), intermediate),
      }));
    },
  },
  {
    name: 'an expired copy of the intermediate in NODE_EXTRA_CA_CERTS',
    expected: 'expired-twin',
    cures: ['code', 'file'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Twin');
      const old = await createCertificate({
        commonName: 'Twin Issuing CA',
        issuer: root,
        keys: intermediate.keys,
        validTo: past,
      });
      bench.system(root.pem);
      bench.extra(old.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => takeOut(old.pem, remedy),
      };
    },
  },
  {
    name: 'an orphan cross-sign in NODE_EXTRA_CA_CERTS',
    expected: 'orphan-cross-sign',
    cures: ['code', 'command', 'file'],
    mended: 'ok',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Crossed');
      const gone = await createCertificate({ commonName: 'Gone Root' });
      const cross = await createCertificate({
        commonName: 'Crossed Issuing CA',
        issuer: gone,
        keys: intermediate.keys,
      });
      bench.extra(cross.pem, root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port },
        byPeople: (remedy) => takeOut(cross.pem, remedy),
      };
    },
  },
  {
    name: 'two roots of one name, and no key identifier to tell them apart',
    expected: 'same-name-roots',
    cures: ['code', 'file'],
    build: async (bench) => {
      const plain = { commonName: 'Namesake Root', keyIdentifiers: false };
      const right = await createCertificate({ ...plain, validFrom: new Date('2020-01-01') });
      const wrong = await createCertificate({ ...plain, validFrom: new Date('2024-01-01') });
      bench.system(wrong.pem, right.pem);
      const leaf = await leafOf(right, { keyIdentifiers: false });
      const { port } = await nginx(bench, identity(leaf));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => takeOut(wrong.pem, remedy),
      };
    },
  },
  {
    name: 'two roots of one name, of which the owner of the server thinks',
    expected: 'same-name-roots',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const right = await createCertificate({ commonName: 'Twins Root', validFrom: new Date(0) });
      const wrong = await createCertificate({ commonName: 'Twins Root' });
      bench.system(wrong.pem, right.pem);
      const leaf = await leafOf(right, { keyIdentifiers: false });
      return await ownedServer(bench, { identity: identity(leaf) }, async () => ({
        identity: identity(await leafOf(right)),
      }));
    },
  },
  {
    name: 'a ca option with another CA in it',
    expected: 'ca-replaces-defaults',
    cures: ['code'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Default');
      const other = await createCertificate({ commonName: 'Other Root' });
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        args: ['--ca', bench.file('other.pem', other.pem)],
        client: { port, ca: [other.pem] },
        fill: { CA: "readFileSync('other.pem')" },
      };
    },
  },
  {
    name: 'a ca option with nothing in it',
    expected: 'empty-ca',
    cures: ['code', 'by-hand'],
    mended: 'ok',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Emptied');
      bench.system(root.pem);
      bench.extra(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        args: ['--ca', bench.file('empty.pem', '')],
        client: { port, ca: [] },
        // Leaves the option out.
        byPeople: () => Promise.resolve({ args: [], client: { port } }),
      };
    },
  },
  {
    name: 'a ca option whose server leaves out its intermediate',
    expected: 'missing-intermediate',
    cures: ['by-hand', 'other-person'],
    who: 'server',
    mended: 'ok',
    build: async (bench) => {
      let file: Uint8Array = Buffer.alloc(0);
      const web = await fileServer(bench, () => file);
      const { root, intermediate, leaf } = await makeChain('Listed', {
        extensions: [issuerAt(`http://127.0.0.1:${web}/ca`)],
      });
      file = intermediate.der;
      const { port } = await nginx(bench, identity(leaf));
      const both = bench.file('both.pem', root.pem + intermediate.pem);
      return {
        target: `localhost:${port}`,
        args: ['--allow-private', '--ca', bench.file('root.pem', root.pem)],
        client: { port, ca: [root.pem] },
        // Adds the certificate to those of the option.
        byPeople: () =>
          Promise.resolve({
            args: ['--ca', both],
            client: { port, ca: [root.pem, intermediate.pem] },
          }),
      };
    },
  },
  {
    name: 'a root that the system keeps for e-mail',
    expected: 'wrong-usage',
    cures: ['other-person'],
    who: 'ca',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Mailing');
      bench.system(trustedPem(root.der, { trust: [EKU.emailProtection] }));
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: () => {
          bench.system(trustedPem(root.der, { trust: [EKU.emailProtection, EKU.serverAuth] }));
          return Promise.resolve(undefined);
        },
      };
    },
  },
];
