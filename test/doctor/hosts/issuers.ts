/**
 * Chains that end nowhere, or at a root that only some list has.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createCertificate } from '../../helpers/pki.js';
import { tool } from '../bench.js';
import type { Bench } from '../bench.js';
import { issuerAt, leafOf, makeChain, past } from '../pki-set.js';
import { fileServer, identity, nginx } from '../servers.js';
import type { Broken, Setup } from '../setups.js';
import { ownedServer, pathAfter } from './server-owners.js';

/** A server that leaves out its intermediate, which lies on another server. */
async function forgetful(bench: Bench, form: 'DER' | 'PEM' | 'PKCS#7'): Promise<Broken> {
  let file: Uint8Array = Buffer.alloc(0);
  const web = await fileServer(bench, () => file);
  const { root, intermediate, leaf } = await makeChain('Forgetful', {
    extensions: [issuerAt(`http://127.0.0.1:${web}/ca`)],
  });
  file = encode(bench, intermediate, form);
  bench.system(root.pem);
  const broken = await ownedServer(bench, { identity: identity(leaf) }, () => ({
    identity: identity(leaf, intermediate),
  }));
  return { ...broken, args: ['--allow-private'] };
}

function encode(
  bench: Bench,
  { der, pem }: { der: Buffer; pem: string },
  form: 'DER' | 'PEM' | 'PKCS#7',
): Uint8Array {
  if (form === 'DER') return der;
  if (form === 'PEM') return Buffer.from(pem);
  const certificates = bench.file('certificates.pem', pem);
  const out = bench.path('certificates.p7c');
  tool('openssl', [
    ...['crl2pkcs7', '-nocrl', '-certfile', certificates, '-outform', 'DER', '-out', out],
  ]);
  return readFileSync(out);
}

/** Saves a certificate into the directory that the remedy names. */
function saveTo(directory: string, pem: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'added.pem'), pem);
}

