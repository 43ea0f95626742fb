/**
 * Connections that fail before or besides the chain, and protocols that begin in plain text.
 */
import * as net from 'node:net';
import * as tls from 'node:tls';

import { createCertificate } from '../../helpers/pki.js';
import type { Bench } from '../bench.js';
import { leafOf, makeChain, opensslIdentity, past } from '../pki-set.js';
import { identity, legacyServer, listen, nginx, opensslServer } from '../servers.js';
import type { Identity } from '../servers.js';
import type { Broken, Setup } from '../setups.js';
import { ownedServer, trustedChain } from './server-owners.js';

/** Made by `openssl dhparam -dsaparam 1024`. */
const DH_1024 = `-----BEGIN X9.42 DH PARAMETERS-----
MIIBJgKBgQDKSUKU6SME4FqCAleTIqnF515ijOh3AhSoYzEoYv28iSuDBQnJJTfQ
2st6NM4gE2/jN4KxXLAq6IsGODeTYj4nK2B5QpV8rCHaVpbYpf8m2wEcJs9+3RaH
aEnaQPTep5Ig8taKMk78NUSShS98s4WswV4kv1e9NXlzEbUE0Hk7qwKBgGIK1cf1
USJdPt9PlYXdhHsk0hRBR4oGW7gV+FgHfd+Fb+GR+gdbLOu9J4U/NFzjFDLggtL5
ORyvTZulCAkQVTO58bXy81bNbLzlm5CiJtL3IJ2B8u3zl/qIcw6g2JsFjyMVODi8
vHlFBRKj8MQDx2iyNxDApz3da0ydntqJW990Ah0Ay3t4z7XjY7RrHSCwRylBzBiq
1aIbDnJthNti2w==
-----END X9.42 DH PARAMETERS-----
`;
/** As Debian configures the OpenSSL of the system. */
const STRICT = `nodejs_conf = node
[node]
ssl_conf = ssl
[ssl]
system_default = strict
[strict]
CipherString = DEFAULT:@SECLEVEL=2
`;

/** A fault in the settings of a server, which its owner mends. */
function settings(
  kind: Pick<Setup, 'name' | 'expected'> & Partial<Setup>,
  bad: string,
  good: string,
): Setup {
  return {
    cures: ['other-person'],
    who: 'server',
    ...kind,
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Settings');
      const own = identity(leaf, intermediate);
      return await ownedServer(bench, { identity: own, settings: bad }, () => {
        return { identity: own, settings: good };
      });
    },
  };
}

/** Something that is no TLS server, and the right one somewhere else. */
async function elsewhere(
  bench: Bench,
  answer: (socket: net.Socket) => void,
  more: Partial<Broken> = {},
): Promise<Broken> {
  const { intermediate, leaf } = await trustedChain(bench, 'Elsewhere');
  const wrong = await listen(
    bench,
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      answer(socket);
    }),
  );
  return {
    target: `localhost:${wrong}`,
    client: { port: wrong, inject: true },
    byPeople: async () => {
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { target: `localhost:${port}`, args: [], client: { port, inject: true } };
    },
    ...more,
  };
}

