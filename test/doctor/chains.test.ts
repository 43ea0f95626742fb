/**
 * Chains that are refused, from real servers.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { EKU, createCertificate, toPem } from '../helpers/pki.js';
import { trustedPem } from '../helpers/roots.js';
import { tool } from './bench.js';
import type { Bench } from './bench.js';
import {
  future,
  issuerAt,
  leafOf,
  makeChain,
  opensslIdentity,
  past,
  permitDns,
} from './pki-set.js';
import { fileServer, identity, installServers, nginx, opensslServer } from './servers.js';
import { testSetups } from './setups.js';

installServers();

testSetups('chains', [
  {
    name: 'the root of a TLS-inspecting proxy, only in the system store',
    expected: 'system-only-root',
    remedy: /inject\(\)/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Zscaler');
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const target = `https://localhost:${port}/`;
      const { explanation } = await bench.doctor(target);
      assert.match(explanation.diagnoses[0]?.summary ?? '', /inspecting proxy: Zscaler/);
      return {
        target,
        client: { port },
        cure: () => Promise.resolve({ client: { port, inject: true } }),
      };
    },
  },
  ...(['DER', 'PEM', 'PKCS#7'] as const).map((form) => ({
    name: `an intermediate left out, to be had by HTTP as ${form}`,
    expected: 'missing-intermediate' as const,
    remedy: /--fix/,
    build: async (bench: Bench) => {
      let file: Uint8Array = Buffer.alloc(0);
      const web = await fileServer(bench, () => file);
      const { root, intermediate, leaf } = await makeChain('Forgetful', {
        extensions: [issuerAt(`http://127.0.0.1:${web}/ca`)],
      });
      file = encode(bench, intermediate, form);
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf));
      const target = `localhost:${port}`;
      return {
        target,
        args: ['--allow-private'],
        client: { port, inject: true },
        cure: async () => {
          const { status, stderr } = await bench.command(
            ...['doctor', target, '--fix', '--allow-private'],
          );
          assert.match(stderr, /saved .*forgetful-issuing-ca-[0-9a-f]{8}\.pem/);
          assert.equal(status, 30);
          return undefined;
        },
      };
    },
  })),
  {
    name: 'two intermediates left out, one behind the other',
    expected: 'missing-intermediate',
    remedy: /--fix/,
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
      const target = `localhost:${port}`;
      return {
        target,
        args: ['--allow-private'],
        client: { port, inject: true },
        cure: async () => {
          await bench.command('doctor', target, '--fix', '--allow-private');
          const saved = readdirSync(join(bench.configHome, 'os-truststore', 'certs'));
          assert.equal(saved.length, 2);
          return undefined;
        },
      };
    },
  },
  {
    name: 'an intermediate left out, which the system store has',
    expected: 'missing-intermediate',
    remedy: /inject\(\)/,
    mended: 'missing-intermediate',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Known');
      bench.system(intermediate.pem, root.pem);
      bench.extra(root.pem);
      const { port } = await nginx(bench, identity(leaf));
      return {
        target: `localhost:${port}`,
        client: { port },
        cure: () => Promise.resolve({ client: { port, inject: true } }),
      };
    },
  },
  {
    name: 'an intermediate left out, and no word of where it is',
    expected: 'unknown-issuer',
    remedy: /send it/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Silent');
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(leaf, intermediate));
          return undefined;
        },
      };
    },
  },
  {
    name: 'an expired certificate of the server',
    expected: 'expired',
    remedy: /renewed/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Late', { validTo: past });
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(await leafOf(intermediate), intermediate));
          return undefined;
        },
      };
    },
  },
  {
    name: 'an expired intermediate the server sends',
    expected: 'expired',
    remedy: /present chain/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Old', {}, { validTo: past });
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const renewed = await createCertificate({
            commonName: 'Old Issuing CA',
            issuer: root,
            keys: intermediate.keys,
          });
          await server.change(identity(leaf, renewed));
          return undefined;
        },
      };
    },
  },
  {
    name: 'a certificate that is not valid yet',
    expected: 'not-yet-valid',
    remedy: /clock of this machine|valid now/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Early', { validFrom: future });
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(await leafOf(intermediate), intermediate));
          return undefined;
        },
      };
    },
  },
  {
    name: 'a certificate for other names',
    expected: 'wrong-host',
    remedy: /one of those names/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Elsewhere', {
        dns: ['www.other.test'],
        ip: [],
      });
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () =>
          Promise.resolve({
            args: ['--servername', 'www.other.test'],
            client: { port, inject: true, servername: 'www.other.test' },
          }),
      };
    },
  },
  {
    name: 'a server that vouches for itself',
    expected: 'self-signed',
    remedy: /fingerprint.*--fix/s,
    mended: 'user-only-root',
    build: async (bench) => {
      const leaf = await leafOf(undefined);
      const { port } = await nginx(bench, identity(leaf));
      const target = `localhost:${port}`;
      return {
        target,
        client: { port, inject: true },
        cure: async () => {
          const refused = await bench.command('doctor', target, '--fix');
          assert.match(refused.stderr, /no terminal to ask on/);
          const { stderr } = await bench.command('doctor', target, '--fix', '--yes');
          assert.match(stderr, /saved .*localhost-[0-9a-f]{8}\.pem/);
          return undefined;
        },
      };
    },
  },
  {
    name: 'a root that is in no list',
    expected: 'untrusted-root',
    remedy: /as a file to /,
    mended: 'user-only-root',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Foreign');
      const { port } = await nginx(bench, identity(leaf, intermediate, root));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () => {
          bench.user('foreign.pem', root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a root the system distrusts',
    expected: 'distrusted',
    remedy: /take the distrust out of .*system\.pem/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Banned');
      bench.system(trustedPem(root.der, { reject: [EKU.serverAuth] }));
      bench.user('banned.pem', root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () => {
          bench.system(root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an intermediate the system distrusts',
    expected: 'distrusted',
    remedy: /take the distrust out of .*system\.pem/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Half-banned');
      bench.system(root.pem, trustedPem(intermediate.der, { reject: [EKU.serverAuth] }));
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () => {
          bench.system(root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an expired copy of the intermediate in NODE_EXTRA_CA_CERTS',
    expected: 'expired-twin',
    remedy: /Take it out of .*extra\.pem/,
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
        cure: () => {
          delete bench.env['NODE_EXTRA_CA_CERTS'];
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an orphan cross-sign in NODE_EXTRA_CA_CERTS',
    expected: 'orphan-cross-sign',
    remedy: /inject\(\)/,
    mended: 'orphan-cross-sign',
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
        cure: () => Promise.resolve({ client: { port, inject: true } }),
      };
    },
  },
  {
    name: 'two roots of one name, and no key identifier to tell them apart',
    expected: 'same-name-roots',
    remedy: /exclude: \['[0-9a-f]{64}'\]/,
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
        cure: () => {
          bench.system(right.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a root that was renewed with another key',
    expected: 'same-name-roots',
    remedy: /present certificate of/,
    build: async (bench) => {
      const old = await createCertificate({ commonName: 'Renewed Root' });
      const present = await createCertificate({ commonName: 'Renewed Root' });
      bench.system(old.pem);
      const { port } = await nginx(bench, identity(await leafOf(present), present));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () => {
          bench.system(old.pem, present.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a client’s certificate on a server',
    expected: 'wrong-usage',
    remedy: /serverAuth/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Misused', { eku: [EKU.clientAuth] });
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const proper = await leafOf(intermediate, { eku: [EKU.serverAuth] });
          await server.change(identity(proper, intermediate));
          return undefined;
        },
      };
    },
  },
  {
    name: 'an intermediate for e-mail only',
    expected: 'wrong-usage',
    remedy: /serverAuth/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain(
        'Postal',
        {},
        {
          eku: [EKU.emailProtection],
        },
      );
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const proper = await createCertificate({
            commonName: 'Postal Issuing CA',
            issuer: root,
            keys: intermediate.keys,
            eku: [EKU.serverAuth],
          });
          await server.change(identity(leaf, proper));
          return undefined;
        },
      };
    },
  },
  {
    name: 'an issuer that is no CA',
    expected: 'not-a-ca',
    remedy: /CA:TRUE/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain(
        'Pretender',
        {},
        {
          ca: false,
        },
      );
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const proper = await createCertificate({
            commonName: 'Pretender Issuing CA',
            issuer: root,
            keys: intermediate.keys,
          });
          await server.change(identity(leaf, proper));
          return undefined;
        },
      };
    },
  },
  {
    name: 'a CA outside its name constraints',
    expected: 'constraint',
    remedy: /name constraints/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain(
        'Bounded',
        { ip: [] },
        {
          extensions: [permitDns('inside.test')],
        },
      );
      bench.system(root.pem);
      const server = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const wider = await createCertificate({
            commonName: 'Bounded Issuing CA',
            issuer: root,
            keys: intermediate.keys,
            extensions: [permitDns('localhost')],
          });
          await server.change(identity(leaf, wider));
          return undefined;
        },
      };
    },
  },
  ...(
    [
      ['a key that is too short', 'weak-key', { bits: 768, hash: 'sha256' }],
      ['a signature with SHA-1', 'weak-signature', { bits: 2048, hash: 'sha1' }],
    ] as const
  ).map(([name, expected, weakness]) => ({
    name,
    expected,
    remedy: /new one/,
    build: async (bench: Bench) => {
      const weak = opensslIdentity(bench, weakness);
      bench.system(weak.rootPem);
      const settings = 'ssl_ciphers ALL:@SECLEVEL=0;';
      const server = await nginx(bench, weak, settings);
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          const proper = opensslIdentity(bench, { bits: 2048, hash: 'sha256' });
          bench.system(proper.rootPem);
          await server.change(proper);
          return undefined;
        },
      };
    },
  })),
  {
    name: 'a ca option with another CA in it',
    expected: 'ca-replaces-defaults',
    remedy: /getTrustedCAs/,
    mended: 'ok',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Default');
      const other = await createCertificate({ commonName: 'Other Root' });
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const bundle = bench.path('merged.pem');
      return {
        target: `localhost:${port}`,
        args: ['--ca', bench.file('other.pem', other.pem)],
        client: { port, ca: [other.pem] },
        cure: async () => {
          await bench.command('export', '-o', bundle);
          return { args: ['--ca', bundle], client: { port, trusted: [other.pem] } };
        },
      };
    },
  },
  {
    name: 'an intermediate added as if it were a root',
    expected: 'partial-chain',
    remedy: /Add “Topless Root” beside it/,
    mended: 'user-only-root',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Topless');
      bench.user('intermediate.pem', intermediate.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${port}`,
        client: { port, inject: true },
        cure: () => {
          bench.user('root.pem', root.pem);
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'a signature that was tampered with',
    expected: 'bad-signature',
    remedy: /install/,
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Forged');
      const der = Buffer.from(leaf.der);
      der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
      const forged = { ...identity(leaf, intermediate), pem: toPem(der) };
      bench.system(root.pem);
      const first = await opensslServer(bench, forged);
      return {
        target: `localhost:${first.port}`,
        client: { port: first.port, inject: true },
        cure: async () => {
          const { port } = await nginx(bench, identity(leaf, intermediate));
          return { target: `localhost:${port}`, client: { port, inject: true } };
        },
      };
    },
  },
]);

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
