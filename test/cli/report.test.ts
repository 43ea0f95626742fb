/**
 * Tests `os-truststore report` as far as no browser is needed; test/report has the rest.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { readPageAssets } from '../../dist/report/html.js';
import type { ReportData } from '../../dist/report/types.js';
import { makeRecord, makeTemporaryDirectory, runFake } from './run-cli.js';
import type { TestContext } from './run-cli.js';

const target = (t: TestContext): string => join(makeTemporaryDirectory(t), 'page.html');

function dataOf(html: string): ReportData {
  const [, json = ''] =
    /<script type="application\/json" id="report-data">([^<]*)<\/script>/.exec(html) ?? [];
  return JSON.parse(json) as ReportData;
}

void describe('report', () => {
  test('writes every certificate of all sources, kept and left out', async (t) => {
    const file = target(t);
    const distrusted = await makeRecord('Banned', {
      skipped: 'distrusted',
      trust: 'distrusted',
      detail: 'by a blocklist',
    });
    const bundled = await makeRecord('Bundled', {
      sources: [{ origin: 'bundled', kind: 'runtime', location: 'node v0' }],
    });
    const kept = await makeRecord('Zscaler Root');
    const published = [distrusted.fingerprint256];
    const { status, stdout, stderr } = runFake(
      t,
      { certificates: [kept, distrusted], merged: [bundled], published },
      ['report', '--html', file],
    );
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /3 certificates in file:.*page\.html/);
    const { certificates, compared, version } = dataOf(readFileSync(file, 'utf8'));
    assert.equal(version, '0.0.0-test');
    assert.deepEqual(
      certificates.map(({ name, verdict, reason, origins, key }) => ({
        name,
        verdict,
        reason,
        origins,
        key,
      })),
      [
        { name: 'Zscaler Root', verdict: 'anchor', reason: undefined, origins: ['system'] },
        { name: 'Banned', verdict: 'left-out', reason: 'distrusted', origins: ['system'] },
        { name: 'Bundled', verdict: 'anchor', reason: undefined, origins: ['bundled'] },
      ].map((expected) => ({ ...expected, key: 'EC prime256v1' })),
    );
    assert.deepEqual(compared, ['/usr/share/ca-certificates/mozilla']);
    assert.deepEqual(
      certificates.map(({ local, product }) => ({ local, product })),
      [
        { local: true, product: 'Zscaler' },
        { local: undefined, product: undefined },
        { local: undefined, product: undefined },
      ],
    );
    assert.equal(new X509Certificate(Buffer.from(certificates[0]?.der ?? '', 'base64')).ca, true);
  });

  test('lets no name out of its place, whatever it says', async (t) => {
    const file = target(t);
    const names = [
      '</script><script>alert(1)</script>',
      '<!--<script>',
      'a\u202Eb\u2028c\u0000d',
      '"]}',
    ];
    const certificates = await Promise.all(names.map((name) => makeRecord(name)));
    assert.equal(runFake(t, { certificates }, ['report', '--html', file]).status, 0);
    const html = readFileSync(file, 'utf8');
    assert.equal(html.match(/<script/g)?.length, 2);
    assert.equal(html.match(/<\/script/g)?.length, 2);
    const parsed = dataOf(html).certificates.map(({ name }) => name);
    assert.deepEqual(parsed, [names[0], names[1], 'a\\u{202e}b\\u{2028}c\\x00d', names[3]]);
    // Between the first and the last line of the data there must be nothing special to HTML or to a terminal.
    const [, json = ''] = /id="report-data">(.*?)<\/script>/s.exec(html) ?? [];
    assert.doesNotMatch(json, /[<>&\p{C}\p{Zl}\p{Zp}]/u);
  });

  test('allows its own script and style, by their hashes, and nothing else', async (t) => {
    const file = target(t);
    runFake(t, { certificates: [await makeRecord('One')] }, ['report', '--html', file]);
    const html = readFileSync(file, 'utf8');
    const hash = (text = ''): string =>
      `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, script] = /<script>(.*)<\/script>/s.exec(html) ?? [];
    const [, style] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    assert.equal(
      policy,
      `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
    );
    assert.doesNotMatch(html, / on[a-z]+=| style=|(src|href)="(?!#)/);
    assert.match(script ?? '', /Permission to use, copy, modify/, 'with the licences of its parts');
  });

  test('goes to stdout when asked to', async (t) => {
    const store = { certificates: [await makeRecord('One')] };
    const { status, stdout } = runFake(t, store, ['report', '--html', '-']);
    assert.equal(status, 0);
    assert.match(stdout, /^<!doctype html>.*<\/html>\n$/s);
  });

  const noPipes = process.platform === 'win32' && 'Windows has no named pipes in folders';
  test(
    'is written into what is no file, and takes nothing’s place',
    { skip: noPipes },
    async (t) => {
      const pipe = target(t);
      assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
      const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
      t.after(() => reader.kill());
      let page = '';
      reader.stdout.on('data', (chunk: Buffer) => (page += chunk.toString()));
      const read = new Promise((done) => reader.once('close', done));
      const store = { certificates: [await makeRecord('Kept')] };
      const { status, stderr } = runFake(t, store, ['report', '--html', pipe]);
      assert.equal(status, 0, stderr);
      assert.ok(lstatSync(pipe).isFIFO());
      await read;
      assert.equal(dataOf(page).certificates[0]?.name, 'Kept');
    },
  );

  test('keeps the mode of a file that is there', { skip: noPipes }, async (t) => {
    const file = target(t);
    writeFileSync(file, '', { mode: 0o600 });
    runFake(t, { certificates: [await makeRecord('Kept')] }, ['report', '--html', file]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(statSync(file).size > 0);
  });

  test('leaves nothing behind when it cannot be written, and says so', async (t) => {
    const file = target(t);
    writeFileSync(file, '');
    const store = { certificates: [await makeRecord('One')] };
    const { status, stderr } = runFake(t, store, ['report', '--html', join(file, 'page.html')]);
    assert.equal(status, 5);
    assert.match(stderr, /cannot be written/);
    assert.deepEqual(readdirSync(dirname(file)), ['page.html']);
  });

  test('names what could not be read, in the page too', (t) => {
    const file = target(t);
    const error = {
      code: 'ERR_TRUSTSTORE_READ_FAILED',
      operation: 'open',
      message: 'no <access>',
    } as const;
    const { status, stderr } = runFake(t, { certificates: [], errors: [error] }, [
      'report',
      '--html',
      file,
    ]);
    assert.equal(status, 4);
    assert.match(stderr, /no <access>/);
    assert.deepEqual(dataOf(readFileSync(file, 'utf8')).errors, [
      'no <access> (ERR_TRUSTSTORE_READ_FAILED)',
    ]);
  });

  test('needs to be told where to', (t) => {
    assert.equal(runFake(t, { certificates: [] }, ['report']).status, 2);
  });
});

test('script and style of the page stay small', () => {
  const { script, style } = readPageAssets();
  const size = Buffer.byteLength(script + style);
  assert.ok(size <= 120 * 1024, `${size} bytes`);
});
