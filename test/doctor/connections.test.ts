/**
 * Connections that fail before or besides the chain; protocols that begin in plain text; PostgreSQL.
 */
import assert from 'node:assert/strict';
import * as net from 'node:net';

import { createCertificate } from '../helpers/pki.js';
import type { Bench } from './bench.js';
import { issuerAt, leafOf, makeChain } from './pki-set.js';
import type { Chain } from './pki-set.js';
import {
  fileServer,
  identity,
  installServers,
  listen,
  nginx,
  opensslServer,
  postgres,
  proxyServer,
} from './servers.js';
import { testSetups } from './setups.js';

installServers();

async function trustedChain(bench: Bench, name: string): Promise<Chain> {
  const chain = await makeChain(name);
  bench.system(chain.root.pem);
  return chain;
}

testSetups('connections', [
  {
    name: 'a name that nobody has',
    expected: 'dns',
    remedy: /spelling/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Named');
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost.invalid:${port}`,
        client: { port, host: 'localhost.invalid', inject: true },
        cure: () =>
          Promise.resolve({ target: `localhost:${port}`, client: { port, inject: true } }),
      };
    },
  },
  {
    name: 'a server that is not running',
    expected: 'refused',
    remedy: /start the server/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Idle');
      const server = await nginx(bench, identity(leaf, intermediate));
      await server.stop();
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
    name: 'a server that says nothing',
    expected: 'timeout',
    remedy: /firewalls/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Mute');
      const mute = await listen(bench, net.createServer());
      return {
        target: `localhost:${mute}`,
        args: ['--timeout', '1'],
        client: { port: mute, inject: true, timeoutMs: 3000 },
        cure: async () => {
          const { port } = await nginx(bench, identity(leaf, intermediate));
          return { target: `localhost:${port}`, args: [], client: { port, inject: true } };
        },
      };
    },
  },
  {
    name: 'a port where the connection is closed at once',
    expected: 'connection-lost',
    remedy: /port is one for TLS/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Curt');
      const curt = await listen(
        bench,
        net.createServer((socket) => {
          socket.once('data', () => socket.end());
        }),
      );
      return {
        target: `localhost:${curt}`,
        client: { port: curt, inject: true },
        cure: async () => {
          const { port } = await nginx(bench, identity(leaf, intermediate));
          return { target: `localhost:${port}`, client: { port, inject: true } };
        },
      };
    },
  },
  {
    name: 'a port for HTTP without TLS',
    expected: 'not-tls',
    remedy: /port for HTTPS/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Plain');
      const plain = await nginx(bench, identity(leaf), '# plain');
      const secure = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost:${plain.port}`,
        client: { port: plain.port, inject: true },
        cure: () =>
          Promise.resolve({
            target: `localhost:${secure.port}`,
            client: { port: secure.port, inject: true },
          }),
      };
    },
  },
  {
    name: 'a server with TLS 1.1 only',
    expected: 'tls-version',
    remedy: /TLS 1\.2 or 1\.3/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Dated');
      const settings = 'ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;';
      const server = await nginx(bench, identity(leaf, intermediate), settings);
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(leaf, intermediate), 'ssl_protocols TLSv1.2;');
          return undefined;
        },
      };
    },
  },
  {
    name: 'a server with a curve that nobody else has',
    expected: 'tls-failure',
    remedy: /curves/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Curved');
      const settings = 'ssl_ecdh_curve brainpoolP512r1; ssl_ciphers ECDHE;';
      const server = await nginx(bench, identity(leaf, intermediate), settings);
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(leaf, intermediate), 'ssl_ecdh_curve prime256v1;');
          return undefined;
        },
      };
    },
  },
  {
    name: 'a server that does not know the name',
    expected: 'unknown-server-name',
    remedy: /configuration/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Nameless');
      const server = await nginx(bench, identity(leaf, intermediate), 'ssl_reject_handshake on;');
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        cure: async () => {
          await server.change(identity(leaf, intermediate), 'server_name localhost;');
          return undefined;
        },
      };
    },
  },
  ...(['-tls1_2', '-tls1_3'] as const).map((version) => ({
    name: `a server that insists on a client certificate (${version})`,
    expected: 'client-certificate' as const,
    remedy: /cert: /,
    // The command has no client certificate.
    mended: 'client-certificate' as const,
    build: async (bench: Bench) => {
      const { root, intermediate, leaf } = await trustedChain(bench, 'Exclusive');
      const own = await createCertificate({ commonName: 'me', issuer: root, ca: false });
      const { port } = await opensslServer(
        bench,
        identity(leaf, intermediate),
        ...[version, '-Verify', '2', '-verify_return_error'],
        ...['-CAfile', bench.file('clients.pem', root.pem)],
      );
      const target = `localhost:${port}`;
      return {
        target,
        client: { port, inject: true },
        cure: () =>
          Promise.resolve({ client: { port, inject: true, cert: own.pem, key: own.keyPem } }),
      };
    },
  })),
  {
    name: 'a proxy that wants credentials',
    expected: 'proxy-authentication',
    remedy: /USER:PASSWORD@127/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Guarded');
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const wanted = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;
      const proxyPort = await proxyServer(bench, (given) => (given === wanted ? 200 : 407));
      bench.env['HTTPS_PROXY'] = `http://127.0.0.1:${proxyPort}`;
      return {
        target: `https://localhost:${port}/`,
        client: { port, inject: true, proxy: `http://127.0.0.1:${proxyPort}` },
        cure: async () => {
          const proxy = `http://me:s3cret@127.0.0.1:${proxyPort}`;
          bench.env['HTTPS_PROXY'] = proxy;
          for (const form of ['--json', '--report', '--showcerts']) {
            const { stdout, stderr } = await bench.command('doctor', `localhost:${port}`, form);
            assert.ok(!`${stdout}${stderr}`.includes('s3cret'));
          }
          return { client: { port, inject: true, proxy } };
        },
      };
    },
  },
  {
    name: 'a proxy that does not allow the host',
    expected: 'proxy',
    remedy: /NO_PROXY/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Walled');
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const proxyPort = await proxyServer(bench, () => 403);
      const proxy = `http://127.0.0.1:${proxyPort}`;
      bench.env['HTTPS_PROXY'] = proxy;
      return {
        target: `localhost:${port}`,
        client: { port, inject: true, proxy },
        cure: () => {
          bench.env['NO_PROXY'] = 'localhost';
          return Promise.resolve({ client: { port, inject: true } });
        },
      };
    },
  },
  {
    name: 'PostgreSQL with TLS switched off',
    expected: 'no-starttls',
    remedy: /switch TLS on/,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Open');
      const server = await postgres(bench, undefined);
      return {
        target: `postgres://localhost:${server.port}/`,
        client: { port: server.port, inject: true, startTls: 'postgres' },
        cure: async () => {
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
    remedy: /--fix/,
    build: async (bench) => {
      let file: Uint8Array = Buffer.alloc(0);
      const web = await fileServer(bench, () => file);
      const { root, intermediate, leaf } = await makeChain('Data', {
        extensions: [issuerAt(`http://127.0.0.1:${web}/ca.cer`)],
      });
      file = intermediate.der;
      bench.system(root.pem);
      const { port } = await postgres(bench, identity(leaf));
      const target = `localhost:${port}`;
      const args = ['--starttls', 'postgres', '--allow-private'];
      return {
        target,
        args,
        client: { port, inject: true, startTls: 'postgres' },
        cure: async () => {
          await psql(bench, port, 'refused');
          await bench.command('doctor', target, ...args, '--fix');
          await psql(bench, port, 'ok');
          return undefined;
        },
      };
    },
  },
  {
    name: 'SMTP with a certificate of yesterday',
    expected: 'expired',
    remedy: /renewed/,
    build: async (bench) => {
      const chain = await makeChain('Mail', { validTo: new Date(Date.now() - 86_400_000) });
      const { root, intermediate, leaf } = chain;
      bench.system(root.pem);
      const old = await opensslServer(bench, identity(leaf, intermediate));
      let backend = old.port;
      const port = await listen(
        bench,
        smtpInFrontOf(() => backend),
      );
      return {
        target: `smtp://localhost:${port}`,
        client: { port, inject: true, startTls: 'smtp' },
        cure: async () => {
          const renewed = identity(await leafOf(intermediate), intermediate);
          backend = (await nginx(bench, renewed)).port;
          return undefined;
        },
      };
    },
  },
]);

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

/** Speaks the plain-text part of SMTP; what comes after STARTTLS goes to a TLS server. */
function smtpInFrontOf(backend: () => number): net.Server {
  return net.createServer((socket) => {
    socket.write('220 mail.test ESMTP\r\n');
    socket.on('data', (chunk) => {
      const line = chunk.toString('latin1');
      if (line.startsWith('EHLO')) {
        socket.write('250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n');
      } else if (line.startsWith('STARTTLS')) {
        const upstream = net.connect(backend(), '127.0.0.1');
        upstream.on('error', () => socket.destroy());
        socket.removeAllListeners('data');
        socket.write('220 go ahead\r\n');
        socket.pipe(upstream).pipe(socket);
      }
    });
  });
}
