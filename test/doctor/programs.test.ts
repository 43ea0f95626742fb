/**
 * Runs real programs under `os-truststore run`: each refuses a server whose root only the made-up machine has, and
 * accepts it when we run it. All servers are on loopback.
 */
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import type * as http from 'node:http';
import * as https from 'node:https';
import { join, normalize } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Bench, tool } from './bench.js';
import type { Run } from './bench.js';
import { makeChain } from './pki-set.js';
import type { Chain } from './pki-set.js';
import { installPrograms, listen } from './servers.js';

interface Program {
  name: string;
  command(port: number): [string, ...string[]];
}

const url = (port: number, path = ''): string => `https://localhost:${port}/${path}`;

const programs: readonly Program[] = [
  { name: 'curl', command: (port) => ['curl', '-sS', '--max-time', '60', url(port)] },
  { name: 'git', command: (port) => ['git', 'ls-remote', url(port, 'repository.git')] },
  {
    name: 'python3 with ssl',
    command: (port) => [
      'python3',
      '-c',
      `import socket, ssl
with socket.create_connection(('localhost', ${port})) as plain:
    with ssl.create_default_context().wrap_socket(plain, server_hostname='localhost') as secure:
        print(secure.version())`,
    ],
  },
  {
    name: 'python3 with urllib',
    command: (port) => [
      'python3',
      '-c',
      `import urllib.request; print(urllib.request.urlopen('${url(port)}').read())`,
    ],
  },
  {
    name: 'openssl s_client',
    command: (port) => [
      'openssl',
      ...['s_client', '-connect', `localhost:${port}`, '-servername', 'localhost'],
      ...['-verify_return_error', '-verify_hostname', 'localhost'],
    ],
  },
  {
    name: 'npm',
    command: (port) => ['npm', 'ping', '--registry', url(port), '--fetch-retries=0'],
  },
  {
    name: 'Node with https',
    command: (port) => [
      process.execPath,
      '-e',
      `require('https').get('${url(port)}', (r) => r.resume()).on('error', (e) => { throw e; })`,
    ],
  },
];

/** Serves what the programs ask for: a page, a repository by git's plain protocol, a registry that answers a ping. */
function serve(bench: Bench, { leaf, intermediate }: Chain): Promise<number> {
  const served = bench.path('www');
  const handle: http.RequestListener = (request, response) => {
    const [path = ''] = (request.url ?? '/').split('?');
    if (path === '/') response.end('hello\n');
    else if (path === '/-/ping') response.setHeader('content-type', 'application/json').end('{}');
    else {
      const file = join(served, normalize(path));
      if (existsSync(file)) createReadStream(file).pipe(response);
      else response.writeHead(404).end();
    }
  };
  return listen(
    bench,
    https.createServer({ key: leaf.keyPem, cert: leaf.pem + intermediate.pem }, handle),
  );
}

describe('programs that os-truststore runs', { concurrency: 2 }, () => {
  const bench = new Bench();
  let chain: Chain;
  let port = 0;

  /** Returns a usual environment, in which no variable names a list of CAs. */
  const plain = (): NodeJS.ProcessEnv => {
    return {
      ...bench.environment(),
      SSL_CERT_FILE: undefined,
      SSL_CERT_DIR: undefined,
      HOME: bench.directory,
      GIT_CONFIG_NOSYSTEM: '1',
      npm_config_cache: bench.path('npm'),
      npm_config_update_notifier: 'false',
    };
  };

  const run = async (env: NodeJS.ProcessEnv, command: readonly string[]): Promise<Run> =>
    await bench.run(process.execPath, [bench.mainScript, 'run', '--', ...command], env);

  before(async () => {
    installPrograms();
    chain = await makeChain('Programs');
    port = await serve(bench, chain);
    const repository = bench.path('www/repository.git');
    tool('git', ['init', '--quiet', '--bare', repository]);
    tool('git', ['-C', repository, 'update-server-info']);
  });
  after(() => bench.end());

  for (const { name, command } of programs) {
    test(`${name} refuses the server, and accepts it by the system's set and by the user's`, async () => {
      const [file, ...args] = command(port);
      const refused = await bench.run(file, args, plain());
      assert.notEqual(refused.status, 0, `${name} trusts the server anyway`);
      assert.match(refused.stdout + refused.stderr, /certificate|verify/i);
      // The set makes it trust the server, not the mere running.
      const unknown = await run(plain(), [file, ...args]);
      assert.notEqual(unknown.status, 0, `${name} trusts whatever we run`);

      const system = { ...plain(), SSL_CERT_FILE: bench.file(`${name}.pem`, chain.root.pem) };
      const bySystem = await run(system, [file, ...args]);
      assert.equal(bySystem.status, 0, bySystem.stdout + bySystem.stderr);

      const user = { ...plain(), OS_TRUSTSTORE_USER_CAS: bench.path(`${name}.pem`) };
      const byUser = await run(user, [file, ...args]);
      assert.equal(byUser.status, 0, byUser.stdout + byUser.stderr);
    });
  }

  test('Node completes a chain with an intermediate of the user’s that curl takes for nothing', async () => {
    const other = await makeChain('Incomplete');
    const incomplete = await listen(
      bench,
      https.createServer({ key: other.leaf.keyPem, cert: other.leaf.pem }, (_request, response) => {
        response.end();
      }),
    );
    const named = bench.file('both.pem', other.root.pem + other.intermediate.pem);
    const env = { ...plain(), OS_TRUSTSTORE_USER_CAS: named };
    const [node, curl] = ['Node with https', 'curl'].map((name) =>
      programs.find((program) => program.name === name)?.command(incomplete),
    );
    assert.equal((await run(env, node ?? [])).status, 0);
    assert.equal((await run(env, curl ?? [])).status, 60, 'curl trusts an intermediate');
  });
});
