/**
 * Tests the page in a real browser.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';

import { Chromium, assertAccessible, takePicture, waitUntil } from './browser.js';
import type { OpenPage, View } from './browser.js';
import {
  hostileNames,
  makeCertificate,
  makeMachine,
  makeMany,
  source,
  toPage,
} from './certificates.js';

const chromium = new Chromium();
let machine: string;

before(async () => {
  await chromium.start();
  machine = toPage(await makeMachine(), ['/etc/ssl/<b>x</b>.pem cannot be read']);
});

after(() => chromium.stop());

/** Opens a page, and fails when it did something forbidden. */
async function visit(
  html: string,
  view: View,
  look: (page: Page, opened: OpenPage) => Promise<void>,
): Promise<void> {
  const opened = await chromium.open(html, view);
  try {
    await look(opened.page, opened);
    assert.deepEqual(opened.faults, []);
  } finally {
    await opened.close();
  }
}

const rowsOf = (page: Page) => page.locator('#rows > tr:not(.details)');
const statusOf = (page: Page) => page.locator('#status').innerText();

async function waitForStatus(page: Page, pattern: RegExp): Promise<void> {
  let status = '';
  await waitUntil(
    async () => pattern.test((status = await statusOf(page))),
    `${pattern.source} in ${status}`,
  );
}

void describe('filters', () => {
  test('show what they say, together and apart', async () => {
    await visit(machine, {}, async (page) => {
      assert.match(await statusOf(page), /^89 certificates, 1 to 50 shown$/);
      await page.getByLabel('Search').fill('company');
      await waitForStatus(page, /^2 certificates of 89/);
      await page.getByLabel('Source', { exact: true }).selectOption('user');
      await waitForStatus(page, /^1 certificate of 89/);
      assert.match(await rowsOf(page).first().innerText(), /Company Proxy/);
      await page.getByRole('button', { name: 'Show all' }).click();
      await waitForStatus(page, /^89 certificates/);
      await page.getByLabel('Verdict').selectOption('left-out');
      await waitForStatus(page, /^3 certificates of 89/);
      await page.getByLabel('Reason').selectOption('distrusted');
      await waitForStatus(page, /^1 certificate of 89/);
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.getByLabel('Validity').selectOption('month');
      await waitForStatus(page, /^1 certificate of 89/);
      assert.match(await rowsOf(page).first().innerText(), /Ending Root/);
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.getByLabel('Search').fill('no such thing');
      await waitForStatus(page, /^0 certificates of 89/);
      assert.equal(await rowsOf(page).count(), 0);
    });
  });

  test('let the first click after typing through, however long the button is down', async () => {
    await visit(machine, { height: 2400 }, async (page) => {
      await page.getByLabel('Search').focus();
      const name = page.getByRole('button', { name: 'Banned Root' });
      const { x, y } = (await name.boundingBox())!;
      // Finds all, so that every row stays where it is.
      await page.keyboard.type('test');
      await page.mouse.move(x + 5, y + 5);
      await page.mouse.down();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await page.mouse.up();
      const details = page.locator('#rows > tr.details:visible');
      assert.match(await details.innerText(), /Banned Root/);
      await page.getByLabel('Search').fill('root');
      await waitForStatus(page, /^\d+ certificates of 89/);
      assert.match(await details.innerText(), /Banned Root/, 'what was opened stays open');
    });
  });

  test('find by fingerprint, with colons and without, and by place', async () => {
    const certificates = [await makeCertificate('One'), await makeCertificate('Two')];
    await visit(toPage(certificates), {}, async (page) => {
      const { fingerprint256 } = certificates[1]!;
      for (const text of [fingerprint256, fingerprint256.replaceAll(':', '').toLowerCase()]) {
        await page.getByLabel('Search').fill(text);
        await waitForStatus(page, /^1 certificate of 2/);
        assert.match(await rowsOf(page).first().innerText(), /Two/);
      }
      await page.getByLabel('Search').fill('/etc/system');
      await waitForStatus(page, /^2 certificates/);
    });
  });

  test('are set by the picture of the sources', async () => {
    await visit(machine, {}, async (page) => {
      await page.getByRole('button', { name: 'bundled only' }).click();
      await waitForStatus(page, /^1 certificate of 89/);
      assert.match(await rowsOf(page).first().innerText(), /Bundled Root/);
    });
  });

  test('leave the order of the heads alone', async () => {
    await visit(machine, {}, async (page) => {
      const head = page.getByRole('button', { name: 'Valid to' });
      await head.click();
      assert.match(await rowsOf(page).first().innerText(), /Old Root/);
      assert.equal(
        await page.getByRole('columnheader', { name: 'Valid to' }).getAttribute('aria-sort'),
        'ascending',
      );
      await head.click();
      await page.getByLabel('Search').fill('root');
      await waitForStatus(page, /of 89/);
      assert.match(await rowsOf(page).last().innerText(), /Common Root|Ending|Old/);
      assert.equal(
        await page.getByRole('columnheader', { name: 'Valid to' }).getAttribute('aria-sort'),
        'descending',
      );
    });
  });
});

