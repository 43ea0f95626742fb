import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compare, project } from '../company.mjs';

const require = createRequire(import.meta.url);
const programs = createRequire(new URL('../../programs/package.json', import.meta.url));
const here = path.dirname(fileURLToPath(import.meta.url));

/** Electron needs a display and its own Node; this is what the example asks of it. */
function withElectron(cwd) {
  const place = path.join(cwd, 'node_modules/electron');
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'index.js'), 'exports.app = { whenReady: async () => {} };');
}

test('the main process reaches the intranet (in Node: Electron itself is not run here)', () =>
  compare(['electron/main.cjs'], [process.execPath, ['main.cjs']], /^200$/m, {
    prepare: withElectron,
  }));

test('both packagers leave every binary out of the archive', () => {
  const isMatch = (file, glob) => programs('picomatch')(glob, { dot: true })(file);
  const cwd = project([]);
  const binaries = readdirSync(cwd, { recursive: true }).filter((file) => file.endsWith('.node'));
  assert.ok(binaries.length >= 5, String(binaries.length));
  const builder = JSON.parse(readFileSync(path.join(here, 'electron-builder.json'), 'utf8'));
  const { asar } = require('./forge.config.cjs').packagerConfig;
  for (const file of binaries) {
    assert.ok(isMatch(file, builder.asarUnpack[0]), file);
    assert.ok(isMatch(file, asar.unpack), file);
  }
});