export const issuerSetups: readonly Setup[] = [
  {
    name: 'the root of a TLS-inspecting proxy, only in the system store',
    expected: 'system-only-root',
    cures: ['code', 'command'],
    says: /inspecting proxy: Zscaler/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Zscaler');
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { target: `https://localhost:${port}/`, client: { port } };
    },
  },
  {
    name: 'a root that only the user trusts',
    expected: 'user-only-root',
    cures: ['code', 'command'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Private');
      bench.user('private.pem', root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { target: `wss://localhost:${port}/socket`, client: { port } };
    },
  },
  ...(['DER', 'PEM', 'PKCS#7'] as const).map((form): Setup => {
    return {
      name: `an intermediate left out, to be had by HTTP as ${form}`,
      expected: 'missing-intermediate',
      cures: form === 'DER' ? ['fix', 'other-person'] : ['fix'],
      ...(form === 'DER' ? { who: 'server' } : {}),
      build: async (bench) => {
        const { byPeople, ...broken } = await forgetful(bench, form);
        return form === 'DER' && byPeople ? { ...broken, byPeople } : broken;
      },
    };
  }),
  {
    name: 'an intermediate left out, to be had at a private address only',
    expected: 'unknown-issuer',
    cures: ['command', 'fix'],
    build: async (bench) => {
      const { target, client } = await forgetful(bench, 'DER');
      return { target, client, args: [] };
    },
    mended: 'system-only-root',
  },
  {
    name: 'two intermediates left out, one behind the other',
    expected: 'missing-intermediate',
    cures: ['fix'],
    build: async (bench) => {
      const files = new Map<string, Uint8Array>();
      let asked = 0;
      const web = await fileServer(
        bench,
        () => [...files.values()][asked++ % 2] ?? Buffer.alloc(0),
      );
      const url = `http://127.0.0.1:${web}`;
      const root = await createCertificate({ commonName: 'Deep Root' });
      const upper = await createCertificate({ commonName: 'Deep Upper CA', issuer: root });
      const lower = await createCertificate({
        commonName: 'Deep Lower CA',
        issuer: upper,
        extensions: [issuerAt(`${url}/upper`)],
      });
      const leaf = await leafOf(lower, { extensions: [issuerAt(`${url}/lower`)] });
      files.set('lower', lower.der).set('upper', upper.der);
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf));
      return {
        target: `localhost:${port}`,
        args: ['--allow-private'],
        client: { port, inject: true },
      };
    },
  },
  {
    name: 'an intermediate left out, which the system store has',
    expected: 'missing-intermediate',
    cures: ['code', 'command', 'other-person'],
    who: 'server',
    mended: 'ok',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Known');
      bench.system(intermediate.pem, root.pem);
      bench.extra(root.pem);
      const broken = await ownedServer(bench, { identity: identity(leaf) }, () => ({
        identity: identity(leaf, intermediate),
      }));
      return { ...broken, client: { port: broken.client.port } };
    },
  },
  {
    name: 'an intermediate left out, and no word of where it is',
    expected: 'unknown-issuer',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Silent');
      bench.system(root.pem);
      return await ownedServer(bench, { identity: identity(leaf) }, () => ({
        identity: identity(leaf, intermediate),
      }));
    },
  },
  ...[false, true].map((ca): Setup => {
    return {
      name: `a server that vouches for itself${ca ? ', as openssl req -x509 makes it' : ''}`,
      expected: 'self-signed',
      cures: ['fix'],
      mended: 'user-only-root',
      build: async (bench) => {
        const leaf = await leafOf(undefined, { ca, keyUsage: null });
        const { port } = await nginx(bench, identity(leaf));
        const target = `localhost:${port}`;
        const refused = await bench.command('doctor', target, '--fix');
        assert.match(refused.stderr, /no terminal to ask on/);
        return { target, client: { port, inject: true }, answer: 'yes' };
      },
    };
  }),
  {
    name: 'a server that vouches for itself, with an expired certificate',
    expected: 'expired',
    cures: ['other-person'],
    who: 'server',
    mended: 'user-only-root',
    build: async (bench) => {
      const late = await leafOf(undefined, { validTo: past });
      const renewed = await leafOf(undefined);
      return await ownedServer(bench, { identity: identity(late) }, () => {
        bench.user('renewed.pem', renewed.pem);
        return { identity: identity(renewed) };
      });
    },
  },
  {
    name: 'a root that is in no list',
    expected: 'untrusted-root',
    cures: ['file'],
    mended: 'user-only-root',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Foreign');
      const { port } = await nginx(bench, identity(leaf, intermediate, root));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => {
          saveTo(pathAfter(/as a file to/, remedy), root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a root that was renewed with another key',
    expected: 'same-name-roots',
    cures: ['file'],
    mended: 'user-only-root',
    build: async (bench) => {
      const old = await createCertificate({ commonName: 'Renewed Root' });
      const present = await createCertificate({ commonName: 'Renewed Root' });
      bench.system(old.pem);
      const { port } = await nginx(bench, identity(await leafOf(present), present));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => {
          saveTo(pathAfter(/to the system store or to/, remedy), present.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an intermediate added as if it were a root',
    expected: 'partial-chain',
    cures: ['file', 'other-person'],
    who: 'ca',
    mended: 'user-only-root',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Topless');
      bench.user('intermediate.pem', intermediate.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: (remedy) => {
          assert.match(remedy, /“Topless Root”.* beside it/);
          bench.user('root.pem', root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an intermediate in the system store as if it were a root',
    expected: 'partial-chain',
    cures: ['file', 'other-person'],
    who: 'ca',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Headless');
      bench.system(intermediate.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: () => {
          bench.system(intermediate.pem, root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a root in the system store that is no CA',
    expected: 'not-a-ca',
    cures: ['other-person'],
    who: 'ca',
    build: async (bench) => {
      const plain = { commonName: 'Homemade Root', keyUsage: null };
      const bad = await createCertificate({ ...plain, ca: false });
      const proper = await createCertificate({ ...plain, keys: bad.keys });
      bench.system(bad.pem);
      const { port } = await nginx(bench, identity(await leafOf(bad)));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: () => {
          bench.system(proper.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a root in the system store that has expired',
    expected: 'expired',
    cures: ['file', 'other-person'],
    who: 'ca',
    build: async (bench) => {
      const old = await createCertificate({ commonName: 'Worn Root', validTo: past });
      const renewed = await createCertificate({ commonName: 'Worn Root', keys: old.keys });
      bench.system(old.pem);
      const { port } = await nginx(bench, identity(await leafOf(old)));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        byPeople: () => {
          bench.system(renewed.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
];