void describe('what was installed here', () => {
  async function makeLocal(): Promise<string> {
    const certificates = await Promise.all([
      makeCertificate('Public Root'),
      makeCertificate('Zscaler of Node', { sources: [source('bundled')] }),
      makeCertificate('Company Root'),
      makeCertificate('Zscaler Root CA'),
    ]);
    return toPage(certificates, [], [certificates[0]!.fingerprint256]);
  }

  test('is counted, shown by a click and told apart by a filter', async () => {
    await visit(await makeLocal(), {}, async (page) => {
      const tile = page.locator('#tiles li', { hasText: 'installed by' });
      assert.match(await tile.innerText(), /^2\s/);
      await tile.getByRole('button').click();
      await waitForStatus(page, /^2 certificates of 4/);
      assert.match(await page.locator('#rows').innerText(), /Company Root[^]*Zscaler Root CA/);
      await page.getByLabel('Installed by').selectOption('no');
      await waitForStatus(page, /^2 certificates of 4/);
      assert.match(await page.locator('#rows').innerText(), /Public Root[^]*Zscaler of Node/);
      const words = await page.locator('#local-words').innerText();
      assert.match(words, /Node’s own roots or in \/usr\/share\/<i>mozilla<\/i>/);
    });
  });

  test('is named when it is a product that inspects TLS', async () => {
    await visit(await makeLocal(), {}, async (page) => {
      const notice = page.getByRole('region', { name: 'Inspects TLS: Zscaler' });
      await notice.getByRole('button').click();
      await waitForStatus(page, /^1 certificate of 4/);
      await page.getByRole('button', { name: 'Zscaler Root CA' }).click();
      assert.match(await page.locator('#rows').innerText(), /Inspects TLS\s+Zscaler\s/);
      await assertAccessible(page);
    });
    await visit(toPage([await makeCertificate('Company Root')]), {}, async (page) => {
      assert.equal(await page.locator('#products').isVisible(), false);
    });
  });
});

