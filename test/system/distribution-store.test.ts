/**
 * Changes the store of this distribution with its own tools and reads it. Started by distribution-store.sh, which keeps
 * a copy of what these tests change and restores it.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { rootCertificates } from 'node:tls';

import { readCertificateParts } from '../../dist/certificate/certificate-parts.js';
import { examineMachine } from '../../dist/explain/machine/machine-facts.js';
import { getSystemCAs, getTrustedCAs, readSystemStore } from '../../dist/index.js';
import { createCertificate } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';

type TestContext = Parameters<NonNullable<Parameters<typeof test>[0]>>[0];

interface Family {
  /** A path that exists only on these systems. */
  marker: string;
  update: string[];
  /** The directory where an administrator puts anchors. */
  anchors: string;
  /** The file that the tool makes for TLS clients. */
  bundle: string;
  /** p11-kit's blocklist. */
  blocklist?: string;
  /** Debian's and Alpine's list of packaged roots, one a line. */
  conf?: string;
}

const families: Family[] = [
  {
    // Fedora, RHEL
    marker: '/etc/pki/ca-trust/source',
    update: ['update-ca-trust'],
    anchors: '/etc/pki/ca-trust/source/anchors',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    blocklist: '/etc/pki/ca-trust/source/blocklist',
  },
  {
    // SUSE, whose tool does nothing unless it finds newer files
    marker: '/etc/pki/trust',
    update: ['update-ca-certificates', '-f'],
    anchors: '/etc/pki/trust/anchors',
    bundle: '/var/lib/ca-certificates/ca-bundle.pem',
    blocklist: '/etc/pki/trust/blocklist',
  },
  {
    // Arch
    marker: '/etc/ca-certificates/trust-source',
    update: ['update-ca-trust'],
    anchors: '/etc/ca-certificates/trust-source/anchors',
    bundle: '/etc/ca-certificates/extracted/tls-ca-bundle.pem',
    blocklist: '/etc/ca-certificates/trust-source/blocklist',
  },
  {
    // Debian, Ubuntu, Alpine
    marker: '/etc/ca-certificates.conf',
    update: ['update-ca-certificates'],
    anchors: '/usr/local/share/ca-certificates',
    bundle: '/etc/ssl/certs/ca-certificates.crt',
    conf: '/etc/ca-certificates.conf',
  },
];
const PACKAGED = '/usr/share/ca-certificates';

const family = families.find(({ marker }) => existsSync(marker));
const skip =
  process.env.DISTRIBUTION_TEST_STORE === undefined
    ? 'changes the store of this machine: run npm run test:distribution-store'
    : family === undefined && 'a distribution of another kind';
const { update, anchors, bundle, blocklist, conf } = family ?? families[0]!;
const p11Kit = skip || (blocklist === undefined && 'a store without p11-kit');
const deselects = skip || (conf === undefined && 'a store of p11-kit');

