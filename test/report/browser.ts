/**
 * Opens a page of the report in headless Chromium, and checks what must hold of every such page.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** Screenshots for people who changed the page. */
const pictures = resolve(__dirname, '../../node_modules/.cache/os-truststore/report');

export interface View {
  colorScheme?: 'light' | 'dark';
  width?: number;
  height?: number;
}

export interface OpenPage {
  page: Page;
  /** Everything forbidden that the page did: errors, and requests for anything but itself. */
  faults: string[];
  close(): Promise<void>;
}

export class Chromium {
  readonly #folder = mkdtempSync(join(tmpdir(), 'os-truststore-report-'));
  #browser: Browser | undefined;

  async start(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  async open(html: string, view: View = {}, expectFaults = false): Promise<OpenPage> {
    const { colorScheme = 'light', width = 1200, height = 900 } = view;
    const path = this.file(`${Math.random().toString(36).slice(2)}.html`);
    writeFileSync(path, html);
    const context = await this.#browser!.newContext({
      colorScheme,
      viewport: { width, height },
      offline: true,
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const faults: string[] = [];
    const { href } = pathToFileURL(path);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('dialog', (dialog) => faults.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => {
      if (request.url().replace(/#.*/, '') !== href) faults.push(`request ${request.url()}`);
    });
    await page.goto(href);
    await waitUntil(async () => {
      assert.deepEqual(faults, []);
      return (await page.locator('#status').innerText()) !== '';
    }, 'the page to be ready').catch((error: unknown) => {
      if (!expectFaults) throw error;
    });
    return { page, faults, close: () => context.close() };
  }
}

/** Playwright's own way of waiting compiles text in the page, which the page's policy refuses. */
export async function waitUntil(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** Checks standards and best practices with axe. */
export async function assertAccessible(page: Page): Promise<void> {
  // It is not added as a script element, because the page's policy refuses that.
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult;
  const found = violations.map(({ id, nodes }) => ({
    id,
    nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html, failureSummary })),
  }));
  assert.deepEqual(found, []);
}

export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