void describe('certificates leave the page', () => {
  async function download(page: Page, name: string): Promise<{ name: string; text: string }> {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name }).click(),
    ]);
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
  }

  const fingerprintsIn = (pem: string): string[] =>
    (pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? []).map((block) =>
      createHash('sha256').update(new X509Certificate(block).raw).digest('hex'),
    );
  const hashOf = ({ der }: { der: Buffer }) => createHash('sha256').update(der).digest('hex');

  test('one by one, as file and through the clipboard', async () => {
    const one = await makeCertificate('-----BEGIN CERTIFICATE----- / ../One');
    await visit(toPage([one]), {}, async (page) => {
      const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
      await page.locator('button.name').click();
      await page.getByRole('button', { name: 'Copy SHA-256' }).click();
      await waitUntil(async () => (await clipboard()) === one.fingerprint256, 'the fingerprint');
      await page.getByRole('button', { name: 'Copy PEM' }).click();
      await waitUntil(async () => (await clipboard()).includes('-----END'), 'the PEM');
      assert.deepEqual(fingerprintsIn(await clipboard()), [hashOf(one)]);
      const { name, text } = await download(page, 'Save as PEM');
      assert.match(name, /^BEGIN-CERTIFICATE-One-[0-9A-F]{8}\.pem$/);
      assert.deepEqual(fingerprintsIn(text), [hashOf(one)]);
      assert.equal(text.match(/-----BEGIN/g)?.length, 1, 'the name begins no block');
    });
  });

  test('all that the filters show, but those left out only when they were chosen', async () => {
    const certificates = await Promise.all([
      makeCertificate('Good'),
      makeCertificate('Bad', { skipped: 'distrusted' }),
      makeCertificate('Broken', { der: Buffer.from('x'), skipped: 'unparsable' }),
    ]);
    const [good, bad] = certificates.map(hashOf);
    await visit(toPage(certificates), {}, async (page) => {
      const { text } = await download(page, 'Save these as PEM');
      assert.deepEqual(fingerprintsIn(text), [good]);
      const said = page.locator('#downloads [role=status]');
      assert.match(await said.innerText(), /^Saved 1 certificate\. 2 left out: choose/);
      await page.getByLabel('Verdict').selectOption('left-out');
      const chosen = await download(page, 'Save these as PEM');
      assert.deepEqual(fingerprintsIn(chosen.text), [bad]);
      assert.match(await said.innerText(), /^Saved 1 certificate\. 1 cannot be read\.$/);
    });
  });

  test('as a table that no spreadsheet runs', async () => {
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(1)',
      ' =1',
      '"=1',
      '\t=1',
      'a"b,c',
      '\u0007bell\nline',
    ];
    const certificates = await Promise.all(names.map((name) => makeCertificate(name)));
    await visit(toPage(certificates), {}, async (page) => {
      const { name, text } = await download(page, 'Save these as CSV');
      assert.equal(name, 'certificates.csv');
      const rows = text.split('\r\n');
      assert.equal(rows.pop(), '');
      assert.equal(rows.length, names.length + 1);
      const cells = [...text.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n)/g)].map(([, cell]) => cell!);
      assert.equal(cells.length, rows.length * 15);
      assert.deepEqual(
        cells.filter((cell) => /^[\s"']*[=+@-]/.test(cell) && !cell.startsWith("'")),
        [],
      );
      assert.ok(cells.includes("'=1+1") && cells.includes("'@SUM(1)") && cells.includes("' =1"));
      assert.ok(cells.includes('a""b,c') && cells.includes('\\x07bell'));
      assert.doesNotMatch(text.replace(/\r\n|^\uFEFF/g, ''), /\p{C}/u);
    });
  });
});

test('plain words explain every verdict, reason and source', async () => {
  const certificates = [await makeCertificate('Site', { skipped: 'not-a-ca' })];
  await visit(toPage(certificates), {}, async (page) => {
    assert.match(await page.locator('#made').innerText(), /checking servers, such as HTTPS sites/);
    assert.match(await rowsOf(page).first().innerText(), /left out not a CA/);
    await page.locator('button.name').click();
    assert.match(
      await page.locator('#rows').innerText(),
      /What to do\s+Install the certificate of the CA/,
    );
    await page.getByText('What the words mean').click();
    const legend = await page.locator('#legend').innerText();
    for (const code of ['not-a-ca', 'not-trusted', 'orphan', 'purpose', 'NODE_EXTRA_CA_CERTS']) {
      assert.ok(legend.includes(code), code);
    }
    await assertAccessible(page);
  });
});

test('everything works with the keyboard alone', async () => {
  await visit(machine, {}, async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'certificates');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'filter-text');
    await page.keyboard.type('banned');
    await waitForStatus(page, /^1 certificate/);
    for (let i = 0; i < 40; i++) {
      if (await page.evaluate(() => document.activeElement?.className === 'name')) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    const details = page.locator('#rows > tr.details');
    assert.match(
      await details.innerText(),
      /The operating system distrusts it\. \(by the administrator\)/,
    );
    assert.match(await details.innerText(), /\/etc\/bundled\/certs\.pem/);
    await page.keyboard.press('Space');
    assert.equal(await details.isVisible(), false);
  });
});

test('names are text, whatever they say', async () => {
  const certificates = await Promise.all(hostileNames.map((name) => makeCertificate(name)));
  await visit(toPage(certificates, hostileNames), {}, async (page) => {
    assert.equal(await rowsOf(page).count(), hostileNames.length);
    for (const button of await page.locator('button.name').all()) await button.click();
    const text = await page.locator('#rows').innerText();
    assert.ok(text.includes('</script><script>alert(1)</script>'));
    assert.ok(text.includes('abc\\u{202e}gnp.exe\\u{202c}'));
    assert.ok(text.includes('\\x1b[31m null\\x00 line\\u{2028}'));
    assert.equal(await page.locator('script').count(), 2);
    assert.equal(await page.locator('#rows img, #problems b').count(), 0);
    await assertAccessible(page);
  });
});