function certificatesIn(file: string): X509Certificate[] {
  const blocks = readFileSync(file, 'latin1').match(/-----BEGIN CERT[^]+?-----END [^\n]+/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

const fingerprints = (pems: readonly string[]): Set<string> =>
  new Set(pems.map((pem) => new X509Certificate(pem).fingerprint256));

describe('the store of this distribution', { skip }, () => {
  let folder = '';
  let company: TestCertificate;
  /** A root that the distribution and Node both have. */
  let common: X509Certificate;

  const run = (...[command = '', ...args]: string[]): string =>
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  const updateStore = (): void => void run(...update);

  /** Puts a file into the store until the test ends. */
  function put(t: TestContext, directory: string, name: string, content: string): void {
    const file = join(directory, `os-truststore-test-${name}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, content);
    t.after(() => {
      rmSync(file);
    });
  }

  /** Returns what p11-kit makes of its directories now, or what update-ca-certificates made when it last ran. */
  function anchorsOfTool(): X509Certificate[] {
    if (blocklist === undefined) return certificatesIn(bundle);
    const file = join(folder, 'extracted.pem');
    const what = ['--format=pem-bundle', '--filter=ca-anchors', '--purpose=server-auth'];
    run('trust', 'extract', '--overwrite', ...what, file);
    return certificatesIn(file);
  }

  /** What the tool has and we leave out must be expired, an intermediate, or useless to a TLS client. */
  function assertAgree(): void {
    const listed = anchorsOfTool();
    assert.ok(listed.length > 50, 'the tool lists its roots');
    const theirs = new Map(listed.map((each) => [each.fingerprint256, each.subject]));
    const ours = fingerprints(getSystemCAs());
    const { certificates, errors } = readSystemStore();
    assert.deepEqual(errors, []);
    const records = new Map(certificates.map((record) => [record.fingerprint256, record]));
    const subject = (key: string): string => records.get(key)?.subject ?? key;
    assert.deepEqual([...ours].filter((key) => !theirs.has(key)).map(subject), [], 'too many');
    const fit = [...theirs].filter(([key]) => {
      const { skipped, role } = records.get(key) ?? {};
      return skipped === undefined ? role !== 'intermediate' : skipped === 'distrusted';
    });
    assert.deepEqual(
      fit.filter(([key]) => !ours.has(key)),
      [],
      'missing',
    );
  }

  /** Asks the system's own OpenSSL with its own paths. */
  function doesOpenSslTrust(pem: string): boolean {
    return spawnSync('openssl', ['verify'], { input: pem }).status === 0;
  }

  function assertTrusted(pem: string, expected: boolean): void {
    const { fingerprint256 } = new X509Certificate(pem);
    assert.equal(fingerprints(getSystemCAs()).has(fingerprint256), expected, 'getSystemCAs()');
    assert.equal(fingerprints(getTrustedCAs()).has(fingerprint256), expected, 'getTrustedCAs()');
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'os-truststore-distribution-'));
    company = await createCertificate({ commonName: `os-truststore test ${process.pid}` });
    const ours = fingerprints(getSystemCAs());
    const bundled = fingerprints(rootCertificates);
    const both = certificatesIn(bundle).find(
      ({ fingerprint256 }) => ours.has(fingerprint256) && bundled.has(fingerprint256),
    );
    assert.ok(both);
    common = both;
  });

  beforeEach(updateStore);

  after(() => {
    updateStore();
    rmSync(folder, { recursive: true });
  });

  test('is read as the tool made it', assertAgree);

  test('has the anchor that an administrator adds, and no longer when it is gone', (t) => {
    const file = join(anchors, 'os-truststore-test-company.crt');
    t.after(() => {
      rmSync(file, { force: true });
    });
    mkdirSync(anchors, { recursive: true });
    writeFileSync(file, company.pem);
    updateStore();
    assertAgree();
    assertTrusted(company.pem, true);
    assert.ok(doesOpenSslTrust(company.pem));
    rmSync(file);
    updateStore();
    assertAgree();
    assertTrusted(company.pem, false);
    assert.ok(!doesOpenSslTrust(company.pem));
  });

  test('has a server’s own certificate where the tool has it', async (t) => {
    const commonName = `os-truststore test server ${process.pid}`;
    const { pem } = await createCertificate({ commonName, ca: false, dns: ['localhost'] });
    put(t, anchors, 'server.crt', pem);
    updateStore();
    assertAgree();
  });

  for (const mark of ['!', '! \t']) {
    test(`loses a root that is deselected with “${mark}”`, { skip: deselects }, (t) => {
      const before = readFileSync(conf!, 'utf8');
      t.after(() => {
        writeFileSync(conf!, before);
      });
      const line = before.split('\n').find((name) => {
        const file = join(PACKAGED, name);
        if (!/^[^#!]/.test(name) || !existsSync(file)) return false;
        return certificatesIn(file).some((each) => each.raw.equals(common.raw));
      });
      assert.ok(line);
      writeFileSync(conf!, before.replace(`\n${line}\n`, `\n${mark}${line}\n`));
      // It takes effect at once, although the bundle still has it.
      assertTrusted(common.toString(), false);
      updateStore();
      assertAgree();
      assertTrusted(common.toString(), false);
      assert.ok(!doesOpenSslTrust(common.toString()));
    });
  }

  /** Checks before and after the bundle is made again. */
  function assertDistrusted(...pems: string[]): void {
    for (const step of [() => undefined, updateStore]) {
      step();
      assertAgree();
      for (const pem of pems) assertTrusted(pem, false);
    }
    for (const pem of pems) assert.ok(!doesOpenSslTrust(pem));
  }

  test('loses a root that is blocklisted', { skip: p11Kit }, (t) => {
    put(t, blocklist!, 'root.pem', `${common.toString()}\n`);
    assertDistrusted(common.toString());
  });

  test('loses a root whose key another has that is blocklisted', { skip: p11Kit }, async (t) => {
    const { keys } = company;
    const twin = await createCertificate({ commonName: 'os-truststore test twin', keys });
    put(t, anchors, 'company.pem', company.pem);
    updateStore();
    assertTrusted(company.pem, true);
    put(t, blocklist!, 'twin.pem', twin.pem);
    assertDistrusted(company.pem, twin.pem);
  });

  const HEADER =
    '[p11-kit-object-v1]\nclass: certificate\ncertificate-type: x-509\nx-distrusted: true\n';

  test('loses a root that is named by issuer and serial number', { skip: p11Kit }, (t) => {
    const quote = (bytes: Buffer): string => `"${bytes.toString('hex').replace(/../g, '%$&')}"`;
    const { issuer, serial } = readCertificateParts(common.raw);
    const text = `${HEADER}issuer: ${quote(issuer)}\nserial-number: ${quote(serial)}\n`;
    put(t, blocklist!, 'named.p11-kit', text);
    assertDistrusted(common.toString());
  });

  test('loses a root that stands among the anchors as distrusted', { skip: p11Kit }, (t) => {
    put(t, anchors, 'distrusted.p11-kit', `${HEADER}${common.toString()}\n`);
    assertDistrusted(common.toString());
  });

  test('holds a file by hand, which OpenSSL finds when it has a link', (t) => {
    const defaults = /"(.*)"/.exec(run('openssl', 'version', '-d'))?.[1] ?? '';
    const directory = realpathSync(join(defaults, 'certs'));
    const present = new Set(readdirSync(directory));
    t.after(() => {
      for (const name of readdirSync(directory)) {
        if (!present.has(name)) rmSync(join(directory, name));
      }
    });
    const name = 'os-truststore-test-by-hand.pem';
    const isTold = (): boolean =>
      examineMachine().facts.store.unlinked.some(({ files }) =>
        files.some((file) => file.endsWith(`/${name}`)),
      );
    writeFileSync(join(directory, name), company.pem);
    assertTrusted(company.pem, true);
    assert.deepEqual([doesOpenSslTrust(company.pem), isTold()], [false, true]);
    // openssl rehash complains about bundles but still makes the links.
    spawnSync('openssl', ['rehash', directory]);
    assertTrusted(company.pem, true);
    assert.deepEqual([doesOpenSslTrust(company.pem), isTold()], [true, false]);
  });
});
