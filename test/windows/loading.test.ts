import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ask } from './client';
import { Prefix, setup } from './wine';

/** Copies the addon to a path with more characters than Windows takes in the usual form. */
const loadFromAfar = `
const fs = require('node:fs');
const path = require('node:path');
const folders = Array(3).fill('x'.repeat(100));
const folder = path.join(fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'far-')), ...folders);
fs.mkdirSync(folder, { recursive: true });
const file = path.join(folder, 'addon.node');
fs.copyFileSync(addonPath, file);
process.env.OS_TRUSTSTORE_ADDON = file;
const { errors } = library.readSystemStore();
report({ errors, isLong: file.length > 260 });
`;

describe('the addon on Windows', { concurrency: 2 }, () => {
  for (const line of Object.keys(setup.nodes)) {
    it(`is loaded from a path of more than 260 characters (${line})`, async () => {
      const prefix = new Prefix();
      try {
        const result = await ask(prefix, line, setup.shipped, loadFromAfar);
        assert.deepEqual(result, { errors: [], isLong: true });
      } finally {
        prefix.remove();
      }
    });
  }
});
