/**
 * Checks that the pictures of README show what the command says today. `npm run docs:pictures` makes them anew.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pico from 'picocolors';

import { explanationText } from '../../dist/cli/terminal/explanation-text.js';
import type { Terminal } from '../../dist/cli/terminal/terminal.js';
import { explainOn, leafOf, listen, makeMachine, tlsServer } from '../explain/loopback.js';
import { createCertificate } from '../helpers/pki.js';

const root = resolve(__dirname, '../..');
const pictures = join(root, '.github', 'pictures');
const tool = (name: string): string => pathToFileURL(join(root, 'test', 'tools', name)).href;
const again = 'it is out of date: npm run docs:pictures';

/** Leaves out what differs from run to run: numbers, days, fingerprints, places, and where lines end. */
function wordsOf(text: string): string[] {
  return text
    .replace(/localhost(?::\d+)?|intranet\.example(?::\d+)?/g, 'HOST')
    .replace(/\/\S+?\.(?:pem|crt)/g, 'FILE')
    .replace(/127\.0\.0\.1.*/, 'CONNECTION')
    .replace(/\b[0-9a-f]{64}\b|\d{4}-\d\d-\d\d|\b\d+\b/g, 'N')
    .split(/\s+/);
}

test('doctor’s picture says what doctor says', async (t) => {
  const { textOfPicture } = (await import(tool('terminal-picture.mjs'))) as {
    textOfPicture: (svg: string) => string;
  };
  const company = await createCertificate({ commonName: 'Example Corp TLS Inspection Root' });
  const issuer = await createCertificate({
    commonName: 'Example Corp TLS Inspection',
    issuer: company,
  });
  const leaf = await leafOf(issuer, { ip: [] });
  const port = await listen(t, tlsServer({ leaf, chain: [issuer] }).server);
  const machine = makeMachine(t, { system: [company.pem] });
  const explanation = await explainOn(machine, `localhost:${port}`);
  const terminal = { colors: pico.createColors(false), width: 84 } as Terminal;
  const today = wordsOf(explanationText(explanation, terminal, { pem: false }).trim());
  for (const scheme of ['dark', 'light']) {
    const svg = readFileSync(join(pictures, `doctor-${scheme}.svg`), 'utf8');
    assert.deepEqual(wordsOf(textOfPicture(svg)), today, again);
  }
});

test('the report’s pictures show the page of today, and are small', async () => {
  const { sourcesHash } = (await import(tool('picture-sources.mjs'))) as {
    sourcesHash: () => string;
  };
  assert.equal(readFileSync(join(pictures, 'report.sha256'), 'utf8').trim(), sourcesHash(), again);
  for (const scheme of ['dark', 'light']) {
    const { size } = statSync(join(pictures, `report-${scheme}.png`));
    assert.ok(size > 5_000 && size < 60_000, `${size} bytes`);
  }
});
