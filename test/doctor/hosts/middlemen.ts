/**
 * Proxies, and PostgreSQL.
 */
import assert from 'node:assert/strict';

import type { Bench } from '../bench.js';
import { issuerAt, makeChain } from '../pki-set.js';
import { fileServer, identity, nginx, postgres, proxyServer } from '../servers.js';
import type { Broken, Setup } from '../setups.js';
import { trustedChain } from './server-owners.js';

/** A server behind a proxy that answers 407 to all but this name and password. */
async function guarded(
  bench: Bench,
  given: string,
  name: string,
  password: string,
): Promise<Broken> {
  const { intermediate, leaf } = await trustedChain(bench, 'Guarded');
  const { port } = await nginx(bench, identity(leaf, intermediate));
  const wanted = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  const proxy = await proxyServer(bench, (shown) => (shown === wanted ? 200 : 407));
  bench.env['HTTPS_PROXY'] = `http://${given}127.0.0.1:${proxy}`;
  return {
    target: `https://localhost:${port}/`,
    client: { port, inject: true, proxy: true },
    fill: { USER: name, PASSWORD: encodeURIComponent(password) },
  };
}

/**
 * Connects with libpq, a different program, which never makes anchors of intermediates, and the file that `export`
 * writes.
 */
async function psql(bench: Bench, port: number, expected: 'ok' | 'refused'): Promise<void> {
  const bundle = bench.path('bundle.pem');
  const exported = await bench.command('export', '--intermediates', '-o', bundle);
  assert.equal(exported.status, 0, exported.stderr);
  const connection = `host=localhost port=${port} user=test dbname=postgres sslmode=verify-full sslrootcert=${bundle}`;
  const { status, stderr } = await bench.run('psql', [connection, '-Atc', 'select 1']);
  assert.equal(status === 0 ? 'ok' : 'refused', expected, stderr);
}

export const middlemanSetups: readonly Setup[] = [
  {
    name: 'a proxy that wants credentials',
    expected: 'proxy-authentication',
    cures: ['variable'],
    who: 'proxy',
    build: async (bench) => {
      const broken = await guarded(bench, '', 'me', 's3cret');
      const { env } = bench;
      bench.env['HTTPS_PROXY'] = env['HTTPS_PROXY']?.replace('//', '//me:s3cret@');
      for (const form of ['--json', '--report', '--showcerts']) {
        const { stdout, stderr } = await bench.command('doctor', broken.target, form);
        assert.ok(!`${stdout}${stderr}`.includes('s3cret'));
      }
      bench.env['HTTPS_PROXY'] = env['HTTPS_PROXY']?.replace('me:s3cret@', '');
      return broken;
    },
  },
  {
    name: 'a proxy with another password, which has an @ in it',
    expected: 'proxy-authentication',
    cures: ['variable'],
    who: 'proxy',
    build: (bench) => guarded(bench, 'me:old@', 'me', 'p@ss/w:rd%'),
  },
  {
    name: 'a proxy that does not allow the host',
    expected: 'proxy',
    cures: ['variable', 'other-person'],
    who: 'proxy',
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Walled');
      const { port } = await nginx(bench, identity(leaf, intermediate));
      let status = 403;
      const proxy = await proxyServer(bench, () => status);
      bench.env['HTTPS_PROXY'] = `http://127.0.0.1:${proxy}`;
      return {
        target: `localhost:${port}`,
        client: { port, inject: true, proxy: true },
        byPeople: () => {
          status = 200;
          return Promise.resolve(undefined);
        },
      };
    },
  },
  {
    name: 'an outside name, which the proxy alone knows',
    expected: 'dns',
    cures: ['variable'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Outside', { dns: ['shop.invalid'] });
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const proxy = await proxyServer(bench, () => 200);
      return {
        target: `shop.invalid:${port}`,
        client: { port, host: 'shop.invalid', inject: true, proxy: true },
        fill: { 'PROXY:PORT': `127.0.0.1:${proxy}` },
      };
    },
  },
  {
    name: 'an address without a way to it, but for the proxy',
    expected: 'unreachable',
    cures: ['variable'],
    build: async (bench) => {
      // Linux refuses to connect to it at once, and nothing leaves the machine.
      const host = '255.255.255.255';
      const { root, intermediate, leaf } = await makeChain('Remote', { dns: [], ip: [host] });
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const proxy = await proxyServer(bench, () => 200);
      return {
        target: `${host}:${port}`,
        client: { port, host, inject: true, proxy: true },
        fill: { 'PROXY:PORT': `127.0.0.1:${proxy}` },
      };
    },
  },
  {
    name: 'PostgreSQL with TLS switched off',
    expected: 'no-starttls',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Open');
      const server = await postgres(bench, undefined);
      return {
        target: `postgres://localhost:${server.port}/`,
        client: { port: server.port, inject: true, startTls: 'postgres' },
        forOthers: /--starttls none/,
        byPeople: async () => {
          await server.change(identity(leaf, intermediate));
          await psql(bench, server.port, 'ok');
          return undefined;
        },
      };
    },
  },
  {
    name: 'PostgreSQL that leaves out its intermediate',
    expected: 'missing-intermediate',
    cures: ['fix'],
    build: async (bench) => {
      let file: Uint8Array = Buffer.alloc(0);
      const web = await fileServer(bench, () => file);
      const { root, intermediate, leaf } = await makeChain('Data', {
        extensions: [issuerAt(`http://127.0.0.1:${web}/ca.cer`)],
      });
      file = intermediate.der;
      bench.system(root.pem);
      const { port } = await postgres(bench, identity(leaf));
      return {
        target: `localhost:${port}`,
        args: ['--starttls', 'postgres', '--allow-private'],
        client: { port, inject: true, startTls: 'postgres' },
        alsoWorks: () => psql(bench, port, 'ok'),
      };
    },
  },
];