test('the policy of the page stops what is not its own', async () => {
  const opened = await chromium.open(
    machine.replace(
      '</body>',
      '<script>window.ran = true</script><img src="https://example.invalid/x"></body>',
    ),
    {},
    true,
  );
  assert.equal(await opened.page.evaluate(() => 'ran' in window), false);
  assert.ok(opened.faults.some((fault) => fault.includes('Content Security Policy')));
  await opened.close();
});

void describe('looks and reads well', () => {
  const views: [string, View][] = [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { width: 400 }],
    ['narrow-dark', { width: 400, colorScheme: 'dark' }],
  ];
  for (const [name, view] of views) {
    test(name, async () => {
      await visit(machine, view, async (page) => {
        await page.locator('button.name').first().click();
        await takePicture(page, name);
        await assertAccessible(page);
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        assert.ok(wide <= 0, 'nothing sticks out at the side');
        assert.equal(await page.locator('.chart svg').count(), 4);
      });
    });
  }

  test('the colours can be chosen', async () => {
    await visit(machine, {}, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.getByLabel('Colours').selectOption('dark');
      assert.notEqual(await ground(), light);
      await assertAccessible(page);
    });
  });

  test('drawings follow the width', async () => {
    await visit(machine, {}, async (page) => {
      await page.setViewportSize({ width: 420, height: 800 });
      const widest = () =>
        page.evaluate(() =>
          Math.max(
            ...[...document.querySelectorAll('.chart svg')].map(
              (svg) => svg.getBoundingClientRect().width,
            ),
          ),
        );
      await waitUntil(async () => (await widest()) < 400, 'narrow drawings');
    });
  });

  test('no label is cut on a narrow screen', async () => {
    await visit(machine, { width: 360 }, async (page) => {
      const cut = await page.evaluate(() => {
        const drawn = [...document.querySelectorAll('.chart svg')].flatMap((svg) => {
          const { left, right } = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')].filter((text) => {
            const box = text.getBoundingClientRect();
            return box.left < left - 0.5 || box.right > right + 0.5;
          });
        });
        const boxes = [
          ...document.querySelectorAll<HTMLElement>('button, th, td, dd, label, .card'),
        ];
        const full = boxes.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1);
        return [...drawn, ...full].map((one) => one.outerHTML.slice(0, 200));
      });
      assert.deepEqual(cut, []);
      const labels = page.locator('#signatures text');
      assert.match((await labels.allTextContents()).join(), /ecdsa/i);
    });
  });

  test('with no certificate at all', async () => {
    await visit(toPage([], ['nothing could be read']), {}, async (page) => {
      assert.match(await statusOf(page), /^0 certificates$/);
      await assertAccessible(page);
    });
  });
});

test('ten thousand certificates are no burden', async (t) => {
  const html = toPage(await makeMany(10_000));
  const started = Date.now();
  await visit(html, {}, async (page) => {
    const opened = Date.now() - started;
    assert.equal(await rowsOf(page).count(), 50);
    await page.getByLabel('Search').fill('certificate 9999');
    await waitForStatus(page, /^\d{1,2} certificates? of 10,000$/);
    assert.match(await page.locator('#rows').innerText(), /Certificate 9999/);
    await page.getByLabel('Search').fill('');
    await waitForStatus(page, /^10,000/);
    await page.getByRole('button', { name: 'Last' }).click();
    await waitForStatus(page, /9,951 to 10,000/);
    const next = page.getByRole('button', { name: 'Next' });
    assert.equal(await next.getAttribute('aria-disabled'), 'true');
    const spent = await page.evaluate(() => {
      const input = document.getElementById('filter-text') as HTMLInputElement;
      const begun = performance.now();
      input.value = '77';
      document.getElementById('filters')?.dispatchEvent(new Event('change'));
      return performance.now() - begun;
    });
    t.diagnostic(
      `10,000 certificates: opened in ${opened} ms, filtered in ${Math.round(spent)} ms`,
    );
    assert.ok(spent < 1000, `${spent} ms`);
  });
});

test('the command writes such a page of this very machine', async () => {
  const file = chromium.file('machine.html');
  const main = resolve(__dirname, '../../dist/cli/main.js');
  const { status, stderr } = spawnSync(process.execPath, [main, 'report', '--html', file], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  await visit(readFileSync(file, 'utf8'), {}, async (page) => {
    assert.ok((await rowsOf(page).count()) > 0);
    await takePicture(page, 'machine');
  });
});
