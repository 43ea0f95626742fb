/**
 * Dates from which p11-kit's files distrust a root for servers: nss-server-distrust-after.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import type { SystemCertificate } from '../../dist/index.js';
import { toSystemCertificate } from '../../dist/trust/store/system-store.js';
import { readTrustSet } from '../../dist/trust/trusted-cas.js';
import { createCertificate, type TestCertificate } from '../helpers/pki.js';
import * as roots from '../helpers/roots.js';
import { p11KitObject, p11KitString, readTree, RootTree } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

const BUNDLE = '/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit';
const NAME = 'nss-server-distrust-after';
const PKCS11_NAME = 'CKA_NSS_SERVER_DISTRUST_AFTER';

let alpha: TestCertificate;
let beta: TestCertificate;

before(async () => {
  alpha = await createCertificate({ commonName: 'Alpha Root' });
  beta = await createCertificate({ commonName: 'Beta Root' });
});

interface Found {
  usable: string[];
  errors: string[];
  /** The dates by name. */
  dates: Record<string, string | undefined>;
  beta: SystemCertificate | undefined;
}

/** Reads a machine whose bundle holds `held`, with a file beside it. */
function read(held: roots.Named, content: string, path = BUNDLE): Found {
  const tree = new RootTree('dated');
  try {
    roots.distroless(tree, held);
    tree.file(path, content);
    const { store, usable, errors } = readTree(tree, { alpha, beta });
    const policy = { purpose: 'server-auth', intermediates: true, expired: true } as const;
    const all = store.certificates({ ...policy, now: Date.now() }).map(toSystemCertificate);
    const nameOf = ({ der }: { der: Buffer }): string => (der.equals(alpha.der) ? 'alpha' : 'beta');
    const dates = all.map((one) => [nameOf(one), one.distrustedAfter?.toISOString()] as const);
    const dated = store.dated.map(({ pem, after }) => [pem, new Date(after).toISOString()]);
    assert.deepEqual(
      dated,
      all.flatMap(({ pem, distrustedAfter: date }) => (date ? [[pem, date.toISOString()]] : [])),
      'both views of the store tell the same',
    );
    return {
      usable,
      errors: errors.map((error) => error.replace(/^.*: /, '')),
      dates: Object.fromEntries(dates),
      beta: all.find((one) => nameOf(one) === 'beta'),
    };
  } finally {
    tree.remove();
  }
}

const UNREADABLE = 'a date of distrust cannot be read, so it counts as past';
const PAST = '1970-01-01T00:00:00.000Z';

describe('a date of distrust in a file of p11-kit', { skip }, () => {
  test('is read in every form, and one that cannot be read counts as past', () => {
    const forms: [name: string, value: string, date: string | undefined][] = [
      [NAME, '"240630235959Z"', '2024-06-30T23:59:59.000Z'],
      [PKCS11_NAME, '"240630235959Z"', '2024-06-30T23:59:59.000Z'],
      [NAME, '"20240630235959Z"', '2024-06-30T23:59:59.000Z'],
      [NAME, '"%32%34%30%36%330235959%5a"', '2024-06-30T23:59:59.000Z'],
      [NAME, '"500101000000Z"', '1950-01-01T00:00:00.000Z'],
      [NAME, '"491231235959Z"', '2049-12-31T23:59:59.000Z'],
      [NAME, '"%00"', undefined],
      [NAME, 'false', undefined],
      [PKCS11_NAME, '"%00"', undefined],
      ['nss-email-distrust-after', '"240630235959Z"', undefined],
      [NAME, '"%01"', PAST],
      [NAME, 'true', PAST],
      [NAME, '""', PAST],
      [NAME, '"2406302359Z"', PAST],
      [NAME, '"240631235959Z"', PAST],
      [NAME, '"240630235959+"', PAST],
      [NAME, '"240630235959"', PAST],
      [NAME, '240630235959Z', PAST],
    ];
    for (const [name, value, date] of forms) {
      const object = p11KitObject({ trusted: 'true', [name]: value }, beta.pem);
      const found = read({ alpha, beta }, object);
      assert.deepEqual(found.dates, { alpha: undefined, beta: date }, `${name}: ${value}`);
      assert.deepEqual(found.errors, date === PAST ? [UNREADABLE] : [], `${name}: ${value}`);
      assert.deepEqual(found.usable, ['alpha', 'beta'], 'it stays in the list');
    }
  });

  test('takes nothing from what else is known of the certificate, and the earliest one counts', () => {
    const { beta: found, dates } = read(
      { alpha, beta },
      p11KitObject({ label: '"Beta"', [NAME]: '"250101000000Z"' }, beta.pem) +
        p11KitObject({
          class: 'certificate',
          value: p11KitString(beta.der),
          [NAME]: '"240101000000Z"',
        }) +
        p11KitObject({ [NAME]: '"%00"' }, alpha.pem),
    );
    assert.deepEqual(dates, { alpha: undefined, beta: '2024-01-01T00:00:00.000Z' });
    assert.equal(found?.trust, 'trusted');
    assert.equal(found.role, 'anchor');
    assert.equal(found.skipped, undefined);
    assert.deepEqual(
      found.sources.map(({ location, label }) => [location, label]),
      [
        ['/etc/ssl/certs/ca-certificates.crt', undefined],
        [BUNDLE, 'Beta'],
        [BUNDLE, undefined],
      ],
    );
  });

  test('makes no anchor of what the bundle does not hold, and is told all the same', () => {
    const {
      usable,
      dates,
      beta: found,
    } = read({ alpha }, p11KitObject({ trusted: 'true', [NAME]: '"240101000000Z"' }, beta.pem));
    assert.deepEqual(usable, ['alpha']);
    assert.deepEqual(dates, { alpha: undefined, beta: '2024-01-01T00:00:00.000Z' });
    assert.equal(found?.skipped, 'purpose');
  });

  test('binds who trusts for servers, or for any purpose, and not who trusts for clients alone', (t) => {
    const tree = new RootTree('dated');
    t.after(() => {
      tree.remove();
    });
    roots.distroless(tree, { alpha });
    tree.file(BUNDLE, p11KitObject({ [NAME]: '"240101000000Z"' }, alpha.pem));
    const dated = (purpose: 'server-auth' | 'client-auth' | 'any'): number => {
      const system: object = { root: tree.path, purpose };
      return readTrustSet({ system }).dated.length;
    };
    assert.deepEqual([dated('server-auth'), dated('any'), dated('client-auth')], [1, 1, 0]);
  });

  test('of no certificate is an error, and in a blocklist it lifts nothing', () => {
    const nameless = read({ alpha }, p11KitObject({ class: 'certificate', [NAME]: '"%01"' }));
    assert.deepEqual(nameless.errors, [UNREADABLE, 'a date of distrust is of no certificate']);
    const listed = read(
      { alpha, beta },
      p11KitObject({ [NAME]: '"491231235959Z"' }, beta.pem),
      '/etc/pki/ca-trust/source/blocklist/beta.p11-kit',
    );
    assert.deepEqual(listed.usable, ['alpha']);
    assert.equal(listed.beta?.skipped, 'distrusted');
  });
});
