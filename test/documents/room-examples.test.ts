/**
 * Runs the programs that the READMEs of lib/trust, lib/verify and lib/inject quote, and the examples of lib/reference, as they
 * stand.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { before, describe, test } from 'node:test';

import { startConnectProxy } from '../helpers/connect-proxy.js';
import { createCertificate, leafOf } from '../helpers/pki.js';
import { aia, startPublisher } from '../verify/authority.js';
import type { TestCertificate } from '../verify/authority.js';
import { startOrigin } from '../verify/origin.js';
import { blocksRunBy } from './blocks.js';

const root = resolve(__dirname, '..', '..');
const examples = join(root, 'test', 'examples');

interface TestContext {
  after(cleanUp: () => void): void;
}

/** A folder with the package among its modules, and the examples. */
function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'os-truststore-examples-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'os-truststore'), 'junction');
  const undici = join('node_modules', 'undici');
  symlinkSync(join(root, undici), join(folder, undici), 'junction');
  for (const room of ['trust', 'verify', 'inject']) {
    cpSync(join(examples, room), join(folder, room), { recursive: true });
  }
  return folder;
}

/** Runs the example until it ends; fails with what it wrote to stderr. */
function run(folder: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = { cwd: folder, env: { ...process.env, ...env }, timeout: 60_000 };
  return new Promise((done, fail) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error) fail(new Error(`${args.join(' ')}: ${stderr}`));
      else done(stdout.replaceAll('\n', ''));
    });
  });
}

describe('the examples of the rooms', { concurrency: true }, () => {
  let corp: TestCertificate;
  let other: TestCertificate;

  before(async () => {
    corp = await createCertificate({ commonName: 'Corp Root' });
    other = await createCertificate({ commonName: 'Other Root' });
  });

  test('a CA of yours is trusted by the file that names it', async (t) => {
    const folder = makeFolder(t);
    writeFileSync(join(folder, 'corp-root.pem'), corp.pem);
    const { port } = await startOrigin(t, { leaf: await leafOf(corp) });
    const url = `https://localhost:${String(port)}/`;
    assert.equal(await run(folder, ['trust/own-cas.cjs', url], {}), 'ok');
    writeFileSync(join(folder, 'corp-root.pem'), other.pem);
    await assert.rejects(run(folder, ['trust/own-cas.cjs', url], {}), /fetch failed/);
  });

  test("a list made from Node's roots and a CA of yours trusts the machine's CAs, too", async (t) => {
    const folder = makeFolder(t);
    writeFileSync(join(folder, 'corp-root.pem'), other.pem);
    const { port } = await startOrigin(t, { leaf: await leafOf(corp) });
    const args = ['inject/root-list.cjs', `https://localhost:${String(port)}/`];
    const env = { OS_TRUSTSTORE_USER_CAS: join(folder, 'machine.pem') };
    writeFileSync(env.OS_TRUSTSTORE_USER_CAS, corp.pem);
    assert.equal(await run(folder, args, env), 'ok');
  });

  test('an intermediate that the server leaves out is fetched', async (t) => {
    const folder = makeFolder(t);
    const issuer = await createCertificate({ commonName: 'Corp Issuing', issuer: corp });
    const publisher = await startPublisher(t);
    publisher.publish('issuer.cer', issuer.der);
    // No address but a public one is fetched from; the proxy leads it here.
    const address = `http://8.8.8.8:${String(publisher.port)}/issuer.cer`;
    const leaf = await leafOf(issuer, { extensions: [aia(address)] });
    const { port } = await startOrigin(t, { leaf });
    const env = {
      http_proxy: (await startConnectProxy(t)).url,
      OS_TRUSTSTORE_USER_CAS: join(folder, 'machine.pem'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      LOCALAPPDATA: join(folder, 'cache'),
      HOME: folder,
    };
    writeFileSync(env.OS_TRUSTSTORE_USER_CAS, corp.pem);
    const url = `https://localhost:${String(port)}/`;
    const [one, two] = ['one-line', 'one-agent'].map((name) =>
      run(folder, [`verify/${name}.cjs`, url], env),
    );
    assert.deepEqual([await one, await two], ['ok', 'okok']);
    assert.ok(publisher.requests.length > 0);
  });

  test('the examples of the API reference run', async (t) => {
    const folder = makeFolder(t);
    const blocks = await blocksRunBy('test/documents/room-examples.test.ts');
    assert.ok(blocks.length > 0);
    const env = { XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, HOME: folder };
    for (const { code, document, language } of blocks) {
      assert.equal(language, 'js', document);
      writeFileSync(join(folder, 'example.cjs'), code);
      await run(folder, ['example.cjs'], env);
    }
  });
});
