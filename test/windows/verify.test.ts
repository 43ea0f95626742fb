/**
 * Tests the verifier of Windows as far as Wine's goes: real chains through the shipped addon in Windows' own Node.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

// tsyringe, inside @peculiar/x509, needs the metadata polyfill first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import type { ChainVerdict } from '../../dist/verify/types.js';
import { createCertificate } from '../helpers/pki';
import type { TestCertificate } from '../helpers/pki';
import { ask } from './client';
import { addToStores } from './stores';
import { makePki, rows } from './verify-rows';
import type { Pki } from './verify-rows';
import { Prefix, setup } from './wine';

const der = (certificate: TestCertificate | Buffer): string =>
  (Buffer.isBuffer(certificate) ? certificate : certificate.der).toString('base64');

const client = (body: string): string => `
  const { verifyChain } = require(packageDirectory + '\\\\dist\\\\verify\\\\platform\\\\platform-verifier.js');
  const bytes = (texts) => texts.map((text) => Buffer.from(text, 'base64'));
  ${body}`;

/** Serves bytes on the loopback and remembers the requests. */
async function serve(
  files: Map<string, Buffer>,
): Promise<{ origin: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const found = files.get(request.url ?? '');
    response.writeHead(found ? 200 : 404, { connection: 'close' });
    response.end(found);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked, server };
}

async function createCrl(issuer: TestCertificate, revoked: string[]): Promise<Buffer> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: new Date(Date.now() - 3600_000),
    nextUpdate: new Date(Date.now() + 24 * 3600_000),
    entries: revoked.map((serialNumber) => ({
      serialNumber,
      revocationDate: new Date(Date.now() - 3600_000),
    })),
    signingKey: issuer.keys.privateKey as unknown as CryptoKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return Buffer.from(crl.rawData);
}

