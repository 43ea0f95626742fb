/**
 * Files of a CA directory that OpenSSL does not find must be those that `openssl verify -CApath` misses.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

// @peculiar/x509 needs this first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

import { machineReport } from '../../dist/cli/terminal/doctor-report.js';
import { findUnlinked, nameHash } from '../../dist/explain/machine/hash-links.js';
import { findings } from '../../dist/explain/machine/machine-findings.js';
import type { MachineFacts } from '../../dist/explain/machine/machine-types.js';
import { readSystemStore } from '../../dist/index.js';
import type { CertificateSource } from '../../dist/types.js';
import { createCertificate, toPem } from '../helpers/pki.js';
import type { TestCertificate } from '../helpers/pki.js';
import { healthy } from './healthy.js';
import { temporaryDirectory } from './loopback.js';
import type { TestContext } from './loopback.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const hasOpenSsl = unix && spawnSync('openssl', ['version']).status === 0;
const skip = hasOpenSsl ? false : 'needs the openssl command, and a system whose store is files';

describe('files of a CA directory', { skip }, () => {
  const roots: TestCertificate[] = [];
  before(async () => {
    for (const commonName of ['Alpha', 'Beta', 'Gamma', 'Delta', 'Alpha']) {
      roots.push(await createCertificate({ commonName }));
    }
  });

  interface Row {
    name: string;
    /** Changes a directory that holds `0.pem` to `4.pem` and their links. */
    change(directory: string): void;
    /** The numbers of the roots that OpenSSL misses. */
    missed: number[];
  }

  const links = (directory: string, number: number): string[] => {
    const name = nameHash(roots[number]!.der) ?? '';
    return readdirSync(directory)
      .filter((file) => file.startsWith(`${name}.`))
      .map((file) => join(directory, file))
      .sort();
  };

  const rows: Row[] = [
    { name: 'with a link for each', change: () => undefined, missed: [] },
    {
      name: 'without any link',
      change: (directory) => {
        for (const file of readdirSync(directory)) {
          if (/\.\d$/.test(file)) unlinkSync(join(directory, file));
        }
      },
      missed: [0, 1, 2, 3, 4],
    },
    {
      name: 'one of which came after the links were made',
      change: (directory) => {
        unlinkSync(links(directory, 1)[0]!);
      },
      missed: [1],
    },
    {
      name: 'one of which was replaced under its link',
      change: (directory) => {
        copyFileSync(join(directory, '2.pem'), join(directory, '3.pem'));
        writeFileSync(join(directory, 'moved.crt'), roots[3]!.pem);
      },
      missed: [3],
    },
    {
      name: 'with a gap in the numbers of one hash',
      change: (directory) => {
        const [first = ''] = links(directory, 0);
        unlinkSync(first);
      },
      missed: [0, 4],
    },
    {
      name: 'one of which is DER behind its link',
      change: (directory) => {
        writeFileSync(join(directory, '1.pem'), roots[1]!.der);
      },
      missed: [1],
    },
    {
      name: 'one of which is linked with capitals',
      change: (directory) => {
        const [link = ''] = links(directory, 1);
        unlinkSync(link);
        const name = (nameHash(roots[1]!.der) ?? '').toUpperCase();
        symlinkSync('1.pem', join(directory, `${name}.0`));
      },
      missed: [1],
    },
    {
      name: 'one of which stands second in a file that is linked for the first',
      change: (directory) => {
        unlinkSync(links(directory, 1)[0]!);
        unlinkSync(join(directory, '1.pem'));
        writeFileSync(join(directory, '2.pem'), roots[2]!.pem + roots[1]!.pem);
      },
      missed: [1],
    },
  ];

  function build(t: TestContext, change: (directory: string) => void): string {
    const directory = join(temporaryDirectory(t), 'certs');
    mkdirSync(directory);
    roots.forEach(({ pem }, number) => {
      writeFileSync(join(directory, `${number}.pem`), pem);
    });
    execFileSync('openssl', ['rehash', directory]);
    change(directory);
    return directory;
  }

  const read = (
    directory: string,
    ...besides: CertificateSource[]
  ): ReturnType<typeof findUnlinked> => {
    const env = { SSL_CERT_FILE: join(directory, 'none'), SSL_CERT_DIR: directory };
    const { certificates, locations } = readSystemStore({ env });
    assert.ok(certificates.length >= roots.length);
    for (const { sources } of certificates) sources.push(...besides);
    return findUnlinked(certificates, locations);
  };

  const missedByOpenSsl = (directory: string): number[] => {
    const files = roots.map(({ pem }, number) => {
      const file = join(directory, '..', `root-${number}.pem`);
      writeFileSync(file, pem);
      return file;
    });
    const args = ['verify', '-no-CAfile', '-no-CAstore', '-CApath', directory, ...files];
    const { stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
    return files.flatMap((file, number) => (stdout.includes(`${file}: OK`) ? [] : [number]));
  };

  for (const { name, change, missed } of rows) {
    test(name, (t) => {
      const directory = build(t, change);
      assert.deepEqual(missedByOpenSsl(directory), missed);
      const [found, ...others] = read(directory);
      assert.equal(others.length, 0);
      assert.equal(found?.anchors ?? 0, missed.length);
      if (found) assert.equal(found.hashed, missed.length < roots.length);
    });
  }

  test('are named once, if they are anchors; a directory without links is named alone', async (t) => {
    const issuing = await createCertificate({ commonName: 'Issuing', issuer: roots[0]! });
    const directory = build(t, (path) => {
      unlinkSync(links(path, 1)[0]!);
      copyFileSync(join(path, '1.pem'), join(path, '1.pem.bak'));
      copyFileSync(join(path, '2.pem'), join(path, 'of-a-link.bak'));
      writeFileSync(join(path, 'issuing.pem'), issuing.pem);
    });
    const place = { origin: 'system', kind: 'directory', location: '/etc/pki/trust/dates.p11-kit' };
    const unlinked = read(directory, { ...place, store: '/etc/pki/trust' } as CertificateSource);
    assert.equal(unlinked.length, 1, 'p11-kit’s directory, which dates it, is none of CAs');
    assert.deepEqual(
      unlinked[0]?.files,
      ['1.pem', '1.pem.bak'].map((file) => join(directory, file)),
    );
    const facts = (hashed: boolean): MachineFacts => {
      const told = unlinked.map((entry) => ({ ...entry, hashed }));
      return { ...healthy, store: { ...healthy.store, unlinked: told } };
    };
    const say = (hashed: boolean): string =>
      findings(facts(hashed))
        .map(({ name, severity, summary }) => `${name} ${severity} ${summary}`)
        .join('\n');
    const report = machineReport({ facts: facts(true), findings: [] }, '1.0.0');
    assert.doesNotMatch(report, /1\.pem/, 'a report tells no names');
    assert.match(
      say(true),
      /^not-hashed warning .* 1 anchor in .*certs, .*: 1\.pem, 1\.pem\.bak\.$/,
    );
    assert.match(
      say(false),
      /^not-hashed warning OpenSSL reads nothing in .*certs: .* 1 anchor\.$/,
    );
  });

  test('that a bundle also holds are not reported, nor is what Android keeps', (t) => {
    const directory = build(t, (path) => {
      unlinkSync(links(path, 1)[0]!);
    });
    const file = join(directory, '..', 'bundle.pem');
    writeFileSync(file, roots[1]!.pem);
    const { certificates } = readSystemStore({
      env: { SSL_CERT_FILE: file, SSL_CERT_DIR: directory },
    });
    assert.deepEqual(findUnlinked(certificates, []), []);
    const env = { SSL_CERT_FILE: join(directory, 'none'), SSL_CERT_DIR: directory };
    const android = readSystemStore({ env });
    const locations = android.locations.map((location) => ({ ...location, origin: 'Android 14' }));
    assert.deepEqual(findUnlinked(android.certificates, locations), []);
  });
});

