import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';

import { createCertificate } from '../helpers/pki';
import type { TestCertificate } from '../helpers/pki';
import { clientSource, reported } from './client';
import { keyHash, makeList, setDisallowedList } from './disallowed-list';
import { addToStores, removeFromStores } from './stores';
import type { StoreEntry } from './stores';
import { Prefix, setup, windowsPath } from './wine';

const lines = Object.keys(setup.nodes);

/** Node's fetch sets keep-alive before a socket is connected, which Wine 8 does not support. */
const preload = `require('net').Socket.prototype.setKeepAlive = function () { return this; };`;

/** Ways to connect; each is a promise of 'ok' or of an error code. */
const ways = `
const { get } = require('node:https');
const codeOf = (error) => error.cause?.code ?? error.code ?? String(error);
const byHttps = (target) => new Promise((resolve) => {
  get(target, { agent: false }, (response) => response.resume().on('end', () => resolve('ok')))
    .on('error', (error) => resolve(codeOf(error)));
});
const byFetch = (target) => fetch(target).then(async (response) => {
  await response.text();
  return 'ok';
}).catch(codeOf);
const byWorker = (target) => new Promise((resolve, reject) => {
  const source = 'const { parentPort } = require("node:worker_threads");'
    + 'const codeOf = ' + codeOf + '; const get = require("node:https").get; const byHttps = ' + byHttps + ';'
    + 'byHttps(' + JSON.stringify(target) + ').then((result) => parentPort.postMessage(result));';
  // It is looked up here, because a constructor taken before inject() starts workers without it.
  const worker = new (require('node:worker_threads').Worker)(source, { eval: true });
  worker.once('message', resolve);
  worker.once('error', reject);
});
const byAll = async (target) => ({
  https: await byHttps(target),
  fetch: await byFetch(target),
  worker: await byWorker(target),
});
`;

