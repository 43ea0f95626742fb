import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it, mock } from 'node:test';

import { loadBinding } from '../../dist/addon/load-binding.js';
import type { ListedCertificate } from '../../dist/addon/native-binding.js';
import { BoundedMap } from '../../dist/base/bounded-map.js';
import { holdsAt, judgeDates, validityOf } from '../../dist/base/validity.js';
import { resolveSystemOptions } from '../../dist/trust/options/options.js';
import { toStoreRead } from '../../dist/trust/options/resolved-options.js';
import { systemStoreCache } from '../../dist/trust/store/store-cache.js';
import { readTrustSet } from '../../dist/trust/trusted-cas.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

const from = Date.parse('2030-01-01T00:00:00Z');
const to = Date.parse('2031-01-01T00:00:00Z');
/** Both sides of each moment at which a validity begins or ends. */
const moments = [0, from - 1, from, to, to + 999, to + 1000, Date.parse('2121-01-01T00:00:00Z')];

describe('validity', () => {
  let certificates: TestCertificate[];

  before(async () => {
    const spec = { validFrom: new Date(from), validTo: new Date(to) };
    const root = await createCertificate({ commonName: 'Dated Root', ...spec });
    certificates = [
      root,
      await createCertificate({ commonName: 'Lasting Root' }),
      await createCertificate({ commonName: 'Dated Intermediate', issuer: root, ...spec }),
      await createCertificate({ commonName: 'No CA', issuer: root, ca: false, ...spec }),
    ];
  });

  const pems = (): string => certificates.map(({ pem }) => pem).join('');

  it('of one time is made that of any other, as the addon would judge', () => {
    for (const expired of [false, true]) {
      const policyAt = (now: number) =>
        ({ purpose: 'server-auth', intermediates: true, expired, now }) as const;
      const judge = (now: number): ListedCertificate[] =>
        loadBinding().parse(Buffer.from(pems()), policyAt(now)).certificates;
      for (const then of moments) {
        for (const now of moments) {
          const judged = judge(then).map((certificate) => judgeDates(certificate, policyAt(now)));
          // Whether there is an issuer depends on all lists together.
          const verdicts = (facts: ListedCertificate[]): unknown[] =>
            facts.map(({ skipped }) => (skipped === 'orphan' ? undefined : skipped));
          assert.deepEqual(verdicts(judged), verdicts(judge(now)), `${then} ${now}`);
        }
      }
    }
  });

  it('holds from one moment to the next, and for ever where dates do not count', () => {
    const facts = loadBinding().parse(Buffer.from(certificates[0]?.pem ?? ''), {
      ...{ purpose: 'any', intermediates: true, expired: true, now: 0 },
    }).certificates;
    const at = (now: number, expired = false) => validityOf(facts, { expired, now });
    assert.deepEqual(at(0), { since: -Infinity, until: from });
    assert.deepEqual(at(from), { since: from, until: to + 1000 });
    assert.deepEqual(at(to + 1000), { since: to + 1000, until: Infinity });
    assert.deepEqual(at(0, true), { since: -Infinity, until: Infinity });
    assert.equal(holdsAt(at(from), from - 1), false);
    assert.equal(holdsAt(at(from), to + 999), true);
  });

  const skip = process.platform === 'linux' ? false : 'SSL_CERT_FILE is read on Unix';
  it('is the same for getSystemCAs() and for the set, whenever either is judged', { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'os-truststore-'));
    try {
      writeFileSync(join(directory, 'root.pem'), pems());
      const env = { SSL_CERT_FILE: join(directory, 'root.pem'), SSL_CERT_DIR: directory };
      const options = toStoreRead(resolveSystemOptions({ env }));
      const set = readTrustSet({ bundled: false, userCAs: { env: false }, system: { env } });
      const store = systemStoreCache().open(options);
      for (const now of [...moments, ...[...moments].reverse()]) {
        const usable = systemStoreCache().usable(options, store, now);
        assert.deepEqual(set.at(now).anchors, usable, String(now));
        assert.ok(holdsAt(set.at(now).validity, now));
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('of what the user named is judged again without reading it again', () => {
    const directory = mkdtempSync(join(tmpdir(), 'os-truststore-'));
    const file = join(directory, 'ca.pem');
    writeFileSync(file, certificates[0]?.pem ?? '');
    const set = readTrustSet({
      ...{ bundled: false, system: false },
      userCAs: { env: false, files: [file] },
    });
    rmSync(directory, { recursive: true });
    const told = (now: number): unknown => {
      const { certificates: used, warnings } = set.at(now);
      return [used.length, warnings.map(({ message }) => /\((.*?)\)/.exec(message)?.[1])];
    };
    assert.deepEqual(told(from - 1), [0, ['not-yet-valid']]);
    assert.deepEqual(told(from), [1, []]);
    assert.deepEqual(told(to + 1000), [0, ['expired']]);
  });
});

describe('a map that forgets', () => {
  it('forgets what was remembered at a time that is yet to come', () => {
    const now = mock.method(Date, 'now', () => 1000);
    try {
      const map = new BoundedMap<number>(3);
      map.set('a while', 1, 2000);
      map.set('for ever', 2);
      assert.deepEqual([map.get('a while'), map.get('for ever')], [1, 2]);
      now.mock.mockImplementation(() => 999);
      assert.deepEqual([map.get('a while'), map.get('for ever')], [undefined, 2]);
    } finally {
      now.mock.restore();
    }
  });
});