describe('the verifier of Windows under Wine', () => {
  let prefix: Prefix;
  let pki: Pki;

  before(async () => {
    prefix = new Prefix();
    pki = await makePki();
    await addToStores(prefix, [
      { certificate: pki.root, location: 'CURRENT_USER', store: 'ROOT' },
      { certificate: pki.oldRoot, location: 'CURRENT_USER', store: 'ROOT' },
      { certificate: pki.distrusted, location: 'CURRENT_USER', store: 'Disallowed' },
    ]);
  });
  after(() => {
    prefix.remove();
  });

  it('judges every row of the table', async () => {
    const table = rows(pki);
    const asked = table.map(({ chain, options, userCAs }) => ({
      chain: chain.map(der),
      userCAs: (userCAs ?? []).map(der),
      options: { host: 'host.example', ...options },
    }));
    const verdicts = await ask<ChainVerdict[]>(
      prefix,
      '22',
      setup.shipped,
      client(`const verdicts = [];
      for (const { chain, userCAs, options } of ${JSON.stringify(asked)}) {
        const verdict = await verifyChain(bytes(chain), { ...options, userCAs: bytes(userCAs) });
        if (verdict.chain) verdict.chain = verdict.chain.length;
        verdicts.push(verdict);
      }
      report(verdicts);`),
    );
    const wrong = table.filter((row, index) => {
      const verdict = verdicts[index];
      if (verdict === undefined) return true;
      if (verdict.ok) {
        return row.code !== '' || verdict.revocation?.status !== (row.revocation ?? 'not-checked');
      }
      const otherStatus =
        row.platformCode !== undefined && row.platformCode !== verdict.platformCode;
      return verdict.code !== row.code || verdict.reason === '' || otherStatus;
    });
    assert.deepEqual(
      wrong.map((row) => [row.name, verdicts[table.indexOf(row)]]),
      [],
    );
  });

  it('verifies many at once, in workers too, and survives their end and its own', async () => {
    const chain = JSON.stringify([pki.leaf, pki.issuer].map(der));
    const { accepted, refused, workers } = await ask<Record<string, number>>(
      prefix,
      '22',
      setup.shipped,
      client(`const { Worker } = require('node:worker_threads');
      const chain = bytes(${chain});
      const verify = (host) => verifyChain(chain, { host });
      const hosts = Array.from({ length: 60 }, (_, i) => i % 2 ? 'host.example' : 'other.example');
      const verdicts = await Promise.all(hosts.map(verify));
      const code = 'const { verifyChain } = require(' + JSON.stringify(packageDirectory +
        '\\\\dist\\\\verify\\\\platform\\\\platform-verifier.js') + ');' +
        'const chain = ' + JSON.stringify(${chain}) + '.map((text) => Buffer.from(text, "base64"));' +
        'for (let i = 0; i < 20; i++) verifyChain(chain, { host: "host.example" });' +
        'require("node:worker_threads").parentPort.postMessage(0);';
      let workers = 0;
      for (let i = 0; i < 8; i++) {
        const worker = new Worker(code, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
        workers++;
      }
      for (let i = 0; i < 20; i++) void verify('host.example');
      report({
        accepted: verdicts.filter((verdict) => verdict.ok).length,
        refused: verdicts.filter((verdict) => verdict.code === 'ERR_TLS_CERT_ALTNAME_INVALID').length,
        workers,
      });
      process.exit(0);`),
    );
    assert.deepEqual({ accepted, refused, workers }, { accepted: 30, refused: 30, workers: 8 });
  });

  it('refuses bad arguments in the addon itself, each with an error and none with a crash', async () => {
    const outcomes = await ask<string[]>(
      prefix,
      '22',
      setup.shipped,
      `const addon = { exports: {} };
      process.dlopen(addon, addonPath);
      const good = { chain: [Buffer.from([0x30, 0])], userCAs: [], host: 'h', revocation: 'off', deadlineMs: 1000 };
      const outcomes = [];
      for (const change of [
        { chain: [] }, { chain: undefined }, { chain: 'x' }, { chain: ['x'] }, { chain: [null] },
        { chain: [Buffer.alloc(0)] }, { chain: [Buffer.alloc((1 << 20) + 1)] },
        { chain: Array(201).fill(Buffer.from([0x30, 0])) }, { chain: [new Uint16Array(4)] },
        { chain: [new ArrayBuffer(4)] }, { userCAs: undefined }, { userCAs: [5] },
        { host: '' }, { host: 5 }, { host: null }, { host: 'a'.repeat(1 << 20) }, { host: 'a\0b' },
        { host: 'ü' }, { host: 'a b' }, { revocation: undefined }, { revocation: 'on' },
      ]) {
        try {
          addon.exports.startVerify({ ...good, ...change }, () => {});
          outcomes.push('none for ' + Object.keys(change));
        } catch (error) {
          outcomes.push(error.name);
        }
      }
      for (const args of [[], [5], [null, () => {}], [good], [good, 5]]) {
        try {
          addon.exports.startVerify(...args);
          outcomes.push('none');
        } catch (error) {
          outcomes.push(error.name);
        }
      }
      const verdict = await new Promise((resolve) => addon.exports.startVerify(good, resolve));
      report([...new Set(outcomes), verdict.code]);`,
    );
    assert.deepEqual(outcomes, ['TypeError', 'ERR_TRUSTSTORE_BAD_CERTIFICATE']);
  });

  // Rows without fetching need no intermediate that was not sent, because Wine 8 ignores CERT_CHAIN_DISABLE_AIA and
  // fetches anyway. The native tests show that Windows gets the flag.
  it('uses the network as asked and no more: CRLs, missing intermediates', async (t) => {
    // Wine remembers an answer by the serial number alone, across programs, and wrongly remembers "revoked", so each
    // number is asked about once and never used in another run.
    const run = `40${randomBytes(6).toString('hex')}`;
    const files = new Map<string, Buffer>();
    const { origin, asked, server } = await serve(files);
    t.after(() => server.close());
    const create = (serialNumber: string, issuer: TestCertificate, ca = false) =>
      createCertificate({
        commonName: ca ? serialNumber : 'host.example',
        issuer,
        ca,
        ...(ca ? {} : { dns: ['host.example'] }),
        serialNumber,
        extensions: [
          new x509.CRLDistributionPointsExtension([`${origin}/${serialNumber}.crl`]),
          new x509.AuthorityInfoAccessExtension({ caIssuers: `${origin}/${serialNumber}.cer` }),
        ],
      });
    const revocable = async (serialNumber: string, isRevoked: boolean, ca = false) => {
      files.set(`/${serialNumber}.crl`, await createCrl(pki.root, isRevoked ? [serialNumber] : []));
      return create(serialNumber, pki.root, ca);
    };
    const revoked = await revocable(`${run}4102`, true);
    const revokedIssuer = await revocable(`${run}4004`, true, true);
    const byRevoked = await create(`${run}4005`, revokedIssuer);
    files.set(`/${run}4005.crl`, await createCrl(revokedIssuer, []));
    files.set(`/${run}4007.cer`, pki.issuer.der);
    const cases: [string, (TestCertificate | Buffer)[], object, string][] = [
      ['good, not asked', [await revocable(`${run}4000`, false)], {}, 'not-checked'],
      ['revoked, not asked', [await revocable(`${run}4001`, true)], {}, 'not-checked'],
      ['revoked', [revoked], { revocation: 'soft-fail' }, 'CERT_REVOKED'],
      [
        'revoked, required',
        [await revocable(`${run}4110`, true)],
        { revocation: 'require' },
        'CERT_REVOKED',
      ],
      [
        'revoked, and a user CA',
        [await revocable(`${run}4111`, true)],
        { revocation: 'soft-fail', userCAs: [der(pki.root)] },
        'CERT_REVOKED',
      ],
      ['good', [await revocable(`${run}4003`, false)], { revocation: 'soft-fail' }, 'good'],
      ['good, required', [await revocable(`${run}4009`, false)], { revocation: 'require' }, 'good'],
      ['revoked issuer', [byRevoked, revokedIssuer], { revocation: 'soft-fail' }, 'CERT_REVOKED'],
      [
        'missing CRL',
        [await create(`${run}4006`, pki.root)],
        { revocation: 'soft-fail' },
        'unknown',
      ],
      [
        'missing CRL, required',
        [await create(`${run}4008`, pki.root)],
        { revocation: 'require' },
        'UNABLE_TO_GET_CRL',
      ],
      [
        'forgotten intermediate',
        [await create(`${run}4007`, pki.issuer)],
        { fetchIntermediates: true },
        'not-checked',
      ],
    ];
    const outcomes = await ask<string[]>(
      prefix,
      '22',
      setup.shipped,
      client(`const outcomes = [];
      for (const [, chain, options] of ${JSON.stringify(
        cases.map(([name, chain, options]) => [name, chain.map(der), options]),
      )}) {
        const userCAs = bytes(options.userCAs ?? []);
        const verdict = await verifyChain(bytes(chain), { host: 'host.example', ...options, userCAs });
        outcomes.push(verdict.ok ? verdict.revocation.status : verdict.code);
      }
      report(outcomes);`),
    );
    assert.deepEqual(
      cases.map(([name], index) => [name, outcomes[index]]),
      cases.map(([name, , , expected]) => [name, expected]),
    );
    for (const unasked of [
      `/${run}4000.crl`,
      `/${run}4001.crl`,
      `/${run}4000.cer`,
      `/${run}4001.cer`,
    ]) {
      assert.ok(!asked.includes(unasked), unasked);
    }
    for (const wanted of [
      `/${run}4102.crl`,
      `/${run}4003.crl`,
      `/${run}4004.crl`,
      `/${run}4007.cer`,
    ]) {
      assert.ok(asked.includes(wanted), `${wanted} is not among ${asked.join()}`);
    }
  });
});