/** Writes a value in hexadecimal by RFC 4514 §2.4. */
function raw(tag: number, content: Buffer): string {
  return `#${Buffer.from([tag, content.length]).toString('hex')}${content.toString('hex')}`;
}

test('a name has the hash that OpenSSL gives it', { skip }, async (t) => {
  const names: x509.JsonName[] = [
    [{ C: ['DE'] }, { O: ['  Two   Spaces  Ltd '] }, { CN: ['ÄÖÜ Straße ROOT'] }],
    [{ CN: ['Multi'], OU: ['Valued'], O: ['Zed'] }, { C: ['US'] }],
    [{ E: ['A@Example.COM'] }, { DC: ['Example'] }, { CN: ['日本語\tCA'] }],
    [{ CN: [raw(0x1e, Buffer.from('Bmp Üni  X', 'utf16le').swap16())] }],
    [{ CN: [raw(0x14, Buffer.from('Old Schöol', 'latin1'))] }, { O: ['x'.repeat(300)] }],
    [{ CN: [raw(0x1c, Buffer.from('0000004100004e16', 'hex'))] }],
    // NumericString has no case and no canonical form.
    [{ CN: [raw(0x12, Buffer.from('1  2'))] }],
  ];
  const directory = temporaryDirectory(t);
  const { keys } = await createCertificate({ commonName: 'Key' });
  for (const [number, name] of names.entries()) {
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name,
      keys: keys as unknown as CryptoKeyPair,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    });
    writeFileSync(join(directory, `${number}.pem`), toPem(Buffer.from(certificate.rawData)));
  }
  execFileSync('openssl', ['rehash', directory]);
  const links = readdirSync(directory).filter((file) => file.endsWith('.0'));
  assert.equal(links.length, names.length);
  for (const link of links) {
    const { raw: der } = new X509Certificate(readFileSync(join(directory, link)));
    assert.equal(`${nameHash(der)}.0`, link);
  }
});
