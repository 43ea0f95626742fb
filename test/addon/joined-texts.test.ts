import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { splitTexts } from '../../dist/addon/joined-texts.js';
import {
  getSystemCAs,
  getSystemCAsAsync,
  getTrustedCAs,
  readSystemStore,
} from '../../dist/index.js';

const lengths = (...values: number[]): Uint32Array => Uint32Array.from(values);

describe('joined texts', () => {
  it('are taken apart where their lengths say', () => {
    const joined = { texts: ['abc', 'defg'], lengths: lengths(1, 2, 4) };
    assert.deepEqual(splitTexts(joined), ['a', 'bc', 'defg']);
  });

  it('may be empty, at every place', () => {
    const joined = { texts: ['ab', 'c'], lengths: lengths(0, 2, 0, 1, 0) };
    assert.deepEqual(splitTexts(joined), ['', 'ab', '', 'c', '']);
    assert.deepEqual(splitTexts({ texts: [], lengths: lengths() }), []);
    assert.deepEqual(splitTexts({ texts: [], lengths: lengths(0) }), ['']);
  });

  it('are not joined at all when they are few', () => {
    assert.deepEqual(splitTexts({ texts: ['a', '', 'b'] }), ['a', '', 'b']);
  });
});

it('a store of thousands is the same in every view', async (t) => {
  const { makePems } = (await import('../../test/bench/stores.mjs' as string)) as {
    makePems: (from: number, to: number) => string[];
  };
  const folder = mkdtempSync(join(tmpdir(), 'os-truststore-many-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const file = join(folder, 'many.pem');
  const pems = makePems(0, 2500);
  writeFileSync(file, pems.join(''));
  const env = { SSL_CERT_FILE: file, SSL_CERT_DIR: empty };
  const usable = getSystemCAs({ env });
  assert.deepEqual(new Set(usable), new Set(pems));
  assert.equal(usable.length, pems.length);
  const whole = readSystemStore({ env }).certificates;
  assert.deepEqual(
    whole.map(({ pem }) => pem),
    usable,
  );
  // It is another environment, so that memory does not answer.
  assert.deepEqual(await getSystemCAsAsync({ env: { ...env, SSL_CERT_DIR: folder } }), usable);
  const userCAs = { files: [file], env: false };
  assert.deepEqual(getTrustedCAs({ bundled: false, system: false, userCAs }), pems);
  assert.deepEqual(
    getTrustedCAs({ bundled: false, system: { env }, userCAs: { env: false } }),
    usable,
  );
});