/** Speaks the plain-text part of SMTP; what comes after STARTTLS goes to a TLS server. */
function smtpInFrontOf(backend: () => number): net.Server {
  return net.createServer((socket) => {
    socket.on('error', () => undefined);
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

async function mailServer(
  bench: Bench,
  first: Identity,
): Promise<{ port: number; use(next: Identity): Promise<void> }> {
  let backend = (await nginx(bench, first)).port;
  const port = await listen(
    bench,
    smtpInFrontOf(() => backend),
  );
  return {
    port,
    use: async (next) => {
      backend = (await nginx(bench, next)).port;
    },
  };
}

export const connectionSetups: readonly Setup[] = [
  {
    name: 'a name that nobody has',
    expected: 'dns',
    cures: ['by-hand'],
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Named');
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return {
        target: `localhost.invalid:${port}`,
        client: { port, host: 'localhost.invalid', inject: true },
        forOthers: /^HTTPS_PROXY=/,
        byPeople: () =>
          Promise.resolve({ target: `localhost:${port}`, client: { port, inject: true } }),
      };
    },
  },
  {
    name: 'a server that is not running',
    expected: 'refused',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Idle');
      const server = await nginx(bench, identity(leaf, intermediate));
      await server.stop();
      return {
        target: `localhost:${server.port}`,
        client: { port: server.port, inject: true },
        byPeople: async () => {
          await server.change(identity(leaf, intermediate));
          return undefined;
        },
      };
    },
  },
  {
    name: 'a server that says nothing',
    expected: 'timeout',
    cures: ['by-hand'],
    build: async (bench) => {
      const broken = await elsewhere(bench, () => undefined);
      return {
        ...broken,
        args: ['--timeout', '1'],
        client: { ...broken.client, timeoutMs: 3000 },
        forOthers: /^HTTPS_PROXY=|--timeout/,
      };
    },
  },
  {
    name: 'a server that is slow',
    expected: 'timeout',
    cures: ['command'],
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Slow');
      const secure = await nginx(bench, identity(leaf, intermediate));
      let waitMs = 4000;
      const slow = net.createServer((socket) => {
        socket.on('error', () => undefined);
        setTimeout(() => {
          const upstream = net.connect(secure.port, '127.0.0.1');
          upstream.on('error', () => undefined);
          socket.pipe(upstream).pipe(socket);
        }, waitMs);
      });
      const port = await listen(bench, slow);
      return {
        target: `localhost:${port}`,
        args: ['--timeout', '1'],
        client: { port, inject: true, timeoutMs: 1000 },
        forOthers: /^HTTPS_PROXY=/,
        ifAskedAgain: () => {
          waitMs = 1500;
          return { port, inject: true };
        },
      };
    },
  },
  {
    name: 'a port where the connection is closed at once',
    expected: 'connection-lost',
    cures: ['by-hand', 'other-person'],
    who: 'server',
    build: (bench) => elsewhere(bench, (socket) => socket.once('data', () => socket.end())),
  },
  {
    name: 'a port for HTTP without TLS',
    expected: 'not-tls',
    cures: ['by-hand'],
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Plain');
      const plain = await nginx(bench, identity(leaf), '# plain');
      const secure = await nginx(bench, identity(leaf, intermediate));
      const { port } = secure;
      return {
        target: `localhost:${plain.port}`,
        client: { port: plain.port, inject: true },
        byPeople: () =>
          Promise.resolve({ target: `localhost:${port}`, client: { port, inject: true } }),
      };
    },
  },
  {
    name: 'a mail server that is spoken to as if it were a web server',
    expected: 'not-tls',
    cures: ['command'],
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Post');
      const { port } = await mailServer(bench, identity(leaf, intermediate));
      const client = { port, inject: true };
      return {
        target: `localhost:${port}`,
        client,
        ifAskedAgain: () => ({ ...client, startTls: 'smtp' }),
      };
    },
  },
  settings(
    { name: 'a server with TLS 1.1 only', expected: 'tls-version' },
    'ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;',
    'ssl_protocols TLSv1.2;',
  ),
  settings(
    { name: 'a server with a curve that nobody else has', expected: 'tls-failure' },
    'ssl_ecdh_curve brainpoolP512r1; ssl_ciphers ECDHE;',
    'ssl_ecdh_curve prime256v1;',
  ),
  settings(
    { name: 'a server that does not know the name', expected: 'unknown-server-name' },
    'ssl_reject_handshake on;',
    'server_name localhost;',
  ),
  {
    name: 'a server of before 2010, without secure renegotiation',
    expected: 'legacy-renegotiation',
    cures: ['code', 'other-person'],
    who: 'server',
    build: async (bench) => {
      const { intermediate, leaf } = await trustedChain(bench, 'Ancient');
      const own = identity(leaf, intermediate);
      const old = await legacyServer(bench, own);
      return {
        target: `localhost:${old}`,
        client: { port: old, inject: true },
        byPeople: async () => {
          const { port } = await nginx(bench, own);
          return { target: `localhost:${port}`, client: { port, inject: true } };
        },
      };
    },
  },
  {
    name: 'short Diffie-Hellman parameters, on a machine that wants strong ones',
    expected: 'weak-key-exchange',
    cures: ['code', 'other-person'],
    who: 'server',
    build: async (bench) => {
      const {
        rootPem,
        pem: cert,
        keyPem: key,
      } = opensslIdentity(bench, { bits: 2048, hash: 'sha256' });
      bench.system(rootPem);
      bench.env['OPENSSL_CONF'] = bench.file('strict.cnf', STRICT);
      const own = { cert, key, ciphers: 'DHE:ECDHE', maxVersion: 'TLSv1.2' } as const;
      const short = await listen(bench, tls.createServer({ ...own, dhparam: DH_1024 }));
      return {
        target: `localhost:${short}`,
        client: { port: short, inject: true },
        byPeople: async () => {
          const port = await listen(bench, tls.createServer({ ...own, dhparam: 'auto' }));
          return { target: `localhost:${port}`, client: { port, inject: true } };
        },
      };
    },
  },
  ...(['-tls1_2', '-tls1_3'] as const).map((version): Setup => {
    return {
      name: `a server that insists on a client certificate (${version})`,
      expected: 'client-certificate',
      cures: ['code'],
      who: 'server',
      mended: 'client-certificate',
      build: async (bench) => {
        const { root, intermediate, leaf } = await trustedChain(bench, 'Exclusive');
        const own = await createCertificate({ commonName: 'me', issuer: root, ca: false });
        bench.file('CERT.pem', own.pem);
        bench.file('KEY.pem', own.keyPem);
        const { port } = await opensslServer(
          bench,
          identity(leaf, intermediate),
          ...[version, '-Verify', '2', '-verify_return_error'],
          ...['-CAfile', bench.file('clients.pem', root.pem)],
        );
        return { target: `localhost:${port}`, client: { port, inject: true } };
      },
    };
  }),
  {
    name: 'SMTP with a certificate of yesterday',
    expected: 'expired',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Mail', { validTo: past });
      bench.system(root.pem);
      const { port, use } = await mailServer(bench, identity(leaf, intermediate));
      return {
        target: `smtp://localhost:${port}`,
        client: { port, inject: true, startTls: 'smtp' },
        byPeople: async () => {
          await use(identity(await leafOf(intermediate), intermediate));
          return undefined;
        },
      };
    },
  },
];
