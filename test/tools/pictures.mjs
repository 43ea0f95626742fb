/**
 * Makes the pictures of README from what the built command says on a made-up machine: the one of test/examples, where a proxy
 * of Example Corp inspects TLS. Needs bubblewrap, Chromium and pngquant, and Mozilla's roots as Debian packages them.
 *
 *   npm run docs:pictures
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

import { enter } from '../examples/world.mjs';
import { sourcesHash } from './picture-sources.mjs';
import { terminalPicture } from './terminal-picture.mjs';

const { createCertificate } = createRequire(import.meta.url)('../../dist-test/helpers/pki.js');
const program = fileURLToPath(import.meta.url);
const root = path.join(path.dirname(program), '../..');
const pictures = path.join(root, '.github/pictures');
const scratch = process.env.EXAMPLES_SCRATCH;
const storeFile = '/etc/ssl/certs/ca-certificates.crt';
const mozilla = '/usr/share/ca-certificates/mozilla';

/** What the report says of its time, so that new pictures differ only in what changed. */
const clock = `const now = Date.UTC(2026, 5, 1, 9);
Date.now = () => now;`;

async function makeCompany() {
  const named = (commonName, first, last, spec = {}) =>
    createCertificate({
      ...{ commonName, validFrom: new Date(`${first}-03-01`), validTo: new Date(`${last}-03-01`) },
      ...spec,
    });
  const inspection = await named('Example Corp TLS Inspection Root', 2020, 2045);
  const issuer = await named('Example Corp TLS Inspection', 2022, 2040, { issuer: inspection });
  const name = 'intranet.example';
  const leaf = await named(name, 2026, 2036, { issuer, ca: false, dns: [name] });
  const others = await Promise.all([
    named('Example Corp Root 2010', 2010, 2025),
    named('printer.example', 2021, 2041, { ca: false, dns: ['printer.example'] }),
  ]);
  return { inspection, issuer, leaf, others };
}

/** Runs the built command and returns what it writes. */
function command(args, options = []) {
  return new Promise((done, fail) => {
    const child = spawn(
      process.execPath,
      [...options, path.join(root, 'dist/cli/main.js'), ...args],
      {
        env: { ...process.env, FORCE_COLOR: '1', COLUMNS: '84' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', fail);
    child.on('close', () => done(output));
  });
}

async function drawDoctor({ inspection, issuer, leaf }) {
  writeFileSync(storeFile, inspection.pem);
  const server = createServer({ key: leaf.keyPem, cert: leaf.pem + issuer.pem });
  await new Promise((done, fail) => server.on('error', fail).listen(443, '127.0.0.1', done));
  const output = await command(['doctor', 'https://intranet.example']);
  server.close();
  if (!output.includes('system-only-root')) throw new Error(`not what was to be drawn:\n${output}`);
  for (const scheme of ['dark', 'light']) {
    const svg = terminalPicture('os-truststore doctor https://intranet.example', output, scheme);
    writeFileSync(path.join(pictures, `doctor-${scheme}.svg`), svg);
  }
}

async function drawReport({ inspection, others }) {
  const packaged = readdirSync(mozilla).map((name) => readFileSync(path.join(mozilla, name)));
  writeFileSync(storeFile, [...packaged, inspection.pem, ...others.map(({ pem }) => pem)].join(''));
  const [clockFile, page] = ['clock.cjs', 'report.html'].map((name) => path.join(scratch, name));
  writeFileSync(clockFile, clock);
  await command(['report', '--html', page], ['--require', clockFile]);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
  });
  for (const colorScheme of ['dark', 'light']) {
    const viewport = { width: 1100, height: 745 };
    const view = await browser.newPage({ colorScheme, viewport });
    await view.goto(pathToFileURL(page).href);
    const png = await view.screenshot();
    const { status, stdout, stderr } = spawnSync('pngquant', ['--speed=1', '--strip', '48', '-'], {
      input: png,
    });
    if (status !== 0) throw new Error(`pngquant (Debian: pngquant): ${stderr?.toString()}`);
    writeFileSync(path.join(pictures, `report-${colorScheme}.png`), stdout);
  }
  await browser.close();
  writeFileSync(path.join(pictures, 'report.sha256'), `${sourcesHash()}\n`);
}

if (scratch === undefined) {
  process.exitCode = enter(program, []);
} else {
  mkdirSync(pictures, { recursive: true });
  const company = await makeCompany();
  await drawDoctor(company);
  await drawReport(company);
}