function pemBlocks(text: string): Buffer[] {
  return [...text.matchAll(/-----BEGIN[^-]*-----([^-]*)-----END/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  );
}

const accepted = { https: 'ok', fetch: 'ok', worker: 'ok' };

describe('inject() under Wine', { concurrency: 2 }, () => {
  let root: TestCertificate;
  let identity: { key: string; cert: string };
  let server: Server;
  let target: string;

  before(async () => {
    root = await createCertificate({ commonName: 'company root' });
    const intermediate = await createCertificate({ commonName: 'company CA', issuer: root });
    const leaf = await createCertificate({
      commonName: 'intranet',
      issuer: intermediate,
      ca: false,
      ip: ['127.0.0.1'],
    });
    identity = { key: leaf.keyPem, cert: leaf.pem + intermediate.pem };
    server = createServer(identity, (_, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  function entry(store: StoreEntry['store'], location: StoreEntry['location']): StoreEntry {
    return { certificate: root, store, location };
  }

  function client(prefix: Prefix, line: string, body: string) {
    const environment = {
      NODE_OPTIONS: `--require ${windowsPath(prefix.file('preload.js', preload)).replaceAll('\\', '/')}`,
    };
    const source = clientSource(setup.shipped, `${ways}const target = '${target}';\n${body}`);
    return prefix.startNode(line, source, environment);
  }

  for (const line of lines) {
    it(`makes Node ${line} trust what ROOT holds and Disallowed does not`, async () => {
      const prefix = new Prefix();
      try {
        await addToStores(prefix, [entry('ROOT', 'LOCAL_MACHINE')]);
        const run = `const before = await byAll(target);
          await library.inject().ready;
          report([before, await byAll(target)]);`;
        type Results = Record<string, string>[];
        const trusted = reported<Results>(await client(prefix, line, run).finish());
        const unknown = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
        const refused = { https: unknown, fetch: unknown, worker: unknown };
        assert.deepEqual(trusted, [refused, accepted]);

        await addToStores(prefix, [entry('Disallowed', 'CURRENT_USER')]);
        const disallowed = reported<Results>(await client(prefix, line, run).finish());
        assert.deepEqual(disallowed, [refused, refused]);
      } finally {
        prefix.remove();
      }
    });
  }

  for (const line of ['20', '24']) {
    it(`refuses in Node ${line} what Microsoft's list names of what a server sends`, async () => {
      const prefix = new Prefix();
      try {
        await addToStores(prefix, [entry('ROOT', 'LOCAL_MACHINE')]);
        const run = `await library.inject().ready; report(await byAll(target));`;
        const [leaf, issuer] = pemBlocks(identity.cert);
        const other = await createCertificate({ commonName: 'somebody else' });
        const outcomes = [];
        for (const der of [other.der, leaf, issuer]) {
          await setDisallowedList(prefix, makeList([keyHash(der ?? Buffer.of())]));
          outcomes.push(reported(await client(prefix, line, run).finish()));
        }
        const refused = { https: 'CERT_REJECTED', fetch: 'CERT_REJECTED', worker: 'CERT_REJECTED' };
        assert.deepEqual(outcomes, [accepted, refused, refused]);
      } finally {
        prefix.remove();
      }
    });

    it(`follows the stores in Node ${line} when asked to watch`, async () => {
      const prefix = new Prefix();
      try {
        const running = client(
          prefix,
          line,
          `const injection = library.inject({ watch: true });
          injection.on('change', async () => print('NOW ' + await byHttps(target)));
          await injection.ready;
          print('FIRST ' + await byHttps(target));
          setInterval(() => {}, 1000);`,
        );
        assert.notEqual(await running.line('FIRST '), 'ok');
        await addToStores(prefix, [entry('ROOT', 'CURRENT_USER')]);
        assert.equal(await running.line('NOW '), 'ok');
        await removeFromStores(prefix, [entry('ROOT', 'CURRENT_USER')]);
        await running.line('NOW UNABLE');
        running.kill();
      } finally {
        prefix.remove();
      }
    });
  }

  it('lets Windows judge, and sends nothing to whom it refuses', async () => {
    const prefix = new Prefix();
    const spoken = new Set<object>();
    // The server is its own, because the other tests run at the same time.
    const own = createServer(identity, (_, response) => response.end('hello'));
    own.on('secureConnection', (socket: TLSSocket) => {
      socket.once('data', () => spoken.add(socket));
    });
    own.listen(0, '127.0.0.1');
    await once(own, 'listening');
    const url = `https://127.0.0.1:${String((own.address() as AddressInfo).port)}/`;
    const run = `const { globalAgent } = require('node:https');
      const by = (agent) => new Promise((resolve) => {
        get('${url}', { agent }, (response) => response.resume().on('end', () => resolve('ok')))
          .on('error', (error) => resolve(codeOf(error)));
      });
      const options = { verifier: 'system', keepAlive: false };
      const results = [
        await by(library.createAgent(options)),
        await by(library.createAgent({ ...options, userCAs: ${JSON.stringify(root.pem)} })),
      ];
      await library.inject({ verifier: 'system' }).ready;
      report([...results, await by(globalAgent), await byFetch('${url}')]);
      // Kept connections would keep the process alive.
      process.exit();`;
    try {
      const unknown = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
      const refused = reported<string[]>(await client(prefix, '24', run).finish());
      assert.deepEqual(refused, [unknown, 'ok', unknown, unknown]);
      assert.equal(spoken.size, 1, 'whom the user CA vouches for, and nobody else');

      await addToStores(prefix, [entry('ROOT', 'LOCAL_MACHINE')]);
      const trusted = reported<string[]>(await client(prefix, '24', run).finish());
      assert.deepEqual(trusted, ['ok', 'ok', 'ok', 'ok']);

      await addToStores(prefix, [entry('Disallowed', 'CURRENT_USER')]);
      const before = spoken.size;
      const disallowed = reported<string[]>(await client(prefix, '24', run).finish());
      assert.ok(!disallowed.includes('ok'), disallowed.join());
      assert.equal(spoken.size, before);
    } finally {
      own.close();
      own.closeAllConnections();
      prefix.remove();
    }
  });
});
